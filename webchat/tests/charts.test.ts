import { describe, expect, it } from "vitest";

import { byFrequency, labelStep, requestCount, roundCount, roundSeconds, shownHours } from "../src/core/charts";
import { parseAudit, parseDay, parseOverview } from "../src/protocol/administration";
import type { HourFigures } from "../src/protocol/administration";

const hour = (from: number, requests: Record<string, number> = {}, kept = 0): HourFigures => ({
  from: new Date(Date.UTC(2026, 2, 2, from)).toISOString(),
  requests,
  answered: 0,
  soon: 0,
  medianS: null,
  slowestTenthS: null,
  kept,
  broken: 0,
});

describe("hours of a chart", () => {
  it("begin with the first in which anything happened", () => {
    const hours = Array.from({ length: 16 }, (_, at) => hour(at, at === 5 ? { asked: 1 } : {}));
    expect(shownHours({ hours })[0]).toBe(hours[5]);
    expect(shownHours({ hours }).at(-1)).toBe(hours[15]);
  });

  it("are at least eight where the day has as many, so that one column is not the whole chart", () => {
    const hours = Array.from({ length: 12 }, (_, at) => hour(at, {}, at === 11 ? 1 : 0));
    expect(shownHours({ hours })).toHaveLength(8);
    expect(shownHours({ hours: hours.slice(0, 3) })).toHaveLength(3);
    expect(shownHours({ hours: [] })).toEqual([]);
  });
});

describe("axes", () => {
  it("end at the next round number", () => {
    expect([0, 1, 2, 3, 5, 6, 11, 41, 99, 101, 1_234].map(roundCount)).toEqual([2, 2, 2, 4, 5, 10, 20, 50, 100, 200, 2_000]);
    expect([0, 10, 11, 61, 4_000, 90_000].map(roundSeconds)).toEqual([10, 10, 20, 120, 7_200, 172_800]);
  });

  it("have labels that do not touch", () => {
    expect(labelStep(60, 46)).toBe(1);
    expect(labelStep(12, 46)).toBe(4);
    expect(labelStep(0, 46)).toBe(46);
  });
});

it("counts requests, and puts the most frequent reason first", () => {
  expect(requestCount({ requests: { asked: 2, button: 3 } })).toBe(5);
  expect(byFrequency({ asked: 2, button: 3, action: 2 })).toEqual([["button", 3], ["action", 2], ["asked", 2]]);
});

describe("what the server says", () => {
  it("is read as the day's figures", () => {
    const figures = {
      requests: { asked: 1, later: "no number" },
      first_answers: { count: 1, soon: 1, median_s: 4.5, slowest_tenth_s: null },
      promises: { kept: 1, broken: 0 },
    };
    const day = parseDay({ time_zone: "UTC", complete: true, hours: [{ from: "2026-03-02T08:00:00.000Z", ...figures }], day: figures });
    expect(day.hours[0]).toMatchObject({ requests: { asked: 1 }, answered: 1, medianS: 4.5, slowestTenthS: null, kept: 1 });
    expect(() => parseDay({ ...figures })).toThrow();
  });

  it("is read as what is administered, without what this page does not know", () => {
    const overview = parseOverview({
      people: [],
      teams: [{ key: "service", name: "Front Desk", version: "v", name_of_file: "Service", of_file: true }],
      opening_hours: { time_zone: "UTC", week: { mon: [["09:00", "17:00"]], someday: [] }, holidays: ["2027-01-01"], source: "console", version: "v" },
      canned_answers: [{ id: "a", title: "Hi", text: "Hello", language: null, team: null, version: "v" }],
      variables: ["customer"],
      capacity: 4,
      may_administer_all: true,
      something_new: 1,
    });
    expect(overview.hours.week.mon).toEqual([["09:00", "17:00"]]);
    expect(overview.hours.week.sun).toEqual([]);
    expect(overview.hours.ofFile).toBe(false);
    expect(overview.teams[0]?.nameOfFile).toBe("Service");
  });

  it("is read as the audit log", () => {
    const page = parseAudit({
      entries: [
        {
          number: 7,
          at: "2026-03-02T08:00:00.000Z",
          actor: { id: null, name: "Operator" },
          action: "person_changed",
          subject: "ag_1",
          subject_name: "Ines",
          changes: { role: { before: "Clerk", after: "Adviser" } },
        },
      ],
      more: false,
    });
    expect(page.entries[0]?.changes).toEqual([{ field: "role", before: "Clerk", after: "Adviser" }]);
  });
});
