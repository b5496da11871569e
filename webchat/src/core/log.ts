/**
 * A conversation's log as one reader sees it: events in order, once each. A gap is noticed by `prev_seq` or by a head
 * that lies past the cursor; closing it is the client's affair (`sync` or `open` from the cursor).
 */

import type { ConversationEvent, EventBody, EventOf, LogPage } from "../protocol/model";

export interface Log {
  readonly events: readonly ConversationEvent[];
  /** Every event up to this `seq` that the reader may see is in `events`. */
  readonly cursor: number;
  /** The highest `seq` that is known to exist; past the cursor when something is missing. */
  readonly head: number;
}

export const EMPTY_LOG: Log = { events: [], cursor: 0, head: 0 };

/** True when events are known to exist that are not here yet. */
export const hasGap = (log: Log): boolean => log.head > log.cursor;

/** Once an `erased` is there, nothing before it is kept in memory either; its stubs keep the count. */
function forgetting(events: readonly ConversationEvent[], fresh: readonly ConversationEvent[]): readonly ConversationEvent[] {
  const all = [...events, ...fresh];
  if (!fresh.some(({ type }) => type === "erased")) return all;
  const last = all.findLastIndex(({ type }) => type === "erased");
  return all.map((event, index) => {
    if (index >= last) return event;
    const { seq, prev_seq, id, at, actor, wire_type, payload_digest, hash } = event;
    return { seq, prev_seq, id, at, actor: { ...actor, name: null }, wire_type, payload_digest, hash, type: "other" };
  });
}

/** One pushed event. One that does not follow on directly only moves the head: the catch-up brings it. */
export function withEvent(log: Log, event: ConversationEvent): Log {
  if (event.seq <= log.cursor) return log;
  const head = Math.max(log.head, event.seq);
  if ((event.prev_seq ?? 0) > log.cursor) return head === log.head ? log : { ...log, head };
  return { events: forgetting(log.events, [event]), cursor: event.seq, head };
}

/** A page read from the server, which starts after a `since` that was at most the cursor. */
export function withPage(log: Log, page: LogPage): Log {
  const fresh = page.events.filter((event) => event.seq > log.cursor);
  const last = fresh.at(-1)?.seq ?? log.cursor;
  const cursor = page.more ? last : Math.max(last, page.last_seq);
  // A page that has more says where it ends, not where the log does: at least one event follows. It may have been asked
  // for before others came, so it is the page's end that counts.
  const head = Math.max(log.head, page.last_seq + (page.more ? 1 : 0), cursor);
  return { events: fresh.length === 0 ? log.events : forgetting(log.events, fresh), cursor, head };
}

/** The server has less than this reader: it was set back to a copy of before. Everything is read anew. */
export const rewound = (lastSeq: number): Log => ({ ...EMPTY_LOG, head: lastSeq });

/** The server says how far the log reaches. */
export function withHead(log: Log, lastSeq: number): Log {
  return lastSeq > log.head ? { ...log, head: lastSeq } : log;
}

export function isType<T extends EventBody["type"]>(event: ConversationEvent, type: T): event is EventOf<T> {
  return event.type === type;
}

/** The newest event of a type, or `null`. */
export function lastOf<T extends EventBody["type"]>(log: Log, type: T): EventOf<T> | null {
  const found = log.events.findLast((event) => event.type === type);
  return found !== undefined && isType(found, type) ? found : null;
}

/** Bot answers that the customer has judged: `seq` of the answer to whether it helped. The latest judgement counts. */
export function judgements(log: Log): ReadonlyMap<number, boolean> {
  const found = new Map<number, boolean>();
  for (const event of log.events) if (isType(event, "feedback")) found.set(event.of_seq, event.helpful);
  return found;
}
