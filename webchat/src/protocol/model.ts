/**
 * The shapes that travel between server and pages, wire contract v1. Types only: `parse.ts` turns what arrives into
 * them, and nothing else in these pages reads an unparsed value.
 */

export type ActorKind = "customer" | "bot" | "agent" | "system";

export interface Actor {
  readonly kind: ActorKind;
  readonly id: string | null;
  readonly name: string | null;
}

/** A named person as customers see them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly employer: string;
}

export interface Button {
  readonly title: string;
  readonly payload: string;
}

export interface Contact {
  readonly email: string | null;
  readonly phone: string | null;
}

interface EventBase {
  readonly seq: number;
  /** The previous event that this reader may see; `null` when nothing came before. */
  readonly prev_seq: number | null;
  readonly id: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly actor: Actor;
  /** The type as it came, also when this client does not know it. */
  readonly wire_type: string;
  readonly payload_digest: string | null;
  readonly hash: string | null;
}

export type EventBody =
  | {
      readonly type: "message";
      readonly text: string;
      readonly buttons: readonly Button[];
      readonly client_id: string | null;
    }
  | { readonly type: "note"; readonly text: string; readonly whisper: boolean }
  | {
      readonly type: "handoff_requested";
      readonly handoff_id: string;
      readonly reference: string;
      readonly reason: string;
      readonly answer_by: string | null;
    }
  | { readonly type: "handoff_queued"; readonly place: number | null }
  | { readonly type: "agent_joined"; readonly agent: Person }
  | { readonly type: "agent_left"; readonly reason: string; readonly agent: Person | null }
  | {
      readonly type: "handoff_promised";
      readonly answer_by: string;
      readonly owner: string | null;
      readonly contact: Contact | null;
    }
  | { readonly type: "promise_kept" }
  | { readonly type: "promise_broken"; readonly answer_by: string | null }
  /** The wait is long: being contacted is offered, with the moment it would be promised for. */
  | { readonly type: "promise_offered"; readonly answer_by: string }
  | { readonly type: "handed_back" }
  | { readonly type: "handoff_resolved"; readonly outcome: string }
  | { readonly type: "handoff_withdrawn" }
  | { readonly type: "contacted"; readonly channel: string; readonly outcome: string }
  | { readonly type: "feedback"; readonly of_seq: number; readonly helpful: boolean }
  | { readonly type: "rated"; readonly score: number }
  | { readonly type: "erased" }
  /** `text` is what the customer is told, in their language. */
  | { readonly type: "customer_blocked"; readonly text: string; readonly by: Person }
  | { readonly type: "customer_unblocked"; readonly by: Person }
  /** Why a customer was blocked; only the desk sees it. */
  | { readonly type: "block_explained"; readonly reason: string }
  /** A reminder or a step of waiting; only the desk sees it. */
  | { readonly type: "ladder_stepped"; readonly rung: string }
  | { readonly type: "supervisor_told"; readonly why: string }
  | { readonly type: "alert_acknowledged" }
  | { readonly type: "notice_asked"; readonly why: string }
  /** What an answer of the bot did; only the desk sees it. `failed` when no usable answer came. */
  | { readonly type: "bot_turn"; readonly did: readonly string[]; readonly failed: boolean }
  /** An answer of the bot that came after control had moved: the desk sees it, customers never do. */
  | { readonly type: "late_bot_answer"; readonly texts: readonly string[]; readonly did: readonly string[] }
  /** A type that this client does not know, or a stub of an event hidden from it. */
  | { readonly type: "other" };

export type ConversationEvent = EventBase & EventBody;
export type EventOf<T extends EventBody["type"]> = EventBase & Extract<EventBody, { type: T }>;

export type HandoffState = "queued" | "offered" | "active" | "promised" | "resolved" | "withdrawn";

export interface Promised {
  readonly answer_by: string;
  readonly owner: string | null;
  readonly contact: Contact | null;
}

export interface Handoff {
  readonly id: string;
  readonly reference: string;
  readonly state: HandoffState;
  readonly reason: string;
  readonly requested_at: string;
  readonly answer_by: string | null;
  /** From 1; `null` unless queued or offered. */
  readonly place: number | null;
  readonly wait_estimate_s: number | null;
  readonly agent: Person | null;
  readonly promise: Promised | null;
  readonly as_of_seq: number;
}

export type Control = "waiting" | "agent" | "bot";

export interface ConversationInfo {
  readonly id: string;
  readonly control: Control;
  readonly locale: string | null;
  readonly customer: CustomerInfo | null;
  /** For the desk: by whom and why the customer is blocked. */
  readonly block: Block | null;
  /** For the customer: what one who is blocked is told. */
  readonly blocked_text: string | null;
}

/** Who shut a customer out, and why; the reason is for the desk alone. */
export interface Block {
  readonly by: Person;
  readonly at: string;
  readonly reason: string;
}

export interface CustomerInfo {
  readonly name: string | null;
  /** The site vouches for who they are. */
  readonly verified: boolean;
  readonly locale: string | null;
  readonly returning: boolean;
}

/** A stretch of a log: an answer to `sync` or `open`, or what a snapshot brings. */
export interface LogPage {
  readonly events: readonly ConversationEvent[];
  readonly last_seq: number;
  readonly more: boolean;
}

export interface CustomerSnapshot extends LogPage {
  readonly conversation: ConversationInfo;
  readonly handoff: Handoff | null;
}

export type Presence = "online" | "away" | "offline" | "not_responding";
export type ChosenPresence = Exclude<Presence, "not_responding">;

export interface Transcript {
  readonly events: readonly ConversationEvent[];
  readonly count: number;
  readonly head_hash: string | null;
}

export interface Offer {
  readonly offer_id: string;
  readonly handoff_id: string;
  readonly conversation_id: string;
  readonly reference: string;
  readonly reason: string;
  /** What decided among those who fit, and by what the chosen one fits: `team=billing`, `language=de`. */
  readonly chosen_by: string;
  readonly matched: readonly string[];
  readonly customer: CustomerInfo;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly answer_by: string | null;
  readonly transcript: Transcript;
}

export type OfferOutcome = "accepted" | "declined" | "timed_out" | "rescinded";

export interface HeldConversation {
  readonly conversation: ConversationInfo;
  readonly handoff: Handoff | null;
  readonly last_seq: number;
}

/** A handoff that waits, as everybody on the desk may know of it. */
export interface QueueEntry {
  readonly handoff_id: string;
  readonly conversation_id: string | null;
  readonly reference: string;
  readonly state: HandoffState;
  readonly reason: string;
  readonly requested_at: string | null;
  readonly answer_by: string | null;
  readonly place: number | null;
  readonly owner: string | null;
  /** The team that promised; `null` when a person did, or nobody. */
  readonly owner_team: string | null;
  /** Who has it, or to whom it is offered. */
  readonly agent_id: string | null;
  readonly customer: CustomerInfo | null;
}

export interface TeamMember {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly teams: readonly string[];
  readonly presence: Presence;
  readonly access: readonly string[];
}

export interface WrapUp {
  readonly conversation_id: string;
  readonly until: string;
}

/** Somebody who answers, as the board shows them. */
export interface BoardAgent extends TeamMember {
  readonly languages: readonly string[];
  readonly skills: readonly string[];
  readonly load: number;
  readonly capacity: number;
  readonly wrap_ups: readonly WrapUp[];
}

/** What a supervisor was told and nobody has reacted to. */
export interface Told {
  readonly why: string;
  readonly at: string;
}

export interface BoardRow {
  readonly conversation_id: string;
  readonly handoff_id: string;
  readonly reference: string;
  readonly state: HandoffState;
  readonly reason: string;
  readonly team: string;
  readonly skills: readonly string[];
  readonly language: string;
  readonly requested_at: string;
  readonly waiting_since: string;
  readonly answer_by: string | null;
  readonly overdue_since: string | null;
  readonly next_deadline_at: string | null;
  readonly place: number | null;
  readonly agent: Person | null;
  readonly offered_to: Person | null;
  readonly owner: string | null;
  readonly told: Told | null;
  readonly customer: CustomerInfo | null;
}

export interface BlockedRow extends Block {
  readonly conversation_id: string;
  readonly reference: string | null;
  readonly customer: CustomerInfo | null;
}

export interface BoardCounts {
  readonly waiting: number;
  readonly offered: number;
  readonly active: number;
  readonly promised: number;
  readonly overdue: number;
}

/** Notices by e-mail and webhook; `null` while the server says nothing of them. */
export interface Notices {
  /** By what they go out: `email`, `webhook`. */
  readonly configured: readonly string[];
  readonly pending: number;
  /** Those of the pending ones that were tried in vain. */
  readonly failed: number;
  readonly oldest_at: string | null;
}

export interface Board {
  readonly as_of: string;
  readonly open: boolean;
  readonly counts: BoardCounts;
  readonly rows: readonly BoardRow[];
  readonly agents: readonly BoardAgent[];
  readonly blocked: readonly BlockedRow[];
  readonly notices: Notices | null;
}

export interface Alert {
  readonly alert_id: string;
  readonly conversation_id: string;
  /** `null` for a customer who never asked for a person: one can be blocked all the same. */
  readonly handoff_id: string | null;
  readonly reference: string | null;
  readonly why: string;
  readonly at: string;
  readonly state: HandoffState | null;
  readonly answer_by: string | null;
  readonly customer: CustomerInfo | null;
}

export interface Me extends Person {
  readonly access: readonly string[];
  /** None: of all teams. */
  readonly teams: readonly string[];
}

export interface AgentSnapshot {
  readonly me: Me;
  readonly presence: Presence;
  readonly capacity: number;
  readonly offers: readonly Offer[];
  readonly conversations: readonly HeldConversation[];
  readonly queue: readonly QueueEntry[];
  readonly team: readonly TeamMember[];
  readonly wrap_ups: readonly WrapUp[];
  /** For supervisors. */
  readonly board: Board | null;
  readonly alerts: readonly Alert[];
  readonly teams: readonly TeamName[];
  readonly canned: readonly CannedAnswer[];
}

/** What people call a team; everything else on the wire names it by its key. */
export interface TeamName {
  readonly key: string;
  readonly name: string;
}

/** An answer that is written once and used often; `text` may have places such as `{customer}`. */
export interface CannedAnswer {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** `null`: for customers of any language. */
  readonly language: string | null;
  /** `null`: for any team. */
  readonly team: string | null;
}

/** An earlier request of a customer for a person. */
export interface PastRequest {
  readonly reference: string;
  readonly reason: string;
  readonly requested_at: string;
  readonly ended_at: string | null;
  readonly agent: Person | null;
  /** How it ended; `null` when the customer withdrew it. */
  readonly outcome: string | null;
}

/** Another conversation of the same customer. */
export interface PastConversation {
  readonly conversation_id: string;
  readonly began_at: string;
  readonly last_at: string;
  readonly messages: number;
  /** 1 to 5; `null`: not rated. */
  readonly score: number | null;
  readonly requests: readonly PastRequest[];
}

/** A conversation that a search has found. */
export interface FoundConversation {
  readonly conversation_id: string;
  readonly customer: CustomerInfo;
  readonly last_at: string;
  readonly reference: string | null;
  /** Of the last request for a person; `null`: there was none. */
  readonly state: HandoffState | null;
  readonly agent: Person | null;
  /** What was said; `null` when the name, the reference or the address has the words. */
  readonly seq: number | null;
  readonly text: string | null;
}

export interface FoundPage {
  readonly found: readonly FoundConversation[];
  /** Where the next page begins; `null` at the end. */
  readonly next: number | null;
  readonly complete: boolean;
}

/** What the assistant would answer to the customer's message `of_seq`, for the agent to take or leave. */
export interface Suggested {
  readonly of_seq: number;
  readonly texts: readonly string[];
}

export interface WireError {
  /** A code of the contract, or `timeout` when no ack came, or `offline` when there was nobody to ask. */
  readonly code: string;
  readonly message: string;
  readonly retry_after_s: number | null;
  /** What a page can show beside the message. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Ack = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly error: WireError };


export interface Trader {
  readonly name: string;
  readonly legal_name: string | null;
  readonly postal_address: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly register: string | null;
}

/** Spans of the week in the desk's own time, `["09:00", "17:30"]`, Monday first. */
export interface OpeningHours {
  readonly time_zone: string;
  readonly week: readonly (readonly (readonly [string, string])[])[];
  readonly holidays: readonly string[];
}

/** A conversation that the customer had before. */
export interface EarlierConversation {
  readonly id: string;
  readonly started_at: string;
  readonly last_at: string;
  readonly reference: string | null;
  readonly agent: Person | null;
}

export interface DeskInfo {
  readonly open: boolean;
  /** When it opens again; `null` while it is open, or when nobody knows. */
  readonly opens_at: string | null;
  readonly on_duty: number | null;
  readonly wait_estimate_s: number | null;
  readonly demo: boolean;
  readonly trader: Trader | null;
  readonly accent_color: string | null;
  readonly languages: readonly string[];
  readonly hours: OpeningHours | null;
}

export interface CustomerSession {
  readonly token: string;
  readonly conversation_id: string;
  readonly expires_at: string | null;
}

export interface AgentSession {
  readonly token: string;
  readonly agent: Me;
}
