import { describe, expect, it } from "vitest";

import { usualWait } from "../src/core/wait";
import { chooseLanguage, LANGUAGES, loadStrings, waitText } from "../src/widget/words";

const ASKED = "2026-11-20T12:00:00.000Z";
const after = (seconds: number): Date => new Date(Date.parse(ASKED) + seconds * 1_000);
const told = (estimate_s: number | null, waited_s = 0) => usualWait(estimate_s, ASKED, after(waited_s));

describe("the usual wait", () => {
  it("is said in round numbers that are never too small", () => {
    expect(told(0)).toEqual({ kind: "short" });
    expect(told(59)).toEqual({ kind: "short" });
    expect(told(60)).toEqual({ kind: "minutes", n: 1 });
    expect(told(185)).toEqual({ kind: "minutes", n: 4 });
    expect(told(11 * 60)).toEqual({ kind: "minutes", n: 15 });
    expect(told(84 * 60)).toEqual({ kind: "minutes", n: 85 });
    expect(told(86 * 60)).toEqual({ kind: "hours", n: 2 });
    expect(told(3 * 3_600 + 1)).toEqual({ kind: "hours", n: 4 });
  });

  it("is not said when there is nothing to go by", () => {
    expect(told(null)).toBeNull();
    expect(told(-5)).toBeNull();
  });

  it("gives way to the truth for whoever has waited longer, with a minute's grace", () => {
    expect(told(240, 239)).toEqual({ kind: "minutes", n: 4 });
    expect(told(240, 241)).toEqual({ kind: "longer" });
    expect(told(5, 30)).toEqual({ kind: "short" });
    expect(told(5, 61)).toEqual({ kind: "longer" });
    expect(told(240, -600), "a clock that is behind").toEqual({ kind: "minutes", n: 4 });
  });

  it.each(LANGUAGES)("is a sentence in %s for every number, with the number in it", async (language) => {
    const words = { language: chooseLanguage([language]), tag: language, locale: language, t: await loadStrings(chooseLanguage([language])) };
    for (const n of [1, 2, 3, 4, 5, 7, 10, 15, 20, 45, 85]) {
      for (const kind of ["minutes", "hours"] as const) {
        expect(waitText(words, { kind, n })).toContain(new Intl.NumberFormat(language).format(n));
      }
    }
    const said = [waitText(words, { kind: "short" }), waitText(words, { kind: "longer" }), waitText(words, { kind: "minutes", n: 5 })];
    expect(new Set(said).size).toBe(3);
    for (const sentence of said) expect(sentence.length).toBeLessThanOrEqual(46);
  });
});
