/** How long a wait usually is, in the round numbers that an estimate deserves. Pure: the caller brings the moment. */

export type Wait =
  | { readonly kind: "short" }
  | { readonly kind: "minutes" | "hours"; readonly n: number }
  /** The customer has waited longer than people usually do. */
  | { readonly kind: "longer" };

const HOURS_FROM_MIN = 90;

/** Never rounded down: whoever is told "about 10 minutes" should not wait 14. */
function rounded(minutes: number): Wait {
  if (minutes < 1) return { kind: "short" };
  if (minutes <= 10) return { kind: "minutes", n: Math.ceil(minutes) };
  const fives = 5 * Math.ceil(minutes / 5);
  return fives < HOURS_FROM_MIN ? { kind: "minutes", n: fives } : { kind: "hours", n: Math.ceil(minutes / 60) };
}

/** What to say of `wait_estimate_s` to somebody who asked at `requested_at`; `null` when there is nothing to go by. */
export function usualWait(estimate_s: number | null, requested_at: string, now: Date): Wait | null {
  if (estimate_s === null || estimate_s < 0) return null;
  const waited_s = (now.getTime() - Date.parse(requested_at)) / 1_000;
  return waited_s > Math.max(estimate_s, 60) ? { kind: "longer" } : rounded(estimate_s / 60);
}
