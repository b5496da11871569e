/** The server's time, as far as this browser knows it: a wrong clock at a desk must not make a countdown lie. */

let aheadMs = 0;

/** The server has just said that it is `at`. */
export function setServerTime(at: string): void {
  const ms = Date.parse(at) - Date.now();
  if (Number.isFinite(ms)) aheadMs = ms;
}

export const serverNow = (): Date => new Date(Date.now() + aheadMs);
