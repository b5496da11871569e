/**
 * What a person has sent and the server has not yet put on disk. Items go out one at a time, oldest first, so that a
 * resend can never overtake; each carries a `client_id`, so that a resend is recognised. An item stays until its event
 * is in the log, or is refused for good.
 */

import type { ConversationEvent, WireError } from "../protocol/model";

export const ACK_TIMEOUT_MS = 5_000; // the contract: no ack within 5 s means send it again

export type ItemState =
  | { readonly kind: "waiting"; readonly not_before_ms: number }
  | { readonly kind: "sending" }
  /** On disk under `seq`; shown from here until the event itself arrives. */
  | { readonly kind: "stored"; readonly seq: number | null }
  | { readonly kind: "refused"; readonly error: WireError };

export interface OutboxItem {
  readonly client_id: string;
  /** The request event it goes out as. */
  readonly request: string;
  readonly body: { readonly [key: string]: unknown };
  /** What it says, when it is a message; `null` for other requests. */
  readonly text: string | null;
  readonly queued_at: string;
  readonly state: ItemState;
}

export type NewItem = Omit<OutboxItem, "state">;
export type Outbox = readonly OutboxItem[];

export type OutboxChange =
  | { readonly type: "queued"; readonly item: NewItem }
  | { readonly type: "sent"; readonly client_id: string }
  | { readonly type: "stored"; readonly client_id: string; readonly seq: number | null }
  | { readonly type: "failed"; readonly client_id: string; readonly error: WireError; readonly now_ms: number }
  | { readonly type: "retried"; readonly client_id: string }
  | { readonly type: "dropped"; readonly client_id: string }
  /** The connection is gone: whatever was under way has to go out again. */
  | { readonly type: "interrupted" };

/** Errors after which the same request may succeed later. Every other code is final. */
const PASSING: ReadonlySet<string> = new Set(["timeout", "offline", "rate_limited", "unavailable"]);

const WAITING: ItemState = { kind: "waiting", not_before_ms: 0 };

function withState(outbox: Outbox, clientId: string, state: ItemState): Outbox {
  return outbox.map((item) => (item.client_id === clientId ? { ...item, state } : item));
}

/** State after a failed try: waiting again when that can help, else refused with the reason. */
function afterFailure(error: WireError, nowMs: number): ItemState {
  if (!PASSING.has(error.code)) return { kind: "refused", error };
  const pause = error.code === "timeout" || error.code === "offline" ? 0 : (error.retry_after_s ?? 2) * 1_000;
  return { kind: "waiting", not_before_ms: pause === 0 ? 0 : nowMs + pause };
}

export function reduceOutbox(outbox: Outbox, change: OutboxChange): Outbox {
  switch (change.type) {
    case "queued":
      return [...outbox, { ...change.item, state: WAITING }];
    case "sent":
      return withState(outbox, change.client_id, { kind: "sending" });
    case "stored": {
      const item = outbox.find((candidate) => candidate.client_id === change.client_id);
      if (item === undefined) return outbox;
      if (item.text === null) return outbox.filter((candidate) => candidate !== item);
      return withState(outbox, change.client_id, { kind: "stored", seq: change.seq });
    }
    case "failed":
      return withState(outbox, change.client_id, afterFailure(change.error, change.now_ms));
    case "retried":
      return withState(outbox, change.client_id, WAITING);
    case "dropped":
      return outbox.filter((item) => item.client_id !== change.client_id);
    case "interrupted":
      return outbox.some((item) => item.state.kind === "sending")
        ? outbox.map((item) => (item.state.kind === "sending" ? { ...item, state: WAITING } : item))
        : outbox;
    default:
      return assertNever(change);
  }
}

/** Without the items whose events have arrived. */
export function settle(outbox: Outbox, events: readonly ConversationEvent[], cursor: number): Outbox {
  if (outbox.length === 0) return outbox;
  const arrived = new Set<string>();
  for (const event of events) {
    if (event.type === "message" && event.client_id !== null) arrived.add(event.client_id);
  }
  const left = outbox.filter(
    ({ client_id, state }) =>
      !arrived.has(client_id) && !(state.kind === "stored" && state.seq !== null && state.seq <= cursor),
  );
  return left.length === outbox.length ? outbox : left;
}

/** What to send now: the oldest waiting item, unless one is under way. `wait_ms` is set when it has to wait first. */
export function nextToSend(outbox: Outbox, nowMs: number): { item: OutboxItem; wait_ms: number } | null {
  if (outbox.some((item) => item.state.kind === "sending")) return null;
  for (const item of outbox) {
    if (item.state.kind === "waiting") return { item, wait_ms: Math.max(0, item.state.not_before_ms - nowMs) };
  }
  return null;
}

/** Items read back from storage after a reload: whatever was under way goes out again. */
export function restored(items: readonly NewItem[]): Outbox {
  return items.map((item) => ({ ...item, state: WAITING }));
}

/** Items worth keeping over a reload: all that are not on disk, and of those refused what somebody has written. */
export function unsent(outbox: Outbox): readonly NewItem[] {
  return outbox
    .filter(({ state, text }) => state.kind !== "stored" && (state.kind !== "refused" || text !== null))
    .map(({ state: _state, ...item }) => item);
}

export function assertNever(value: never): never {
  throw new Error(`unexpected: ${JSON.stringify(value)}`);
}
