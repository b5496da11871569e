import { readdirSync, readFileSync } from "node:fs";

import { afterEach, describe, expect, it, vi } from "vitest";

import { NAMES } from "../src/loader/names";
import { ago, clockTime, dateHere, dayName, dayOf, fill, moment, pickLanguage, plural } from "../src/ui/i18n";
import * as consoleStrings from "../src/console/strings";
import consoleEnglish from "../src/console/strings/en";
import trainersGerman from "../src/trainer/strings/de";
import trainersEnglish from "../src/trainer/strings/en";
import { byMoment, chooseLanguage, happening, LANGUAGES, loadStrings } from "../src/widget/words";
import en from "../src/widget/strings/en";
import { event, MARIA, requested } from "./factories";

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

/** Every sentence of a catalogue by its path. Plural forms count as one, joined. */
function sentences(value: unknown, path = ""): Map<string, string> {
  if (typeof value === "string") return new Map([[path, value]]);
  if (typeof value !== "object" || value === null) throw new Error(`no sentence at ${path}`);
  if ("other" in value && Object.keys(value).every((key) => CATEGORIES.includes(key))) {
    return new Map([[path, String(value.other)]]);
  }
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...sentences(inner, `${path}.${key}`)]));
}

/** Every sentence that comes in forms, by its path. */
function plurals(value: unknown, path = ""): [string, Record<string, string>][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value);
  if ("one" in value && inner.every(([key]) => CATEGORIES.includes(key))) return [[path, Object.fromEntries(inner)]];
  return inner.flatMap(([key, one]) => plurals(one, `${path}.${key}`));
}

const places = (sentence: string): string[] => [...sentence.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

function expectTheSame(theirs: Map<string, string>, ours: Map<string, string>): void {
  expect([...theirs.keys()]).toEqual([...ours.keys()]);
  for (const [path, sentence] of theirs) {
    expect(sentence.trim(), path).not.toBe("");
    expect(places(sentence), path).toEqual(places(ours.get(path) ?? ""));
  }
}

describe("catalogues", () => {
  it.each(LANGUAGES)("of the widget: %s says all that English says, with the same places, nothing empty", async (language) => {
    expectTheSame(sentences(await loadStrings(chooseLanguage([language]))), sentences(en));
  });

  it("of the widget are there for the 24 languages of the European Union, and Kannada", () => {
    const wanted = "bg cs da de el en es et fi fr ga hr hu it kn lt lv mt nl pl pt ro sk sl sv".split(" ");
    expect([...LANGUAGES].sort()).toEqual(wanted);
  });

  it("of the trainer's page: German says all that English says, with the same places, nothing empty", () => {
    const said = (catalogue: unknown): Map<string, string> => new Map([...sentences(catalogue)].filter(([, sentence]) => sentence !== ""));
    expectTheSame(said(trainersGerman), said(trainersEnglish));
  });

  it.each(LANGUAGES)("of the widget: %s has the plural form that its rules ask for, whatever the number", async (language) => {
    const rules = new Intl.PluralRules(language);
    expect(rules.resolvedOptions().locale).toBe(language);
    const asked = new Set(Array.from({ length: 201 }, (_, n) => rules.select(n)));
    for (const [path, forms] of plurals(await loadStrings(chooseLanguage([language])))) {
      expect([...asked].filter((category) => !(category in forms)), `${language}${path}`).toEqual([]);
      for (const form of Object.values(forms)) expect(places(form), `${language}${path}`).toEqual(["{n}"]);
    }
  });

  it.each(LANGUAGES)("of the widget: %s names the button as it is called, and is no copy of English", async (language) => {
    const strings = await loadStrings(chooseLanguage([language]));
    expect(strings.howPerson).toContain(strings.talkToPerson);
    expect(NAMES[language], "as the loader calls it").toBe(strings.chat);
    if (language === "en") return;
    const english = sentences(en);
    const same = [...sentences(strings)].filter(([path, text]) => text === english.get(path) && text.length > 12);
    expect(same.map(([path]) => path)).toEqual([".roleAt"]); // only names in it
  });

  it.each(LANGUAGES)("of the widget: %s is set as it is printed: quotes, apostrophes, dots and spaces", async (language) => {
    const strings = await loadStrings(chooseLanguage([language]));
    const wrong: string[] = [];
    for (const [path, text] of [...sentences(strings), ...plurals(strings).flatMap(([path, forms]) => Object.values(forms).map((form) => [path, form] as const))]) {
      if (/["']|\.\.|  |^\s|\s$|\s[,.]/.test(text)) wrong.push(`${path}: ${text}`);
      // What stands apart from its word is held to it, so that no line begins with it.
      if (language === "fr" && /[^\u00a0][?;:!»](?!\/)|«[^\u00a0]/.test(text)) wrong.push(`${path}: ${text}`);
      if (language === "de" ? /[^\u00a0]…/.test(text) : /\s…/.test(text)) wrong.push(`${path}: ${text}`);
      if (language !== "fr" && /\s[?;:!]/.test(text)) wrong.push(`${path}: ${text}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(consoleStrings.LANGUAGES)("of the console: %s says all that English says, the same way", async (language) => {
    expectTheSame(sentences(await consoleStrings.loadStrings(language)), sentences(consoleEnglish));
  });

  it("have no sentence that nothing says any more", () => {
    const folder = new URL("../src/widget/", import.meta.url);
    const files = readdirSync(folder).filter((name) => /\.tsx?$/.test(name));
    const source = files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
    expect(Object.keys(en).filter((key) => !new RegExp(`\\bt\\.${key}\\b`).test(source))).toEqual([]);
  });

  it("say something about every happening that a customer may see", async () => {
    const words = { language: "de", tag: "de", locale: "de", t: await loadStrings("de") } as const;
    const left = event(4, "agent_left", { agent: MARIA, reason: "lost" });
    const now = new Date("2026-11-20T12:00:00Z");
    expect(happening(words, left, null, now)).toContain("Maria Lindqvist");
    expect(happening(words, requested(3), null, now)).toContain("KTM-4R7Q");
    expect(happening(words, event(5, "rated", { score: 1 }), null, now)).toBe("Ihre Bewertung: 1 von 5");
  });
});

describe("words", () => {
  it("fill places and leave an unknown one in sight", () => {
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });

  it("end a sentence once, whatever it ends with", () => {
    expect(fill("Back from {time}.", { time: "9:00 a.m." })).toBe("Back from 9:00 a.m.");
    expect(fill("Back from {time}.", { time: "09:00" })).toBe("Back from 09:00.");
  });

  it("choose plural forms by the language's rules", () => {
    const forms = { one: "{n} zpráva", few: "{n} zprávy", other: "{n} zpráv" };
    expect([1, 3, 5].map((n) => plural("cs", forms, n))).toEqual(["1 zpráva", "3 zprávy", "5 zpráv"]);
  });

  it("choose the language by tag, then by language, then the fallback", () => {
    expect(pickLanguage(["de-AT"], ["en", "de"], "en")).toBe("de");
    expect(pickLanguage(["fr", "de"], ["en", "de"], "en")).toBe("de");
    expect(pickLanguage(["fr"], ["en", "de"], "en")).toBe("en");
  });

  it.each([
    ["de", "bis 14:30 Uhr", "bis Di., 24. Nov., 14:30 Uhr"],
    ["es", "para las 14:30", "para el mar, 24 nov, 14:30"],
    ["fi", "viimeistään klo 14.30", "viimeistään ti 24.11. klo 14.30"],
    ["en-GB", "by 14:30", "by Tue 24 Nov, 14:30"],
  ])("say by when as %s does", async (locale, today, later) => {
    const language = chooseLanguage([locale]);
    const words = { language, tag: locale, locale, t: await loadStrings(language) };
    const at = new Date(2026, 10, 24, 14, 30).toISOString();
    const said = (now: Date): string => fill(words.t.answerBy, { time: byMoment(words, at, now) });
    const plain = (now: Date): string => said(now).replaceAll("\u00a0", " ");
    expect(plain(new Date(2026, 10, 24, 9, 0))).toMatch(new RegExp(`${today}$`));
    expect(plain(new Date(2026, 10, 20, 9, 0))).toMatch(new RegExp(`${later}$`));
    const moment = byMoment(words, at, new Date(2026, 10, 20, 9, 0));
    expect(moment.match(/.? /g) ?? []).toEqual(moment.match(/, /g) ?? []); // a line breaks after a comma only
  });

  it("name days and distances as people do", () => {
    const now = new Date(2026, 10, 20, 9, 0);
    expect(dayName("en", new Date(2026, 10, 20, 8, 0).toISOString(), now)).toBe("today");
    expect(dayName("de", new Date(2026, 10, 19, 23, 59).toISOString(), now)).toBe("gestern");
    expect(dayName("en-GB", new Date(2026, 10, 3).toISOString(), now)).toContain("3 November");
    expect(ago("en", new Date(2026, 10, 20, 8, 55).toISOString(), now)).toBe("5 min. ago");
    expect(clockTime("de", new Date(2026, 10, 20, 8, 5).toISOString())).toBe("08:05");
    expect(clockTime("en-US", new Date(2026, 10, 20, 8, 5).toISOString())).toMatch(/^8:05\sAM$/);
    expect(moment("lt", new Date(2026, 10, 24, 14, 30).toISOString(), now)).toBe("lapkričio 24 d., an 14:30");
  });
});

describe("in every time zone", () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ["Pacific/Kiritimati", "2027-01-01"],
    ["UTC", "2026-12-31"],
    ["America/New_York", "2026-12-31"],
  ])("a date is the same day, and a file is named by the day it is: %s", (zone, today) => {
    vi.stubEnv("TZ", zone);
    const noon = new Date("2026-12-31T12:00:00Z");
    expect(noon.getTimezoneOffset()).toBe({ "Pacific/Kiritimati": -840, UTC: 0, "America/New_York": 300 }[zone]);
    expect(dayOf("en-GB", "2026-12-25", { day: "numeric", month: "short" })).toBe("25 Dec");
    expect(dateHere(noon)).toBe(today);
    expect(dateHere(new Date(2027, 2, 5, 23, 59))).toBe("2027-03-05");
  });
});
