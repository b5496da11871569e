/** The server's time, as far as this browser knows it: a wrong clock at a desk must not make a countdown lie. */

let aheadMs = 0;

/** The server has just said that it is `at`, or up to `orLaterMs` later: the latest, so that nobody is shown time that is not there. */
export function setServerTime(at: string, orLaterMs = 0): void {
  const ms = Date.parse(at) + orLaterMs - Date.now();
  if (Number.isFinite(ms)) aheadMs = ms;
}

export const serverNow = (): Date => new Date(Date.now() + aheadMs);
