/** Finding words in what the console has: names, references, and everything said. */

import type { EventOf } from "../protocol/model";
import type { DeskConversation } from "./desk";

/** Text as it is compared: without case and accents, so that "muller" finds "Müller". */
export const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- all of ASCII, which needs no more than lower case
  /^[\u0000-\u007f]*$/.test(text) ? text.toLowerCase() : folded(text);

const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss");

/** The words of a query; every one of them has to be found. */
export const wordsOf = (query: string): readonly string[] => plain(query).split(/\s+/).filter((word) => word !== "");

/** What was said, as it is compared; events never change, and each letter of a query asks all of them. */
const known = new WeakMap<object, string>();

function plainOf(event: EventOf<"message"> | EventOf<"note">): string {
  const found = known.get(event) ?? plain(event.text);
  known.set(event, found);
  return found;
}

const hasAll = (said: string, words: readonly string[]): boolean => words.every((word) => said.includes(word));

export const matches = (text: string, words: readonly string[]): boolean => hasAll(plain(text), words);

export interface Found {
  readonly conversation: DeskConversation;
  /** The newest thing said that has all the words; `null` when the name or the reference has them. */
  readonly seq: number | null;
  readonly text: string | null;
}

/** Conversations that have all the words of a query in their name, their reference, or one thing that was said. */
export function findIn(conversations: readonly DeskConversation[], query: string, nameOf: (one: DeskConversation) => string): Found[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return conversations.flatMap((conversation): Found[] => {
    if (matches(`${nameOf(conversation)} ${conversation.handoff?.reference ?? ""}`, words)) {
      return [{ conversation, seq: null, text: null }];
    }
    const said = conversation.log.events.findLast(
      (event) => (event.type === "message" || event.type === "note") && hasAll(plainOf(event), words),
    );
    return said?.type === "message" || said?.type === "note" ? [{ conversation, seq: said.seq, text: said.text }] : [];
  });
}

/** The words around the first one that was found, at most `lengthMax` characters. */
export function excerpt(text: string, query: string, lengthMax = 90): string {
  const line = text.replace(/\s+/g, " ").trim();
  const [first = ""] = wordsOf(query);
  // The plain text may be longer or shorter than the original; near enough for where to begin.
  const at = Math.max(0, plain(line).indexOf(first) - 24);
  const cut = line.slice(at, at + lengthMax);
  return `${at > 0 ? "…" : ""}${cut}${at + lengthMax < line.length ? "…" : ""}`;
}
