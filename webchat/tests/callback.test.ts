import { describe, expect, it } from "vitest";

import { callbackMoments, isOpen } from "../src/core/callback";
import type { OpeningHours } from "../src/protocol/model";

const NINE_TO_FIVE: OpeningHours = {
  time_zone: "Europe/Berlin",
  week: [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [["09:00", "17:00"]] : [])),
  holidays: ["2026-11-24"],
};
const ALWAYS: OpeningHours = { ...NINE_TO_FIVE, week: NINE_TO_FIVE.week.map(() => [["00:00", "24:00"]]), holidays: [] };
const at = (text: string): Date => new Date(text);
const iso = (moments: readonly Date[]): string[] => moments.map((moment) => moment.toISOString());

describe("opening hours", () => {
  it("are those of the desk's time zone, summer time included", () => {
    expect(isOpen(NINE_TO_FIVE, at("2026-11-20T08:00:00Z"))).toBe(true); // a Friday, 9:00 in Berlin
    expect(isOpen(NINE_TO_FIVE, at("2026-11-20T16:00:00Z"))).toBe(false); // 17:00: the end is not in it
    expect(isOpen(NINE_TO_FIVE, at("2026-07-17T07:00:00Z"))).toBe(true); // 9:00 in summer
    expect(isOpen(NINE_TO_FIVE, at("2026-11-21T10:00:00Z"))).toBe(false); // a Saturday
    expect(isOpen(NINE_TO_FIVE, at("2026-11-24T10:00:00Z"))).toBe(false); // a holiday
  });

  it("may last all day", () => {
    expect(isOpen(ALWAYS, at("2026-11-20T22:59:00Z"))).toBe(true);
    expect(isOpen(ALWAYS, at("2026-11-20T23:00:00Z"))).toBe(true);
  });
});

describe("moments for a call-back", () => {
  it("are soon, later and on the next day, on half hours, each at least an hour ahead", () => {
    const now = new Date(2026, 10, 20, 10, 10);
    const moments = callbackMoments(ALWAYS, now);
    expect(moments.map((moment) => [moment.getDate(), moment.getHours(), moment.getMinutes()])).toEqual([
      [20, 11, 30],
      [20, 13, 30],
      [21, 9, 0],
      [21, 14, 0],
    ]);
  });

  it("are on the day that has begun after midnight, before those of the day after it", () => {
    const moments = callbackMoments(ALWAYS, new Date(2026, 10, 20, 0, 30));
    expect(moments.map((moment) => [moment.getDate(), moment.getHours(), moment.getMinutes()])).toEqual([
      [20, 1, 30],
      [20, 3, 30],
      [20, 9, 0],
      [20, 14, 0],
    ]);
  });

  it("begin with the next opening, also when that is hours ahead", () => {
    // 00:30 and 07:10 in Berlin, wherever the customer is: a Monday, with a holiday on the day after it.
    expect(iso(callbackMoments(NINE_TO_FIVE, at("2026-11-22T23:30:00Z")))[0]).toBe("2026-11-23T08:00:00.000Z");
    expect(iso(callbackMoments(NINE_TO_FIVE, at("2026-11-23T06:10:00Z")))[0]).toBe("2026-11-23T08:00:00.000Z");
  });

  it("are the same without known hours", () => {
    const now = new Date(2026, 10, 20, 10, 10);
    expect(iso(callbackMoments(null, now))).toEqual(iso(callbackMoments(ALWAYS, now)));
  });

  it("lie in opening hours, each once, past week-ends and holidays", () => {
    const moments = callbackMoments(NINE_TO_FIVE, at("2026-11-20T15:40:00Z")); // Friday, shortly before closing
    expect(iso(moments)).toEqual(["2026-11-23T08:00:00.000Z"]); // Monday, 9:00
    for (const moment of callbackMoments(NINE_TO_FIVE, at("2026-11-23T10:00:00Z"))) {
      expect(isOpen(NINE_TO_FIVE, moment)).toBe(true);
    }
  });

  it("are none when the desk never opens", () => {
    expect(callbackMoments({ ...NINE_TO_FIVE, week: [] }, at("2026-11-20T10:00:00Z"))).toEqual([]);
  });
});
