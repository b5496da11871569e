/**
 * Everything the widget knows, folded from what the server sent and what the customer did. Pure: no DOM, clock, random
 * or storage here.
 */

import type {
  Actor,
  Control,
  ConversationEvent,
  ConversationInfo,
  CustomerSnapshot,
  Handoff,
  LogPage,
} from "../protocol/model";
import { EMPTY_LOG, isType, lastOf, rewound, withEvent, withHead, withPage, type Log } from "./log";
import { assertNever, reduceOutbox, settle, type Outbox, type OutboxChange } from "./outbox";

/** `starting` until the first snapshot, `refused` when the server will not have this page at all. */
export type Connection = "starting" | "connected" | "reconnecting" | "refused";

export interface CustomerState {
  readonly connection: Connection;
  readonly conversation: ConversationInfo | null;
  readonly log: Log;
  readonly handoff: Handoff | null;
  readonly outbox: Outbox;
  /** Who is typing to the customer, or `null`. */
  readonly typing: Actor | null;
  /** Somebody on the desk has seen everything up to this `seq`. */
  readonly seen_seq: number;
  /** The conversation before can no longer be opened in this browser; the customer is told that this one is new. */
  readonly afresh: boolean;
  /** What a customer who may not write any more is told, in their language; `null` for everybody else. */
  readonly blocked: string | null;
}

export type CustomerAction =
  | { readonly type: "snapshot"; readonly snapshot: CustomerSnapshot }
  | { readonly type: "event"; readonly event: ConversationEvent }
  | { readonly type: "page"; readonly page: LogPage; readonly handoff: Handoff | null }
  | { readonly type: "handoff"; readonly handoff: Handoff }
  | { readonly type: "head"; readonly last_seq: number }
  | { readonly type: "seen"; readonly seq: number }
  | { readonly type: "typing"; readonly actor: Actor }
  | { readonly type: "typing_ended" }
  | { readonly type: "disconnected" }
  | { readonly type: "refused" }
  /** A conversation takes the place of the one before; what was not sent yet goes to it. */
  | { readonly type: "moved" }
  /** The same, because the server does not know the customer's token any more. */
  | { readonly type: "started_afresh" }
  /** Everything was erased at the customer's wish, what waited to be sent too. */
  | { readonly type: "forgotten" }
  | { readonly type: "outbox"; readonly change: OutboxChange };

export function initialCustomer(outbox: Outbox): CustomerState {
  return {
    connection: "starting",
    conversation: null,
    log: EMPTY_LOG,
    handoff: null,
    outbox,
    typing: null,
    seen_seq: 0,
    afresh: false,
    blocked: null,
  };
}

/** The newer of two views of the handoff: pushes and acks may come in either order. */
export function newerHandoff(known: Handoff | null, news: Handoff | null): Handoff | null {
  if (known === null || news === null) return news ?? known;
  return news.as_of_seq >= known.as_of_seq ? news : known;
}

/** What the customer does does not end somebody else's typing; anything else that happens does. */
const BY_CUSTOMER: ReadonlySet<string> = new Set(["message", "feedback", "rated"]);

function withLog(state: CustomerState, log: Log): CustomerState {
  if (log === state.log) return state;
  const fresh = log.events.slice(state.log.events.length);
  const moved = fresh.some((event) => !BY_CUSTOMER.has(event.type) || event.actor.kind !== "customer");
  const turned = fresh.findLast(({ type }) => type === "customer_blocked" || type === "customer_unblocked");
  return {
    ...state,
    log,
    outbox: settle(state.outbox, fresh, log.cursor),
    typing: moved ? null : state.typing,
    blocked: turned === undefined ? state.blocked : turned.type === "customer_blocked" ? turned.text : null,
  };
}

export function reduceCustomer(state: CustomerState, action: CustomerAction): CustomerState {
  switch (action.type) {
    case "snapshot": {
      const { conversation, handoff } = action.snapshot;
      const same = state.conversation === null || state.conversation.id === conversation.id;
      // The first that a connection brings: a log that ends before what is here already was set back.
      const back = same && action.snapshot.last_seq < state.log.cursor;
      const base: CustomerState = back
        ? { ...state, log: rewound(action.snapshot.last_seq), handoff: null, seen_seq: 0 }
        : same
          ? state
          : { ...initialCustomer(state.outbox), conversation, afresh: state.afresh };
      if (back) return { ...base, connection: "connected", conversation, handoff, blocked: conversation.blocked_text };
      const merged = withLog(base, withPage(base.log, action.snapshot));
      return {
        ...merged,
        connection: "connected",
        conversation,
        handoff: newerHandoff(base.handoff, handoff),
        blocked: conversation.blocked_text,
      };
    }
    case "event":
      return withLog(state, withEvent(state.log, action.event));
    case "page": {
      const merged = withLog(state, withPage(state.log, action.page));
      return { ...merged, handoff: newerHandoff(merged.handoff, action.handoff) };
    }
    case "handoff":
      return { ...state, handoff: newerHandoff(state.handoff, action.handoff) };
    case "head":
      return withLog(state, withHead(state.log, action.last_seq));
    case "seen":
      return action.seq > state.seen_seq ? { ...state, seen_seq: action.seq } : state;
    case "typing":
      return action.actor.kind === "customer" ? state : { ...state, typing: action.actor };
    case "typing_ended":
      return state.typing === null ? state : { ...state, typing: null };
    case "disconnected":
      return {
        ...state,
        connection: state.connection === "starting" ? "starting" : "reconnecting",
        typing: null,
        outbox: reduceOutbox(state.outbox, { type: "interrupted" }),
      };
    case "refused":
      return { ...state, connection: "refused", typing: null };
    case "moved":
    case "started_afresh":
      return { ...initialCustomer(reduceOutbox(state.outbox, { type: "interrupted" })), afresh: action.type === "started_afresh" };
    case "forgotten":
      return initialCustomer([]);
    case "outbox": {
      const outbox = reduceOutbox(state.outbox, action.change);
      return { ...state, outbox: settle(outbox, state.log.events, state.log.cursor) };
    }
    default:
      return assertNever(action);
  }
}

/** Words of others, and what a customer who looked away should know at once. */
const NEWS: ReadonlySet<string> = new Set(["message", "agent_joined", "promise_broken", "customer_blocked"]);

/** How much has come since the customer looked up to `readSeq`. */
export const unreadSince = (log: Log, readSeq: number): number =>
  log.events.filter(({ seq, type, actor }) => seq > readSeq && NEWS.has(type) && actor.kind !== "customer").length;

/** Whose turn it is to answer. */
export function control(handoff: Handoff | null): Control {
  switch (handoff?.state) {
    case "queued":
    case "offered":
      return "waiting";
    case "active":
      return "agent";
    default:
      return "bot";
  }
}

export const isLive = (handoff: Handoff | null): boolean =>
  handoff !== null && handoff.state !== "resolved" && handoff.state !== "withdrawn";

/** True while a request for a person has not reached the server yet. */
export const isAskingForPerson = (outbox: Outbox): boolean =>
  outbox.some(({ request, state }) => request === "request_human" && state.kind !== "refused");

/** True from a broken promise until somebody answers or a new promise is made. */
export function promiseIsBroken(log: Log): boolean {
  const broken = lastOf(log, "promise_broken");
  if (broken === null) return false;
  const after = log.events.filter((event) => event.seq > broken.seq);
  return !after.some(
    (event) =>
      event.type === "handoff_promised" ||
      event.type === "promise_kept" ||
      event.type === "agent_joined" ||
      event.type === "handoff_resolved" ||
      event.type === "handoff_withdrawn",
  );
}

/** The end of the last handoff by a named person, while the customer has neither rated it nor moved on to another. */
export function awaitsRating(state: CustomerState): { seq: number; name: string | null } | null {
  if (isLive(state.handoff) || state.blocked !== null) return null;
  const ended = state.log.events.findLast(
    (event) => event.type === "handoff_resolved" || event.type === "handoff_requested",
  );
  if (ended === undefined || ended.type !== "handoff_resolved") return null;
  const later = state.log.events.filter((event) => event.seq > ended.seq);
  if (later.some((event) => event.type === "rated")) return null;
  const joined = lastOf(state.log, "agent_joined");
  return { seq: ended.seq, name: joined === null ? null : joined.agent.name };
}

/** The quick replies that still make sense: those of the newest message, when the bot sent it. */
export function openButtons(log: Log): { seq: number; buttons: readonly { title: string; payload: string }[] } | null {
  const newest = log.events.findLast((event) => event.type === "message");
  if (newest === undefined || !isType(newest, "message") || newest.actor.kind === "customer") return null;
  return newest.buttons.length === 0 ? null : { seq: newest.seq, buttons: newest.buttons };
}
