/** Moments that are offered for a call-back: soon, later, next morning; never while the desk is closed. */

import type { OpeningHours } from "../protocol/model";

const HALF_HOUR_MS = 30 * 60_000;
const AHEAD_HALF_HOURS = 8 * 48; // over a week with holidays in it there is some opening
const MORNING_IS_TODAY_BEFORE = 5; // o'clock: until then the next morning and afternoon are those of the day that has begun
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Whether the desk is open at a moment, by its own time. */
export function isOpen(hours: OpeningHours, at: Date): boolean {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: hours.time_zone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  if (hours.holidays.includes(`${of("year")}-${of("month")}-${of("day")}`)) return false;
  const clock = `${of("hour")}:${of("minute")}`;
  return (hours.week[DAYS.indexOf(of("weekday"))] ?? []).some(([start, end]) => start <= clock && clock < end);
}

/** The first half hour from a moment on at which the desk is open; `null` when there is none for more than a week. */
export function nextOpen(hours: OpeningHours | null, moment: Date): Date | null {
  const first = Math.ceil(moment.getTime() / HALF_HOUR_MS) * HALF_HOUR_MS;
  for (let step = 0; step < AHEAD_HALF_HOURS; step += 1) {
    const at = new Date(first + step * HALF_HOUR_MS);
    if (hours === null || isOpen(hours, at)) return at;
  }
  return null;
}

/**
 * Up to four moments from `now` on: in an hour, in three, and the customer's next morning and afternoon, each moved to
 * the next half hour at which the desk is open. Without known hours it is taken to be open.
 */
export function callbackMoments(hours: OpeningHours | null, now: Date): readonly Date[] {
  const days = now.getHours() < MORNING_IS_TODAY_BEFORE ? 0 : 1;
  const nextDay = (hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const wanted = [
    new Date(now.getTime() + 2 * HALF_HOUR_MS),
    new Date(now.getTime() + 6 * HALF_HOUR_MS),
    nextDay(9),
    nextDay(14),
  ];
  const found = new Map(wanted.flatMap((moment) => nextOpen(hours, moment) ?? []).map((at) => [at.getTime(), at]));
  return [...found.values()].sort((a, b) => a.getTime() - b.getTime());
}
