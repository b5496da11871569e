/** Drafts of a trainer, in the browser's storage: every tab adds its own to what is there. */

import { createKeep } from "../client/keep";
import { type DraftAction, type Drafts, keptDrafts, parseDrafts, reduceDrafts } from "../core/lessons";

export interface Kept {
  get(): Drafts;
  dispatch(action: DraftAction): void;
  /** Calls `listener` after every change, in another tab too, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

export function createDrafts(trainerId: string): Kept {
  const keep = createKeep(() => localStorage, `byname.trainer.${trainerId}`);
  let drafts = parseDrafts(keep.read("drafts"));
  let alone = false; // nothing can be kept: it is full, or forbidden
  const listeners = new Set<() => void>();
  const take = (next: Drafts): void => {
    drafts = next;
    for (const listener of listeners) listener();
  };
  addEventListener("storage", () => take(parseDrafts(keep.read("drafts"))));
  return {
    get: () => drafts,
    dispatch(action) {
      const kept = keptDrafts(reduceDrafts(alone ? drafts : parseDrafts(keep.read("drafts")), action));
      take(parseDrafts(kept));
      keep.write("drafts", kept);
      alone = JSON.stringify(keep.read("drafts")) !== JSON.stringify(kept);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
