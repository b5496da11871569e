/** A conversation as rows to show: days, messages in groups by sender, and what happened between them. */

import type { Actor, ConversationEvent, EventOf } from "../protocol/model";
import { judgements, type Log } from "./log";
import type { Outbox, OutboxItem } from "./outbox";

export interface MessageRow {
  readonly kind: "message";
  /** The same for a message on its way out and for its event, so that the row stays in place when it arrives. */
  readonly key: string;
  readonly seq: number | null;
  readonly actor: Actor;
  readonly text: string;
  readonly at: string;
  /** First and last of a run by one sender. */
  readonly first: boolean;
  readonly last: boolean;
  /** The outbox item, until the event is here. */
  readonly item: OutboxItem | null;
  readonly helpful: boolean | null;
}

export type Row =
  | MessageRow
  | { readonly kind: "day"; readonly key: string; readonly at: string }
  | { readonly kind: "note"; readonly key: string; readonly event: EventOf<"note"> }
  | { readonly kind: "happening"; readonly key: string; readonly event: ConversationEvent };

const RUN_MS = 5 * 60_000; // messages of one sender further apart than this start a new run, with name and time again

/** Events that say nothing to a reader beyond what messages, cards and buttons show already. */
const SILENT: ReadonlySet<string> = new Set(["feedback", "handoff_queued", "other"]);

type Loose = Omit<MessageRow, "first" | "last"> | Exclude<Row, MessageRow>;

function looseRow(event: ConversationEvent, helpful: ReadonlyMap<number, boolean>): Loose | null {
  if (event.type === "message") {
    return {
      kind: "message",
      key: event.client_id ?? event.id,
      seq: event.seq,
      actor: event.actor,
      text: event.text,
      at: event.at,
      item: null,
      helpful: helpful.get(event.seq) ?? null,
    };
  }
  if (event.type === "note") return { kind: "note", key: event.id, event };
  if (event.type === "bot_turn" && !event.failed && event.did.length === 0) return null;
  return SILENT.has(event.type) ? null : { kind: "happening", key: event.id, event };
}

const localDay = (at: string): string => new Date(at).toDateString();

const sameRun = (a: Loose | undefined, b: Loose | undefined): boolean =>
  a?.kind === "message" &&
  b?.kind === "message" &&
  a.actor.kind === b.actor.kind &&
  a.actor.id === b.actor.id &&
  Math.abs(Date.parse(b.at) - Date.parse(a.at)) < RUN_MS;

/** `me` is the actor whose messages wait in the outbox. */
export function rows(log: Log, outbox: Outbox, me: Actor): readonly Row[] {
  const helpful = judgements(log);
  const loose: Loose[] = [];
  let day = "";
  const add = (row: Loose, at: string): void => {
    if (localDay(at) !== day) {
      day = localDay(at);
      loose.push({ kind: "day", key: `day ${day}`, at });
    }
    loose.push(row);
  };
  for (const event of log.events) {
    // A hand back is told by its own line; the agent's leaving needs no second one.
    if (event.type === "agent_left" && event.reason === "handed_back") continue;
    const row = looseRow(event, helpful);
    if (row !== null) add(row, event.at);
  }
  for (const item of outbox) {
    if (item.text === null) continue;
    const { client_id: key, text, queued_at: at } = item;
    add({ kind: "message", key, seq: null, actor: me, text, at, item, helpful: null }, at);
  }
  return loose.map((row, index): Row => {
    if (row.kind !== "message") return row;
    return { ...row, first: !sameRun(loose[index - 1], row), last: !sameRun(row, loose[index + 1]) };
  });
}

/** Up to two letters for a round picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}
