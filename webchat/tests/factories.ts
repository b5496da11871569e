/** Events, handoffs and offers as the server sends them, typed by the contract, and parsed as the pages parse them. */

import { parseEvent, parseHandoff, parseOffer } from "../src/protocol/parse";
import type { ConversationEvent, Handoff, Offer } from "../src/protocol/model";
import type * as wire from "../src/protocol/wire";

export const MARIA: wire.AgentView = {
  id: "ag_maria",
  name: "Maria Lindqvist",
  role: "Support advisor",
  employer: "Nordlicht Handel GmbH",
};

type Payload<T extends wire.Event["type"]> = Omit<
  Extract<wire.Event, { type: T }>,
  "type" | "seq" | "prev_seq" | "id" | "at" | "actor"
>;

const ACTORS = {
  customer: { kind: "customer", id: "cu_1" },
  bot: { kind: "bot", name: "Assistant" },
  agent: { kind: "agent", id: MARIA.id, name: MARIA.name },
  system: { kind: "system" },
} as const satisfies Record<string, wire.ActorView>;

interface Place {
  readonly actor?: keyof typeof ACTORS;
  /** Defaults to the seq before, as for a reader who sees all. */
  readonly prev_seq?: number;
  /** Seconds after noon. */
  readonly second?: number;
}

export const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString();

export function wireEvent<T extends wire.Event["type"]>(
  seq: number,
  type: T,
  payload: Payload<T>,
  { actor = "system", prev_seq = seq - 1, second = seq }: Place = {},
): object {
  return { seq, prev_seq, id: `ev_${seq}`, at: at(second), type, actor: ACTORS[actor], ...payload };
}

export function event<T extends wire.Event["type"]>(
  seq: number,
  type: T,
  payload: Payload<T>,
  place: Place = {},
): ConversationEvent {
  return parseEvent(wireEvent(seq, type, payload, place));
}

export const said = (seq: number, actor: keyof typeof ACTORS, text: string, place: Place & { client_id?: string } = {}) =>
  event(seq, "message", { text, ...(place.client_id === undefined ? {} : { client_id: place.client_id }) }, { ...place, actor });

export const requested = (seq: number): ConversationEvent =>
  event(
    seq,
    "handoff_requested",
    {
      handoff_id: "ho_1",
      reference: "KTM-4R7Q",
      reason: "button",
      answer_by: at(300),
      team: "service",
      language: "en",
    },
    { actor: "customer" },
  );

export function wireHandoff(change: Partial<wire.HandoffView> = {}): wire.HandoffView {
  return {
    id: "ho_1",
    reference: "KTM-4R7Q",
    state: "queued",
    reason: "button",
    requested_at: at(3),
    answer_by: at(300),
    place: 2,
    wait_estimate_s: 60,
    agent: null,
    promise: null,
    as_of_seq: 3,
    ...change,
  };
}

export const handoff = (change: Partial<wire.HandoffView> = {}): Handoff => parseHandoff(wireHandoff(change));

export function offer(change: Partial<wire.OfferView> = {}): Offer {
  const sent: Omit<wire.OfferView, "transcript"> & { transcript: object } = {
    offer_id: "of_1",
    handoff_id: "ho_1",
    conversation_id: "co_1",
    reference: "KTM-4R7Q",
    reason: "button",
    chosen_by: "longest_idle",
    matched: ["team=service", "language=en"],
    customer: { locale: "en", returning: false, verified: false },
    requested_at: at(3),
    expires_at: at(23),
    answer_by: at(300),
    transcript: {
      events: [
        wireEvent(1, "message", { text: "Hello" }, { actor: "bot" }),
        wireEvent(2, "message", { text: "Where is my order?" }, { actor: "customer" }),
      ],
      count: 2,
      head_hash: "",
    },
    ...change,
  };
  return parseOffer(sent);
}
