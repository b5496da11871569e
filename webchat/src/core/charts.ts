/** Arithmetic of charts: round ends of axes, which hours are shown, which labels fit. Pure. */

import type { DayFigures, HourFigures } from "../protocol/administration";

const HOURS_SHOWN_MIN = 8; // a morning's single column would say nothing

/** The hours from the first in which anything happened, but not fewer than make a chart, up to the present one. */
export function shownHours({ hours }: Pick<DayFigures, "hours">): readonly HourFigures[] {
  const first = hours.findIndex(({ requests, kept, broken }) => Object.keys(requests).length > 0 || kept + broken > 0);
  const from = Math.min(first === -1 ? hours.length : first, Math.max(0, hours.length - HOURS_SHOWN_MIN));
  return hours.slice(from);
}

export const requestCount = ({ requests }: Pick<HourFigures, "requests">): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0);

/** The least round number of things from `most` on: 2, 4, 5, 10, 20, 40, 50, 100 and so on. */
export function roundCount(most: number): number {
  if (most <= 2) return 2;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 5, 10].map((step) => step * size).find((end) => end >= most) ?? most;
}

/** Half of each is a whole number of its unit. */
const ROUND_SECONDS = [10, 20, 30, 60, 120, 240, 600, 1_200, 2_400, 3_600, 7_200, 14_400, 28_800, 86_400];

/** The least length of time from `most` seconds on that one would put on an axis. */
export const roundSeconds = (most: number): number =>
  ROUND_SECONDS.find((end) => end >= most) ?? Math.ceil(most / 86_400) * 86_400;

/** Every which slot gets a label, so that labels of this width do not touch. */
export const labelStep = (slotWidth: number, labelWidth: number): number => Math.max(1, Math.ceil(labelWidth / Math.max(1, slotWidth)));

/** Reasons with how often they came, the most frequent first. */
export function byFrequency(requests: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(requests).toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
