import { describe, expect, it } from "vitest";

import { changesInWords, valueInWords, type AuditWords } from "../src/console/administration/audit-words";
import de from "../src/console/strings/de";
import en from "../src/console/strings/en";

const TEAMS: Readonly<Record<string, string>> = { service: "Kundenservice", broadband: "Broadband Support" };

const words = (locale: string, strings: typeof en): AuditWords => ({
  locale,
  levels: strings.levels,
  anyLanguage: strings.anyLanguage,
  anyTeam: strings.anyTeam,
  asEverybody: strings.asEverybody,
  closedAllDay: strings.closedAllDay,
  nothing: "–",
  teamName: (key) => TEAMS[key] ?? key,
});
const english = words("en-GB", en);
const german = words("de-DE", de);

const WEEK = {
  mon: [["08:00", "12:30"], ["13:30", "18:00"]],
  tue: [["08:00", "12:30"], ["13:30", "18:00"]],
  wed: [["08:00", "12:30"], ["13:30", "18:00"]],
  thu: [],
  fri: [["08:00", "12:30"], ["13:30", "18:00"]],
  sat: [["10:00", "14:00"]],
  sun: [],
};

describe("a value in the audit log", () => {
  it.each([
    ["access", ["agent", "supervisor"], "Agent, Supervisor", "Berater, Leitung"],
    ["teams", ["service", "gone"], "Kundenservice, gone", "Kundenservice, gone"],
    ["teams", [], "Any team", "Jedes Team"],
    ["team", null, "Any team", "Jedes Team"],
    ["team", "broadband", "Broadband Support", "Broadband Support"],
    ["languages", ["pt", "en"], "Portuguese, English", "Portugiesisch, Englisch"],
    ["language", "de", "German", "Deutsch"],
    ["language", null, "Any language", "Jede Sprache"],
    ["capacity", null, "as everybody", "wie alle"],
    ["capacity", 6, "6", "6"],
    ["holidays", ["2026-12-25", "no date"], "25 Dec 2026, no date", "25.12.2026, no date"],
    ["holidays", [], "–", "–"],
    ["skills", ["refunds", "contracts"], "refunds, contracts", "refunds, contracts"],
    ["name", "", "–", "–"],
    ["of a later version", 7, "7", "7"],
  ])("%s %j is said in words", (field, value, inEnglish, inGerman) => {
    expect(valueInWords(field, value, english)).toBe(inEnglish);
    expect(valueInWords(field, value, german)).toBe(inGerman);
  });

  it("is a week by runs of days with the same hours, in the reader's language", () => {
    expect(valueInWords("week", WEEK, english)).toBe(
      "Mon–Wed 08:00–12:30, 13:30–18:00; Fri 08:00–12:30, 13:30–18:00; Sat 10:00–14:00",
    );
    expect(valueInWords("week", WEEK, german)).toBe("Mo–Mi 08:00–12:30, 13:30–18:00; Fr 08:00–12:30, 13:30–18:00; Sa 10:00–14:00");
    expect(valueInWords("week", {}, english)).toBe("Closed");
    expect(valueInWords("week", "unreadable", german)).toBe("Geschlossen");
  });
});

describe("changes in the audit log", () => {
  const change = (field: string, before: unknown, after: unknown) => ({ field, before, after });

  it("have no before where something begins, and say nothing of what was left empty", () => {
    const changes = [change("name", null, "Ines"), change("skills", null, []), change("capacity", null, null)];
    expect(changesInWords({ action: "person_invited", changes }, english)).toEqual([{ field: "name", before: null, after: "Ines" }]);
  });

  it("have no after where something is gone", () => {
    const changes = [change("text", "Hello", null), change("language", null, null)];
    expect(changesInWords({ action: "answer_removed", changes }, english)).toEqual([{ field: "text", before: "Hello", after: null }]);
  });

  it("have no before where there was nothing yet", () => {
    const changes = [change("holidays", [], ["2026-12-25"]), change("languages", [], ["de"])];
    expect(changesInWords({ action: "opening_hours_changed", changes }, english)).toEqual([
      { field: "holidays", before: null, after: "25 Dec 2026" },
      { field: "languages", before: "Any language", after: "German" },
    ]);
  });

  it("have both where something is another now", () => {
    const changes = [change("capacity", 4, null)];
    expect(changesInWords({ action: "person_changed", changes }, german)).toEqual([{ field: "capacity", before: "4", after: "wie alle" }]);
  });
});
