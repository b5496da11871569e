/** How long is left is told by the server's clock, and never more than is left. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { call } from "../src/client/http";
import { serverNow } from "../src/ui/clock";
import { lasting, within } from "../src/ui/i18n";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T09:00:00.000Z") }); // this browser's clock is an hour behind
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("five minutes are five minutes, though a date of HTTP has no part of its second", async () => {
  const headers = { Date: "Sun, 22 Nov 2026 10:00:00 GMT" };
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { headers })));
  await call("/api/v1/desk", {}, () => null);
  vi.advanceTimersByTime(40);
  expect(within("en", "2026-11-22T10:05:00.700Z", serverNow())).toBe("in 5 min.");
  expect(within("en", "2026-11-22T10:05:02.100Z", serverNow())).toBe("in 6 min.");
});

test("a length of time is never nothing", () => {
  expect([0, 400, 1_400, 59_600, 7_200_000].map((ms) => lasting("en", ms))).toEqual(["1 sec", "1 sec", "1 sec", "1 min", "2 hr"]);
});
