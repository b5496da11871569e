/** Whether the agent is there: what they chose, and what the machine can tell when they have gone. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import { afterSign, type Absence, type Sign } from "../core/absence";
import type { DeskState } from "../core/desk";
import type { ChosenPresence } from "../protocol/model";
import { useStore } from "../ui/hooks";
import type { OnError } from "./app";
import { preferences } from "./preferences";
import { t } from "./words";

/** Without a look at the screen the page can only tell that nobody has touched it, in whatever tab its agent is. */
const UNSEEN_AFTER_MS = 15 * 60_000;
/** The least that browsers allow is a minute; five are a call or a coffee. */
const IDLE_AFTER_MS = 5 * 60_000;

/** Chromium's own; not in every browser, and not in TypeScript's library. */
interface IdleDetector extends EventTarget {
  readonly userState: "active" | "idle" | null;
  readonly screenState: "locked" | "unlocked" | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}
interface IdleDetectors {
  new (): IdleDetector;
  requestPermission(): Promise<"granted" | "denied">;
}

const detectors = (): IdleDetectors | null =>
  (globalThis as { readonly IdleDetector?: IdleDetectors }).IdleDetector ?? null;

/** Whether this browser can tell when the screen is locked. */
export const canWatchScreen = (): boolean => detectors() !== null;

/** Asks the agent for it; has to come from a press of theirs. */
export async function askToWatchScreen(): Promise<boolean> {
  try {
    return (await detectors()?.requestPermission()) === "granted";
  } catch {
    return false;
  }
}

async function watchScreen(give: (sign: Sign) => void, signal: AbortSignal): Promise<void> {
  const Detector = detectors();
  if (Detector === null) return;
  const detector = new Detector();
  const look = (): void => {
    if (detector.screenState === "locked") give("locked");
    else if (detector.userState === "idle") give("idle");
    else give("back");
  };
  detector.addEventListener("change", look, { signal });
  await detector.start({ threshold: IDLE_AFTER_MS, signal });
}

/** Says away for who has gone, and online again with their first act. Returns why the console did, while it stands. */
export function useHonestPresence(client: AgentClient): { readonly absence: Absence; readonly chose: () => void } {
  const [absence, setAbsence] = useState<Absence>(null);
  const watch = useStore(preferences, (all) => all.watchScreen);
  const now = useRef<Absence>(null);
  const give = useRef((sign: Sign): void => {
    const step = afterSign(now.current, client.store.get().presence, sign);
    now.current = step.absence;
    setAbsence(step.absence);
    if (step.set !== null) void client.setPresence(step.set);
  }).current;

  useEffect(() => {
    const stop = new AbortController();
    if (watch) {
      watchScreen(give, stop.signal).catch(() => {
        if (!stop.signal.aborted) preferences.dispatch({ watchScreen: false }); // not allowed any more
      });
    }
    return () => stop.abort();
  }, [give, watch]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const acted = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => give("idle"), UNSEEN_AFTER_MS);
      if (now.current !== null) give("back");
    };
    acted();
    const stop = new AbortController();
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"] as const) {
      document.addEventListener(kind, acted, { passive: true, capture: true, signal: stop.signal });
    }
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [give]);

  return { absence, chose: () => give("chose") };
}

const PRESENCES: readonly ChosenPresence[] = ["online", "away", "offline"];

interface Props {
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly onError: OnError;
  readonly onChose: () => void;
}

export function PresenceSwitch({ state, client, onError, onChose }: Props) {
  const up = state.connection === "connected";
  return (
    <fieldset class={`presence ${up ? state.presence : "cut"}`} disabled={!up}>
      <legend class="visually-hidden">{t.presence}</legend>
      {up || state.connection === "starting" ? (
        PRESENCES.map((presence) => (
          <label key={presence} class={state.presence === presence ? `on ${presence}` : ""}>
            <input
              type="radio"
              name="presence"
              class="cover"
              checked={state.presence === presence}
              onChange={() => {
                onChose();
                void client.setPresence(presence).then(onError);
              }}
            />
            {t.presences[presence]}
          </label>
        ))
      ) : (
        // Without a connection nobody is there for customers, whatever was chosen.
        <span class="label on">{t.presenceCut}</span>
      )}
    </fieldset>
  );
}
