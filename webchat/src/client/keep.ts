/** Small values kept over a reload. A browser that forbids storage costs the keeping, never the chat. */

import type { NewItem } from "../core/outbox";
import { fields } from "../protocol/parse";

export interface Keep {
  read(key: string): unknown;
  /** `null` forgets. */
  write(key: string, value: unknown): void;
}

export function createKeep(storage: () => Storage, prefix: string): Keep {
  return {
    read(key) {
      try {
        const text = storage().getItem(`${prefix}.${key}`);
        return text === null ? null : (JSON.parse(text) as unknown);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        if (value === null) storage().removeItem(`${prefix}.${key}`);
        else storage().setItem(`${prefix}.${key}`, JSON.stringify(value));
      } catch {
        // Full or forbidden: what is on the screen still goes out.
      }
    },
  };
}

/**
 * What is unsent, kept for a page that is loaded later. All tabs of a browser keep theirs in one place: each writes its
 * own and leaves the others' as they are. `own` names every item that this tab has ever had.
 */
export function keepUnsent(keep: Keep, own: ReadonlySet<string>, items: readonly NewItem[]): void {
  const others = parseItems(keep.read("outbox")).filter(({ client_id }) => !own.has(client_id));
  const all = [...others, ...items];
  keep.write("outbox", all.length === 0 ? null : all);
}

/** Unsent items as they were kept; anything that is none is left out. */
export function parseItems(kept: unknown): NewItem[] {
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((value: unknown): NewItem[] => {
    try {
      const of = fields(value);
      const { client_id, request, text, queued_at } = of;
      if (typeof client_id !== "string" || typeof request !== "string" || typeof queued_at !== "string") return [];
      return [{ client_id, request, queued_at, text: typeof text === "string" ? text : null, body: fields(of["body"]) }];
    } catch {
      return [];
    }
  });
}
