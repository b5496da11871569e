/** Which request takes which body, by the generated types of the wire. */

import type * as wire from "./wire";

/** Requests of customers that are made idempotent by a `client_id`. */
export interface CustomerRequests {
  readonly message: wire.Message;
  readonly request_human: wire.RequestHuman;
  readonly withdraw: wire.Withdraw;
  readonly callback: wire.Callback;
  readonly feedback: wire.Feedback;
  readonly rate: wire.Rate;
  readonly locale: wire.Locale;
  readonly introduce: wire.Introduce;
}

/** Requests of agents about one conversation that are made idempotent by a `client_id`. */
export interface AgentRequests {
  readonly message: wire.AgentMessage;
  readonly note: wire.AgentMessage;
  readonly whisper: wire.AgentMessage;
  readonly contacted: wire.Contacted;
  readonly transfer: wire.Transfer;
  readonly follow_up: wire.FollowUp;
  readonly hand_back: wire.HandBack;
  readonly resolve: wire.Resolve;
  readonly take_back: wire.TakeBack;
  readonly block: wire.Block;
  readonly unblock: wire.Unblock;
}

/** A body without what the client adds. */
export type CustomerBody<R extends keyof CustomerRequests> = Omit<CustomerRequests[R], "client_id">;
export type AgentBody<R extends keyof AgentRequests> = Omit<AgentRequests[R], "client_id" | "conversation_id">;
