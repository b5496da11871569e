/** Tells when a page comes back to life: looked at again, network back, or the machine was asleep. */

const TICK_MS = 5_000;
const ASLEEP_MS = 4 * TICK_MS; // a tick that is this late: timers stood still, and a connection may be dead without knowing

export function onWake(listener: () => void): void {
  const look = (): void => {
    if (!document.hidden) listener();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("pageshow", look);
  let last_ms = Date.now();
  setInterval(() => {
    const now_ms = Date.now();
    if (now_ms - last_ms > ASLEEP_MS) look();
    last_ms = now_ms;
  }, TICK_MS);
}
