/**
 * Presence that is honest by itself: who locks the screen or leaves the machine is away, and back with their first act.
 * What a person chose stays chosen: somebody who is away or offline by their own choice is never brought back.
 */

import type { ChosenPresence, Presence } from "../protocol/model";

/** Why the console, and not the agent, said that they are away; `null` while it did not. */
export type Absence = "locked" | "idle" | null;

export type Sign =
  /** The screen was locked. */
  | "locked"
  /** Nobody has touched the machine, or this page, for long. */
  | "idle"
  /** Somebody unlocked the screen, or did something here. */
  | "back"
  /** The agent has chosen a presence. */
  | "chose";

export interface Step {
  readonly absence: Absence;
  /** What to tell the server; `null` when there is nothing to tell. */
  readonly set: ChosenPresence | null;
}

export function afterSign(absence: Absence, presence: Presence, sign: Sign): Step {
  switch (sign) {
    case "locked":
    case "idle":
      if (absence !== null) return { absence: sign === "locked" ? "locked" : absence, set: null };
      return presence === "online" ? { absence: sign, set: "away" } : { absence: null, set: null };
    case "back":
      return { absence: null, set: absence === null || presence !== "away" ? null : "online" };
    case "chose":
      return { absence: null, set: null };
  }
}
