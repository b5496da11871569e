/**
 * The agent's side: sign-in, line, one outbox a conversation, catching up. It feeds the desk's store; requests whose
 * answer the page waits for return their ack.
 */

import { findConversation, INITIAL_DESK, isOwn, reduceDesk, type DeskAction, type DeskState } from "../core/desk";
import { hasGap } from "../core/log";
import { unsent, type Outbox } from "../core/outbox";
import { createStore, type Store } from "../core/store";
import {
  fields,
  num,
  parseActor,
  parseAlert,
  parseAgentSession,
  parseAgentSnapshot,
  parseBoard,
  parseCannedAnswers,
  parseEvent,
  parseFoundPage,
  parseHandoffOrNull,
  parseOffer,
  parseOfferOutcome,
  parsePage,
  parsePast,
  parsePresence,
  parseQueue,
  parseSuggested,
  parseTeam,
  parseTeamNames,
  parseWrapUps,
} from "../protocol/parse";
import type {
  Ack,
  AgentSession,
  ChosenPresence,
  ConversationEvent,
  CustomerInfo,
  FoundPage,
  Offer,
  PastConversation,
  WireError,
} from "../protocol/model";
import type { AgentBody, AgentRequests } from "../protocol/requests";
import { setServerTime } from "../ui/clock";
import { createCourier, type Courier } from "./courier";
import { call, download } from "./http";
import { newId } from "./ids";
import { parseItems, type Keep } from "./keep";
import { openLine } from "./line";
import { createOffice, type Office } from "./office";

const TYPING_SHOWN_MS = 6_000;
const TYPING_SENT_EVERY_MS = 3_000;

/** Events after which the handoff is read again: the desk's namespace pushes none. */
const MOVES_HANDOFF: ReadonlySet<string> = new Set([
  "agent_joined",
  "agent_left",
  "handoff_promised",
  "handoff_queued",
  "handoff_requested",
  "handoff_resolved",
  "handoff_withdrawn",
  "handed_back",
  "promise_kept",
  "promise_broken",
]);

/** What went wrong, or `null` when it worked. */
export type Outcome = WireError | null;

export interface AgentClient {
  /** What supervisors ask for beside the socket. */
  readonly office: Office;
  readonly store: Store<DeskState, DeskAction>;
  setPresence(presence: ChosenPresence): Promise<Outcome>;
  accept(offer: Offer): Promise<Outcome>;
  decline(offer: Offer): Promise<Outcome>;
  say(conversationId: string, text: string): void;
  /** Anything about one conversation that is made idempotent by a `client_id`: note, transfer, resolve and so on. */
  act<R extends Exclude<keyof AgentRequests, "message">>(
    request: R,
    conversationId: string,
    body: AgentBody<R>,
  ): Promise<Outcome>;
  wrapUpDone(conversationId: string): Promise<Outcome>;
  /** A supervisor's look into a conversation. */
  watch(conversationId: string): Promise<Outcome>;
  unwatch(conversationId: string): Promise<Outcome>;
  /** Gives a live handoff to somebody; to oneself, it is there to write in when this returns. */
  assign(conversationId: string, handoffId: string, agentId: string): Promise<Outcome>;
  /** Earlier conversations of the customer, the latest first; `null` when they cannot be read. */
  past(conversationId: string): Promise<readonly PastConversation[] | null>;
  /** What was said in one of them; `null` when it cannot be read. */
  pastLog(conversationId: string, pastId: string): Promise<readonly ConversationEvent[] | null>;
  /** Conversations that have these words, those after `before`; an error when they cannot be looked for now. */
  search(query: string, before: number | null): Promise<FoundPage | WireError>;
  /** Opens a conversation to read it, or, when it is promised by this agent's team, to answer. */
  lookUp(conversationId: string, hold: "read" | "promised", customer: CustomerInfo | null): Promise<Outcome>;
  /** Asks what the assistant would answer to the customer's open words. What it knows comes into the store later. */
  suggest(conversationId: string): void;
  /** Says that an alert is seen to. */
  acknowledge(alertId: string): Promise<Outcome>;
  retry(conversationId: string, clientId: string): void;
  drop(conversationId: string, clientId: string): void;
  read(conversationId: string, seq: number): void;
  typing(conversationId: string): void;
  transcript(conversationId: string, format: "html" | "txt" | "json"): Promise<Blob>;
  close(): void;
}

export const signIn = (email: string, password: string): Promise<AgentSession> =>
  call("/api/v1/agent/sessions", { method: "POST", body: { email, password } }, parseAgentSession);

export const signOut = (token: string): Promise<null> =>
  call("/api/v1/agent/sessions", { method: "DELETE", token }, () => null);

export const setPassword = (token: string, password: string): Promise<null> =>
  call("/api/v1/agent/password", { method: "POST", body: { token, password } }, () => null);

const outcome = (ack: Ack): Outcome => (ack.ok ? null : ack.error);

/** `onRefused` is called once, when the server does not accept the token any more. `keep` holds unsent messages. */
export function createAgentClient(token: string, onRefused: () => void, keep: Keep): AgentClient {
  const store = createStore(reduceDesk, INITIAL_DESK);
  const couriers = new Map<string, Courier>();
  const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  const typingSentAt = new Map<string, number>();
  const catchingUp = new Set<string>();
  const readAgain = new Set<string>();

  const keptOutboxes = new Map<string, Outbox>();

  const isUp = (): boolean => store.get().connection === "connected";

  const line = openLine("/agent", () => ({ v: 1, token }), {
    received,
    down: () => store.dispatch({ type: "disconnected" }),
    refused: () => {
      store.dispatch({ type: "refused" });
      onRefused();
    },
  });

  function courierOf(id: string): Courier {
    const known = couriers.get(id);
    if (known !== undefined) return known;
    const courier = createCourier({
      outbox: () => findConversation(store.get(), id)?.outbox ?? [],
      change: (change) => store.dispatch({ type: "outbox", conversation_id: id, change }),
      call: (request, body) => line.call(request, { conversation_id: id, ...body }),
      acked: (_item, body) => num(fields(body), "seq"),
      isUp,
    });
    couriers.set(id, courier);
    return courier;
  }

  function takeHandoff(id: string, body: unknown): void {
    const handoff = parseHandoffOrNull(fields(body)["handoff"]);
    if (handoff !== null) store.dispatch({ type: "handoff", conversation_id: id, handoff });
  }

  /** Reads what is missing of a conversation, a page at a time, and its handoff; `first` reads even when nothing is. */
  async function catchUp(id: string, first = false): Promise<Outcome> {
    if (catchingUp.has(id)) {
      if (first) readAgain.add(id);
      return null;
    }
    catchingUp.add(id);
    try {
      for (let asked = false; isUp(); asked = true) {
        const conversation = findConversation(store.get(), id);
        if (conversation === null) return null;
        if (!(first && !asked) && !hasGap(conversation.log)) return null;
        const since = conversation.log.cursor;
        const ack = await line.call("open", { conversation_id: id, since });
        if (!ack.ok) return ack.error;
        store.dispatch({
          type: "page",
          conversation_id: id,
          page: parsePage(ack.body),
          handoff: parseHandoffOrNull(fields(ack.body)["handoff"]),
        });
        if (asked && findConversation(store.get(), id)?.log.cursor === since) return null;
      }
      return null;
    } finally {
      catchingUp.delete(id);
      if (readAgain.delete(id)) void catchUp(id, true);
    }
  }

  /** Messages that a reload caught on their way go out again; their `client_id` keeps them from being said twice. */
  function restoreOutbox(id: string): void {
    if (keptOutboxes.has(id)) return;
    keptOutboxes.set(id, []);
    for (const item of parseItems(keep.read(`outbox.${id}`))) {
      store.dispatch({ type: "outbox", conversation_id: id, change: { type: "queued", item } });
    }
  }

  const stopKeeping = store.subscribe(() => {
    for (const { id, outbox } of store.get().conversations) {
      const kept = keptOutboxes.get(id);
      if (kept === undefined || kept === outbox) continue;
      keptOutboxes.set(id, outbox);
      const items = unsent(outbox);
      keep.write(`outbox.${id}`, items.length === 0 ? null : items);
    }
  });

  /** Told of a conversation that was assigned, or accepted in another tab: takes it up. */
  function adopt(id: string): boolean {
    if (findConversation(store.get(), id) !== null) return false;
    store.dispatch({ type: "adopted", conversation_id: id });
    void catchUp(id, true);
    return true;
  }

  function caughtUpAfter(id: string): void {
    const conversation = findConversation(store.get(), id);
    if (conversation !== null && hasGap(conversation.log)) void catchUp(id);
    courierOf(id).wake();
  }

  function received(event: string, payload: unknown): void {
    try {
      take(event, payload);
    } catch (error) {
      console.warn(`byname: unreadable ${event}`, error);
    }
  }

  function take(event: string, payload: unknown): void {
    const of = fields(payload);
    const id = typeof of["conversation_id"] === "string" ? of["conversation_id"] : "";
    switch (event) {
      case "snapshot":
        setServerTime(String(of["as_of"]));
        store.dispatch({ type: "snapshot", snapshot: parseAgentSnapshot(payload) });
        for (const conversation of store.get().conversations) {
          restoreOutbox(conversation.id);
          if (conversation.hold === "watched") void line.call("watch", { conversation_id: conversation.id });
          if (conversation.hold !== "ended" && conversation.hold !== "offered") void catchUp(conversation.id, conversation.log.cursor === 0);
          courierOf(conversation.id).wake();
        }
        break;
      case "offer":
        store.dispatch({ type: "offer", offer: parseOffer(payload) });
        break;
      case "offer_ended":
        store.dispatch({
          type: "offer_ended",
          offer_id: String(of["offer_id"]),
          outcome: parseOfferOutcome(of["outcome"]),
        });
        break;
      case "assignment_ended":
        store.dispatch({ type: "assignment_ended", conversation_id: id, reason: String(of["reason"]) });
        void catchUp(id, true); // it may have been taken back since
        break;
      case "event": {
        if (adopt(id)) break;
        const news = parseEvent(of["event"]);
        store.dispatch({ type: "event", conversation_id: id, event: news });
        if (MOVES_HANDOFF.has(news.type)) void catchUp(id, true);
        caughtUpAfter(id);
        break;
      }
      case "head":
        if (adopt(id)) break;
        store.dispatch({ type: "head", conversation_id: id, last_seq: num(of, "last_seq") });
        caughtUpAfter(id);
        break;
      case "seen":
        store.dispatch({ type: "seen", conversation_id: id, seq: num(of, "seq") });
        break;
      case "presence":
        store.dispatch({ type: "presence", agent_id: String(of["agent_id"]), presence: parsePresence(of["presence"]) });
        break;
      case "queue":
        store.dispatch({ type: "queue", queue: parseQueue(of["queue"] ?? of["entries"]) });
        break;
      case "wrap_ups":
        store.dispatch({ type: "wrap_ups", wrap_ups: parseWrapUps(of["wrap_ups"]) });
        break;
      case "suggestions":
        store.dispatch({ type: "suggested", conversation_id: id, suggested: parseSuggested(payload) });
        break;
      case "team":
        store.dispatch({ type: "team", team: parseTeam(of["team"]), teams: parseTeamNames(of["teams"] ?? []) });
        break;
      case "canned_answers":
        store.dispatch({ type: "canned", canned: parseCannedAnswers(of["canned_answers"]) });
        break;
      case "board":
        setServerTime(String(of["as_of"]));
        store.dispatch({ type: "board", board: parseBoard(payload) });
        break;
      case "alert":
        store.dispatch({ type: "alert", alert: parseAlert(payload) });
        break;
      case "alert_ended":
        store.dispatch({ type: "alert_ended", alert_id: String(of["alert_id"]) });
        break;
      case "typing":
        store.dispatch({ type: "typing", conversation_id: id, actor: parseActor(of["actor"]) });
        clearTimeout(typingTimers.get(id));
        typingTimers.set(
          id,
          setTimeout(() => store.dispatch({ type: "typing_ended", conversation_id: id }), TYPING_SHOWN_MS),
        );
        break;
      default: // The server may add events.
    }
  }

  async function actUntilAnswered(request: string, body: object): Promise<Ack> {
    // The client_id makes it safe to ask again; once is enough to bridge a lost ack while a person looks on.
    const ack = await line.call(request, body);
    return !ack.ok && ack.error.code === "timeout" ? line.call(request, body) : ack;
  }

  return {
    office: createOffice(token),
    store,
    async setPresence(presence) {
      const ack = await line.call("set_presence", { presence });
      if (ack.ok) store.dispatch({ type: "my_presence", presence: parsePresence(fields(ack.body)["presence"]) });
      return outcome(ack);
    },
    async accept(offer) {
      const ack = await actUntilAnswered("accept", { offer_id: offer.offer_id });
      if (!ack.ok) return ack.error;
      const of = fields(ack.body);
      const id = typeof of["conversation_id"] === "string" ? of["conversation_id"] : offer.conversation_id;
      store.dispatch({
        type: "accepted",
        offer,
        conversation_id: id,
        handoff: parseHandoffOrNull(of["handoff"]),
        page: parsePage(ack.body),
      });
      restoreOutbox(id);
      caughtUpAfter(id);
      return null;
    },
    async decline(offer) {
      const ack = await actUntilAnswered("decline", { offer_id: offer.offer_id });
      if (ack.ok) store.dispatch({ type: "offer_ended", offer_id: offer.offer_id, outcome: "declined" });
      return outcome(ack);
    },
    say(conversationId, text) {
      const item = { client_id: newId(), request: "message", body: { text }, text, queued_at: new Date().toISOString() };
      store.dispatch({ type: "outbox", conversation_id: conversationId, change: { type: "queued", item } });
      courierOf(conversationId).wake();
    },
    async act(request, conversationId, body) {
      const ack = await actUntilAnswered(request, { conversation_id: conversationId, client_id: newId(), ...body });
      if (ack.ok) takeHandoff(conversationId, ack.body);
      return outcome(ack);
    },
    async wrapUpDone(conversationId) {
      const ack = await line.call("wrap_up_done", { conversation_id: conversationId });
      // A refusal means that the wrap-up is over already, which is what was wanted.
      const over = ack.ok || ack.error.code === "conflict" || ack.error.code === "not_found";
      if (over) store.dispatch({ type: "dismissed", conversation_id: conversationId });
      return over ? null : outcome(ack);
    },
    async watch(conversationId) {
      const ack = await line.call("watch", { conversation_id: conversationId });
      if (!ack.ok) return ack.error;
      store.dispatch({ type: "watched", conversation_id: conversationId });
      return catchUp(conversationId, true);
    },
    async unwatch(conversationId) {
      const ack = await line.call("unwatch", { conversation_id: conversationId });
      if (ack.ok) store.dispatch({ type: "dismissed", conversation_id: conversationId });
      return outcome(ack);
    },
    async assign(conversationId, handoffId, agentId) {
      const ack = await actUntilAnswered("assign", { handoff_id: handoffId, agent_id: agentId });
      if (!ack.ok) return ack.error;
      if (agentId === store.get().me?.id) adopt(conversationId);
      takeHandoff(conversationId, ack.body);
      return null;
    },
    async past(conversationId) {
      const ack = await line.call("past", { conversation_id: conversationId });
      return ack.ok ? parsePast(ack.body) : null;
    },
    async pastLog(conversationId, pastId) {
      const events: ConversationEvent[] = [];
      for (;;) {
        const since = events.at(-1)?.seq ?? 0;
        const ack = await line.call("open_past", { conversation_id: conversationId, past_id: pastId, since });
        if (!ack.ok) return null;
        const page = parsePage(ack.body);
        events.push(...page.events);
        if (!page.more || page.events.length === 0) return events;
      }
    },
    async search(query, before) {
      const ack = await line.call("search", before === null ? { query } : { query, before });
      return ack.ok ? parseFoundPage(ack.body) : ack.error;
    },
    async lookUp(conversationId, hold, customer) {
      store.dispatch({ type: "looked_up", conversation_id: conversationId, hold, customer });
      const failed = await catchUp(conversationId, true);
      if (failed !== null) store.dispatch({ type: "dismissed", conversation_id: conversationId });
      return failed;
    },
    suggest(conversationId) {
      void line.call("suggest", { conversation_id: conversationId });
    },
    async acknowledge(alertId) {
      const ack = await actUntilAnswered("acknowledge", { alert_id: alertId });
      if (ack.ok) store.dispatch({ type: "alert_ended", alert_id: alertId });
      return outcome(ack);
    },
    retry(conversationId, clientId) {
      store.dispatch({ type: "outbox", conversation_id: conversationId, change: { type: "retried", client_id: clientId } });
      courierOf(conversationId).wake();
    },
    drop(conversationId, clientId) {
      store.dispatch({ type: "outbox", conversation_id: conversationId, change: { type: "dropped", client_id: clientId } });
    },
    read(conversationId, seq) {
      const conversation = findConversation(store.get(), conversationId);
      if (conversation === null || seq <= conversation.read_seq || !isUp()) return;
      store.dispatch({ type: "read", conversation_id: conversationId, seq });
      if (isOwn(conversation)) {
        void line.call("read", { conversation_id: conversationId, seq });
      }
    },
    typing(conversationId) {
      const now = Date.now();
      if (now - (typingSentAt.get(conversationId) ?? 0) < TYPING_SENT_EVERY_MS) return;
      typingSentAt.set(conversationId, now);
      line.tell("typing", { conversation_id: conversationId });
    },
    transcript: (conversationId, format) =>
      download(`/api/v1/conversations/${encodeURIComponent(conversationId)}/transcript?format=${format}`, token),
    close() {
      stopKeeping();
      line.close();
    },
  };
}
