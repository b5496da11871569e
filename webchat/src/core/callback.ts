/** Moments that are offered for a call-back: soon, later, tomorrow; never while the desk is closed. */

import type { OpeningHours } from "../protocol/model";

const HALF_HOUR_MS = 30 * 60_000;
const AHEAD_HALF_HOURS = 8 * 48; // over a week with holidays in it there is some opening
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

/**
 * Up to four moments from `now` on: in an hour, in three, and on the customer's next day in the morning and in the
 * afternoon, each moved to the next half hour at which the desk is open. Without known hours it is taken to be open.
 */
export function callbackMoments(hours: OpeningHours | null, now: Date): readonly Date[] {
  const nextDay = (hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, hour);
  const wanted = [
    new Date(now.getTime() + 2 * HALF_HOUR_MS),
    new Date(now.getTime() + 6 * HALF_HOUR_MS),
    nextDay(9),
    nextDay(14),
  ];
  const found = new Map<number, Date>();
  for (const moment of wanted) {
    const first = Math.ceil(moment.getTime() / HALF_HOUR_MS) * HALF_HOUR_MS;
    for (let step = 0; step < AHEAD_HALF_HOURS; step += 1) {
      const at = new Date(first + step * HALF_HOUR_MS);
      if (hours !== null && !isOpen(hours, at)) continue;
      found.set(at.getTime(), at);
      break;
    }
  }
  return [...found.values()].sort((a, b) => a.getTime() - b.getTime());
}
