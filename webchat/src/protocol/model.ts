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
}

export interface CustomerInfo {
  readonly name: string | null;
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
  readonly capacity: number | null;
}

export interface Me extends Person {
  readonly access: readonly string[];
}

export interface AgentSnapshot {
  readonly me: Me;
  readonly presence: Presence;
  readonly capacity: number;
  readonly offers: readonly Offer[];
  readonly conversations: readonly HeldConversation[];
  readonly queue: readonly QueueEntry[];
  readonly team: readonly TeamMember[];
}

export interface WireError {
  /** A code of the contract, or `timeout` when no ack came, or `offline` when there was nobody to ask. */
  readonly code: string;
  readonly message: string;
  readonly retry_after_s: number | null;
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

export interface DeskInfo {
  readonly open: boolean;
  readonly on_duty: number | null;
  readonly wait_estimate_s: number | null;
  readonly demo: boolean;
  readonly trader: Trader | null;
  readonly accent_color: string | null;
  readonly languages: readonly string[];
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
