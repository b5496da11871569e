/**
 * Everything the console knows: the agent, offers, conversations with their logs and outboxes, the queue and the team.
 * Pure, like the customer's state.
 */

import type {
  Actor,
  AgentSnapshot,
  Alert,
  Block,
  Board,
  CannedAnswer,
  ConversationEvent,
  ConversationInfo,
  CustomerInfo,
  EventOf,
  Handoff,
  LogPage,
  Me,
  Offer,
  OfferOutcome,
  Presence,
  QueueEntry,
  Suggested,
  TeamMember,
  TeamName,
  Transcript,
  WrapUp,
} from "../protocol/model";
import { forTeams } from "./canned";
import { newerHandoff } from "./customer";
import { EMPTY_LOG, withEvent, withHead, withPage, type Log } from "./log";
import { assertNever, reduceOutbox, settle, type Outbox, type OutboxChange } from "./outbox";

/**
 * How the agent stands to a conversation: `offered` may become theirs, `held` is an active one, `promised` one they owe an
 * answer, `wrap_up` one that ended and still takes the seat, `watched` a supervisor's look, `read` one that was found
 * again and is only read, `ended` one that is over or was taken from them.
 */
export type Hold = "offered" | "held" | "promised" | "wrap_up" | "watched" | "read" | "ended";

export interface DeskConversation {
  readonly id: string;
  readonly info: ConversationInfo | null;
  readonly customer: CustomerInfo | null;
  readonly handoff: Handoff | null;
  readonly hold: Hold;
  /** The transcript that came with the offer, whose count and hashes can be checked. */
  readonly offered: Transcript | null;
  /** Why it ended for this agent, when it was not their own doing. */
  readonly ended_reason: string | null;
  /** By whom and why the customer is shut out. */
  readonly block: Block | null;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly typing: Actor | null;
  readonly suggested: Suggested | null;
  /** The customer has seen everything up to here. */
  readonly seen_seq: number;
  /** The agent has read everything up to here. */
  readonly read_seq: number;
}

export type DeskConnection = "starting" | "connected" | "reconnecting" | "refused";

export interface DeskState {
  readonly connection: DeskConnection;
  readonly me: Me | null;
  readonly presence: Presence;
  readonly capacity: number;
  readonly offers: readonly Offer[];
  readonly conversations: readonly DeskConversation[];
  readonly queue: readonly QueueEntry[];
  readonly team: readonly TeamMember[];
  /** What the teams are called. */
  readonly teams: readonly TeamName[];
  /** Seats that are kept for notes, each until its moment. */
  readonly wrap_ups: readonly WrapUp[];
  /** `null` for those who supervise nobody. */
  readonly board: Board | null;
  /** What supervisors were told and nobody has reacted to, the oldest first. */
  readonly alerts: readonly Alert[];
  readonly canned: readonly CannedAnswer[];
  /** The newest thing to tell the agent that fits in no other place. */
  readonly notice: Notice | null;
}

export type Notice =
  | { readonly kind: "offer_ended"; readonly outcome: OfferOutcome; readonly reference: string }
  | { readonly kind: "assignment_ended"; readonly reason: string; readonly reference: string | null };

export type DeskAction =
  | { readonly type: "snapshot"; readonly snapshot: AgentSnapshot }
  | { readonly type: "offer"; readonly offer: Offer }
  | { readonly type: "offer_ended"; readonly offer_id: string; readonly outcome: OfferOutcome }
  | {
      readonly type: "accepted";
      readonly offer: Offer;
      readonly conversation_id: string;
      readonly handoff: Handoff | null;
      readonly page: LogPage;
    }
  | { readonly type: "assignment_ended"; readonly conversation_id: string; readonly reason: string }
  | { readonly type: "watched"; readonly conversation_id: string }
  /** Opened because a search has found it, or because it is a promise of the agent's team. */
  | {
      readonly type: "looked_up";
      readonly conversation_id: string;
      readonly hold: "read" | "promised";
      readonly customer: CustomerInfo | null;
    }
  /** The server tells of a conversation that this page does not know: it was assigned, or accepted in another tab. */
  | { readonly type: "adopted"; readonly conversation_id: string }
  | { readonly type: "dismissed"; readonly conversation_id: string }
  | { readonly type: "page"; readonly conversation_id: string; readonly page: LogPage; readonly handoff: Handoff | null }
  | { readonly type: "handoff"; readonly conversation_id: string; readonly handoff: Handoff }
  | { readonly type: "event"; readonly conversation_id: string; readonly event: ConversationEvent }
  | { readonly type: "head"; readonly conversation_id: string; readonly last_seq: number }
  | { readonly type: "seen"; readonly conversation_id: string; readonly seq: number }
  | { readonly type: "read"; readonly conversation_id: string; readonly seq: number }
  | { readonly type: "typing"; readonly conversation_id: string; readonly actor: Actor }
  | { readonly type: "suggested"; readonly conversation_id: string; readonly suggested: Suggested }
  | { readonly type: "typing_ended"; readonly conversation_id: string }
  | { readonly type: "presence"; readonly agent_id: string; readonly presence: Presence }
  | { readonly type: "my_presence"; readonly presence: Presence }
  | { readonly type: "queue"; readonly queue: readonly QueueEntry[] }
  | { readonly type: "wrap_ups"; readonly wrap_ups: readonly WrapUp[] }
  | { readonly type: "board"; readonly board: Board }
  | { readonly type: "alert"; readonly alert: Alert }
  | { readonly type: "alert_ended"; readonly alert_id: string }
  | { readonly type: "team"; readonly team: readonly TeamMember[]; readonly teams: readonly TeamName[] }
  | { readonly type: "canned"; readonly canned: readonly CannedAnswer[] }
  | { readonly type: "outbox"; readonly conversation_id: string; readonly change: OutboxChange }
  | { readonly type: "disconnected" }
  | { readonly type: "refused" }
  | { readonly type: "notice_read" };

export const INITIAL_DESK: DeskState = {
  connection: "starting",
  me: null,
  presence: "offline",
  capacity: 0,
  offers: [],
  conversations: [],
  queue: [],
  team: [],
  teams: [],
  wrap_ups: [],
  board: null,
  alerts: [],
  canned: [],
  notice: null,
};

export function findConversation(state: DeskState, id: string): DeskConversation | null {
  return state.conversations.find((conversation) => conversation.id === id) ?? null;
}

function blank(id: string, hold: Hold): DeskConversation {
  return {
    id,
    info: null,
    customer: null,
    handoff: null,
    hold,
    offered: null,
    ended_reason: null,
    block: null,
    log: EMPTY_LOG,
    outbox: [],
    typing: null,
    suggested: null,
    seen_seq: 0,
    read_seq: 0,
  };
}

/** A conversation of which only the queue or the board has told so far. */
function fromQueue(state: DeskState, id: string, hold: Hold): DeskConversation {
  const is = ({ conversation_id }: { readonly conversation_id: string | null }): boolean => conversation_id === id;
  const entry = state.queue.find(is) ?? state.board?.rows.find(is) ?? state.board?.blocked.find(is);
  return { ...blank(id, hold), customer: entry?.customer ?? null };
}

/** Changes one conversation, which must be known; an unknown one leaves the state as it is. */
function change(
  state: DeskState,
  id: string,
  by: (conversation: DeskConversation) => DeskConversation,
): DeskState {
  return {
    ...state,
    conversations: state.conversations.map((conversation) => (conversation.id === id ? by(conversation) : conversation)),
  };
}

function put(state: DeskState, conversation: DeskConversation): DeskState {
  const known = state.conversations.some((candidate) => candidate.id === conversation.id);
  return {
    ...state,
    conversations: known
      ? state.conversations.map((candidate) => (candidate.id === conversation.id ? conversation : candidate))
      : [...state.conversations, conversation],
  };
}

/** Where a conversation of `me` stands, going by its handoff. */
function holdOf(handoff: Handoff | null, me: Me | null, before: Hold): Hold {
  // A supervisor takes over what they watched; what was only read comes back to its agent.
  if ((before === "watched" || before === "read") && handoff?.state === "active" && me !== null && handoff.agent?.id === me.id) return "held";
  if (before === "watched" || before === "offered" || before === "read") return before;
  switch (handoff?.state) {
    case "active":
      return me === null || handoff.agent === null || handoff.agent.id === me.id ? "held" : "ended";
    case "promised":
      return "promised";
    case "resolved":
    case "withdrawn":
      return handoff.agent !== null && handoff.agent.id === me?.id ? "wrap_up" : "ended"; // whoever had it then writes notes
    case "queued":
    case "offered":
      return "ended";
    default:
      return before;
  }
}

/** Where a conversation stands whose assignment has ended for this reason, as long as nothing newer is known of its handoff. */
function holdAfter(before: Hold, reason: string): Hold {
  switch (reason) {
    case "resolved":
    case "handed_back":
      return "wrap_up";
    case "withdrawn":
      return before === "promised" ? "ended" : "wrap_up"; // a promise took no seat
    default:
      return "ended";
  }
}

/** Whether the agent has it, or owes an answer in it. */
export const isOwn = ({ hold }: DeskConversation): boolean => hold === "held" || hold === "promised";

function withHandoff(conversation: DeskConversation, news: Handoff | null, me: Me | null): DeskConversation {
  const handoff = newerHandoff(conversation.handoff, news);
  if (handoff === conversation.handoff) return conversation;
  const hold = holdOf(handoff, me, conversation.hold);
  return { ...conversation, handoff, hold, ended_reason: hold === "held" ? null : conversation.ended_reason };
}

function blockAfter(before: Block | null, fresh: readonly ConversationEvent[]): Block | null {
  return fresh.reduce<Block | null>((block, event) => {
    switch (event.type) {
      case "customer_blocked":
        return { by: event.by, at: event.at, reason: "" };
      case "block_explained":
        return block === null ? null : { ...block, reason: event.reason };
      case "customer_unblocked":
        return null;
      default:
        return block;
    }
  }, before);
}

/** Ends of a handoff, after which its agent writes notes. */
const ENDS: ReadonlySet<string> = new Set(["handoff_resolved", "handoff_withdrawn", "handed_back"]);

/** The ends of a handoff that show in the log before any ack says so; what the handoff knows already is not news. */
function withLog(conversation: DeskConversation, log: Log): DeskConversation {
  if (log === conversation.log) return conversation;
  const known = conversation.handoff?.as_of_seq ?? 0;
  const fresh = log.events.slice(conversation.log.events.length);
  const spoke = fresh.some((event) => event.type === "message" && event.actor.kind === "customer");
  const ended = fresh.some(({ type, seq }) => ENDS.has(type) && seq > known);
  return {
    ...conversation,
    log,
    outbox: settle(conversation.outbox, fresh, log.cursor),
    typing: spoke ? null : conversation.typing,
    block: blockAfter(conversation.block, fresh),
    hold: ended && conversation.hold === "held" ? "wrap_up" : conversation.hold,
  };
}

/** With an offered conversation, whose log is the transcript that the offer brought. */
function withOffer(state: DeskState, offer: Offer): DeskState {
  const before = findConversation(state, offer.conversation_id) ?? blank(offer.conversation_id, "offered");
  const { events, count } = offer.transcript;
  return put(state, {
    ...before,
    customer: offer.customer,
    hold: before.hold === "watched" ? "watched" : "offered",
    offered: offer.transcript,
    log: withPage(before.log, { events, last_seq: count, more: false }),
  });
}

/** Without an offered conversation whose offer has ended. */
function withoutOffered(state: DeskState, id: string): DeskState {
  return {
    ...state,
    conversations: state.conversations.filter((known) => known.id !== id || known.hold !== "offered"),
  };
}

function fromSnapshot(state: DeskState, snapshot: AgentSnapshot): DeskState {
  const listed = new Set(snapshot.conversations.map(({ conversation }) => conversation.id));
  const kept = state.conversations
    .filter(({ hold }) => hold !== "offered")
    .map((conversation): DeskConversation =>
      !listed.has(conversation.id) && isOwn(conversation)
        ? { ...conversation, hold: snapshot.wrap_ups.some(({ conversation_id }) => conversation_id === conversation.id) ? "wrap_up" : "ended" }
        : conversation,
    );
  const base = snapshot.offers.reduce(withOffer, { ...state, conversations: kept });
  return snapshot.conversations.reduce((so_far, { conversation: info, handoff, last_seq }) => {
    const before = findConversation(so_far, info.id) ?? blank(info.id, "held");
    return put(so_far, {
      ...before,
      info,
      customer: info.customer ?? before.customer,
      handoff,
      hold: holdOf(handoff, snapshot.me, before.hold === "watched" ? "watched" : "held"),
      ended_reason: null,
      block: info.block,
      log: withHead(before.log, last_seq),
    });
  }, base);
}

export function reduceDesk(state: DeskState, action: DeskAction): DeskState {
  switch (action.type) {
    case "snapshot": {
      const { conversations: _, ...told } = action.snapshot;
      return { ...fromSnapshot(state, action.snapshot), ...told, connection: "connected" };
    }
    case "offer": {
      const others = state.offers.filter(({ offer_id }) => offer_id !== action.offer.offer_id);
      return withOffer({ ...state, offers: [...others, action.offer] }, action.offer);
    }
    case "offer_ended": {
      const offer = state.offers.find(({ offer_id }) => offer_id === action.offer_id);
      if (offer === undefined) return state;
      const mine = action.outcome === "accepted" || action.outcome === "declined";
      const ended: DeskState = {
        ...state,
        offers: state.offers.filter((candidate) => candidate !== offer),
        notice: mine ? state.notice : { kind: "offer_ended", outcome: action.outcome, reference: offer.reference },
      };
      return action.outcome === "accepted"
        ? change(ended, offer.conversation_id, (known) => (known.hold === "offered" ? { ...known, hold: "held" } : known))
        : withoutOffered(ended, offer.conversation_id);
    }
    case "accepted": {
      const { offer, page, conversation_id } = action;
      const before = findConversation(state, conversation_id) ?? blank(conversation_id, "held");
      const handoff = newerHandoff(before.handoff, action.handoff); // it may be over before the answer is here
      const log = withPage(before.log, page);
      return put(
        { ...state, offers: state.offers.filter(({ offer_id }) => offer_id !== offer.offer_id) },
        {
          ...before,
          customer: offer.customer,
          handoff,
          hold: holdOf(handoff, state.me, "held"),
          offered: offer.transcript,
          ended_reason: null,
          log,
        },
      );
    }
    case "assignment_ended": {
      const { conversation_id: id, reason } = action;
      const conversation = findConversation(state, id);
      if (conversation === null || (conversation.hold !== "wrap_up" && conversation.hold !== "ended" && !isOwn(conversation))) return state;
      const had = isOwn(conversation); // else the ack of the agent's own act, or the log, was here before
      const hold = had ? holdAfter(conversation.hold, reason) : conversation.hold;
      const ended = change(state, id, (known) => ({ ...known, hold, ended_reason: known.ended_reason ?? reason, typing: null }));
      if (!had || hold === "wrap_up" || reason === "transfer") return ended; // what they did themselves is no news
      return { ...ended, notice: { kind: "assignment_ended", reason, reference: conversation.handoff?.reference ?? null } };
    }
    case "watched": {
      const before = findConversation(state, action.conversation_id);
      if (before !== null && before.hold !== "ended") return state;
      return put(state, { ...(before ?? fromQueue(state, action.conversation_id, "watched")), hold: "watched" });
    }
    case "looked_up": {
      const { conversation_id: id, hold, customer } = action;
      const before = findConversation(state, id);
      if (before !== null && before.hold !== "ended") return state;
      return put(state, { ...(before ?? blank(id, hold)), hold, customer: customer ?? before?.customer ?? null });
    }
    case "adopted":
      return findConversation(state, action.conversation_id) === null
        ? put(state, fromQueue(state, action.conversation_id, "held"))
        : state;
    case "dismissed":
      return { ...state, conversations: state.conversations.filter(({ id }) => id !== action.conversation_id) };
    case "page":
      return change(state, action.conversation_id, (known) =>
        withHandoff(withLog(known, withPage(known.log, action.page)), action.handoff, state.me),
      );
    case "handoff":
      return change(state, action.conversation_id, (known) => withHandoff(known, action.handoff, state.me));
    case "event":
      return change(state, action.conversation_id, (known) => withLog(known, withEvent(known.log, action.event)));
    case "head":
      return change(state, action.conversation_id, (known) => withLog(known, withHead(known.log, action.last_seq)));
    case "seen":
      return change(state, action.conversation_id, (known) => ({
        ...known,
        seen_seq: Math.max(known.seen_seq, action.seq),
      }));
    case "read":
      return change(state, action.conversation_id, (known) => ({
        ...known,
        read_seq: Math.max(known.read_seq, action.seq),
      }));
    case "typing":
      return action.actor.kind === "customer"
        ? change(state, action.conversation_id, (known) => ({ ...known, typing: action.actor }))
        : state;
    case "suggested":
      return change(state, action.conversation_id, (known) => ({ ...known, suggested: action.suggested }));
    case "typing_ended":
      return change(state, action.conversation_id, (known) => ({ ...known, typing: null }));
    case "presence":
      return {
        ...state,
        presence: state.me?.id === action.agent_id ? action.presence : state.presence,
        team: state.team.map((member) =>
          member.id === action.agent_id ? { ...member, presence: action.presence } : member,
        ),
      };
    case "my_presence":
      return { ...state, presence: action.presence };
    case "queue":
      return { ...state, queue: action.queue };
    case "wrap_ups":
      return { ...state, wrap_ups: action.wrap_ups };
    case "board":
      return { ...state, board: action.board };
    case "alert": {
      const others = state.alerts.filter(({ conversation_id }) => conversation_id !== action.alert.conversation_id);
      return { ...state, alerts: [...others, action.alert] };
    }
    case "alert_ended":
      return { ...state, alerts: state.alerts.filter(({ alert_id }) => alert_id !== action.alert_id) };
    case "team":
      return { ...state, team: action.team, teams: action.teams };
    case "canned":
      return { ...state, canned: action.canned };
    case "outbox":
      return change(state, action.conversation_id, (known) => ({
        ...known,
        outbox: settle(reduceOutbox(known.outbox, action.change), known.log.events, known.log.cursor),
      }));
    case "disconnected":
      return {
        ...state,
        connection: state.connection === "connected" ? "reconnecting" : state.connection,
        conversations: state.conversations.map((known) => ({
          ...known,
          typing: null,
          outbox: reduceOutbox(known.outbox, { type: "interrupted" }),
        })),
      };
    case "refused":
      return { ...state, connection: "refused" };
    case "notice_read":
      return { ...state, notice: null };
    default:
      return assertNever(action);
  }
}

/** The canned answers for this agent. */
export const ownCanned = ({ canned, me }: DeskState): readonly CannedAnswer[] => forTeams(canned, me?.teams ?? []);

/** Remembers what `find` says of a log for as long as that log is held: rows of the inbox ask it with every change. */
function ofLog<T>(find: (events: readonly ConversationEvent[]) => T): (conversation: DeskConversation) => T {
  const known = new WeakMap<readonly ConversationEvent[], { readonly found: T }>();
  return ({ log: { events } }) => {
    const found = known.get(events) ?? { found: find(events) };
    known.set(events, found);
    return found.found;
  };
}

/** Messages of the customer since the agent has read, or a person has last answered or joined. */
export function unreadCount({ log: { events }, read_seq }: DeskConversation): number {
  let unread = 0;
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (event === undefined || event.seq <= read_seq || event.type === "agent_joined") break;
    if (event.type !== "message") continue;
    if (event.actor.kind === "agent") break;
    if (event.actor.kind === "customer") unread += 1;
  }
  return unread;
}

/** Since when the customer waits for a word: from their request, their oldest unanswered message, or a new agent's joining. */
export const unansweredSince = ofLog((events): string | null => {
  let since: string | null = null;
  for (const event of events) {
    if (event.type === "handoff_requested" || event.type === "agent_joined") since = since ?? event.at;
    if (event.type !== "message") continue;
    if (event.actor.kind === "agent") since = null;
    else if (event.actor.kind === "customer") since = since ?? event.at;
  }
  return since;
});

/** What was said last, by whomever; `null` before anything was. */
export const lastMessage = ofLog((events): EventOf<"message"> | null => {
  const last = events.findLast((event) => event.type === "message");
  return last?.type === "message" ? last : null;
});

/** The customer's words that nobody has answered yet, which an answer could be suggested for. */
export function openQuestion(conversation: DeskConversation): EventOf<"message"> | null {
  const last = conversation.log.events.findLast(
    (event) => event.type === "message" && (event.actor.kind === "customer" || event.actor.kind === "agent"),
  );
  return last?.type === "message" && last.actor.kind === "customer" ? last : null;
}

/** Whether a slip can be undone: what was just ended, or passed on and not taken yet. */
export function canTakeBack({ hold, handoff, ended_reason: reason }: DeskConversation): boolean {
  if (hold === "wrap_up") return handoff?.state === "resolved";
  return hold === "ended" && reason === "transfer" && (handoff?.state === "queued" || handoff?.state === "offered");
}

/** An agent may resolve or hand back only after having written or recorded a contact in this handoff. */
export function hasAnswered(conversation: DeskConversation, me: Me | null): boolean {
  const { handoff, log } = conversation;
  if (handoff === null || me === null) return false;
  const asked = log.events.findLast((event) => event.type === "handoff_requested")?.seq ?? 0;
  return log.events.some(
    (event) =>
      event.seq > asked &&
      (event.type === "message" || event.type === "contacted") &&
      event.actor.kind === "agent" &&
      event.actor.id === me.id,
  );
}

/** Orders by a moment, the earliest first and those without one last. */
export const byMoment =
  <T>(of: (one: T) => string | null) =>
  (a: T, b: T): number =>
    (of(a) ?? "~").localeCompare(of(b) ?? "~");

/**
 * Who waits, and what others have promised. The queue is told at most once a second: what this page knows to be with
 * its agent, or to have ended, is left out.
 */
export function queueBeside(state: DeskState): { readonly waiting: readonly QueueEntry[]; readonly promised: readonly QueueEntry[] } {
  const others = state.queue.filter(({ conversation_id, handoff_id }) => {
    const known = state.conversations.find(({ id }) => id === conversation_id);
    if (known === undefined) return true;
    if (known.hold === "offered" || isOwn(known)) return false;
    const ended = known.handoff?.state === "resolved" || known.handoff?.state === "withdrawn";
    return !(ended && known.handoff?.id === handoff_id);
  });
  return {
    waiting: others.filter((entry) => entry.state === "queued" || entry.state === "offered"),
    promised: others.filter((entry) => entry.state === "promised").toSorted(byMoment(({ answer_by }) => answer_by)),
  };
}

/** Whether the agent may open what waits or is promised: supervisors anything, others what their team has promised. */
export function mayOpen({ me, board }: DeskState, { conversation_id, state, owner_team }: QueueEntry): boolean {
  if (conversation_id === null || me === null) return false;
  if (board !== null) return true;
  const team = state === "promised" ? owner_team : null;
  return team !== null && me.access.includes("agent") && (me.teams.length === 0 || me.teams.includes(team));
}

/** What people call a team; its key where it has gone. */
export const teamName = (teams: readonly TeamName[], key: string): string => teams.find((team) => team.key === key)?.name ?? key;

/** Those of the team who answer customers. */
export const answering = (team: readonly TeamMember[]): readonly TeamMember[] =>
  team.filter(({ access }) => access.includes("agent") || access.includes("supervisor"));

/** The teams that somebody serves, by name: others would let a customer wait. Whoever has no teams serves all of them. */
export function teamsServed({ team, teams }: DeskState): readonly TeamName[] {
  const all = answering(team);
  return teams
    .filter(({ key }) => all.some((member) => member.teams.length === 0 || member.teams.includes(key)))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What the agent was reminded of and has not seen to since: the customer's words, or the promise that is due soon. */
export const reminder = ofLog((events): "answer" | "promise" | null => {
  let open: "answer" | "promise" | null = null;
  for (const event of events) {
    switch (event.type) {
      case "ladder_stepped":
        if (event.rung === "answer_reminded") open = "answer";
        if (event.rung === "promise_reminded") open = "promise";
        break;
      case "message":
        if (event.actor.kind === "agent") open = null;
        break;
      case "agent_joined":
      case "handoff_promised":
      case "promise_kept":
      case "promise_broken":
        open = null;
        break;
      default:
    }
  }
  return open;
});
