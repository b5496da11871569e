/** What was written and not sent, a conversation and a kind at a time. Kept over a change of conversation and a reload. */

import type { Keep } from "../client/keep";
import { createStore, type Store } from "../core/store";

export type Mode = "message" | "note" | "whisper";

type Texts = ReadonlyMap<string, string>;

export interface Drafts {
  readonly store: Store<Texts, { readonly key: string; readonly text: string }>;
  read(conversationId: string, mode: Mode): string;
  write(conversationId: string, mode: Mode, text: string): void;
  /** Whether anything was written there that was not sent. */
  has(conversationId: string): boolean;
}

const MODES: readonly Mode[] = ["message", "note", "whisper"];
const keyOf = (conversationId: string, mode: Mode): string => `${mode}.${conversationId}`;

export function createDrafts(keep: Keep): Drafts {
  const kept = keep.read("drafts");
  const first = new Map(
    typeof kept === "object" && kept !== null
      ? Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === "string")
      : [],
  );
  const store = createStore((texts: Texts, { key, text }: { readonly key: string; readonly text: string }): Texts => {
    if ((texts.get(key) ?? "") === text) return texts;
    const next = new Map(texts);
    if (text === "") next.delete(key);
    else next.set(key, text);
    return next;
  }, first);
  store.subscribe(() => keep.write("drafts", store.get().size === 0 ? null : Object.fromEntries(store.get())));
  return {
    store,
    read: (conversationId, mode) => store.get().get(keyOf(conversationId, mode)) ?? "",
    write: (conversationId, mode, text) => store.dispatch({ key: keyOf(conversationId, mode), text }),
    has: (conversationId) => MODES.some((mode) => (store.get().get(keyOf(conversationId, mode)) ?? "").trim() !== ""),
  };
}
