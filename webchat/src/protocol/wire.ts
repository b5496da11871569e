/** Made by `npm run generate` from handoff/docs/wire.schema.json. Not to be edited. */

/**
 * Access levels of an account. The job title that customers see is `role`, not this.
 */
export type Access = "admin" | "agent" | "supervisor" | "trainer";
/**
 * Why an agent left a conversation that goes on.
 */
export type LeftReason = "disabled" | "handed_back" | "lost" | "silent" | "supervisor" | "transfer";
/**
 * Whether a person can be asked. Only the system sets `not_responding`; any act of that agent clears it.
 */
export type Presence = "away" | "not_responding" | "offline" | "online";
/**
 * Why a person is asked for.
 */
export type Reason =
  | "action"
  | "agent"
  | "asked"
  | "bot_unavailable"
  | "bot_unsure"
  | "button"
  | "distress"
  | "intent"
  | "not_helpful"
  | "repeated_question";
export type Event =
  | ConversationStartedEvent
  | MessageEvent
  | NoteEvent
  | WhisperEvent
  | LocaleChangedEvent
  | CustomerIntroducedEvent
  | ErasedEvent
  | FeedbackEvent
  | RatedEvent
  | ContactedEvent
  | CustomerBlockedEvent
  | BlockExplainedEvent
  | CustomerUnblockedEvent
  | MessageReadEvent
  | BotTurnAnsweredEvent
  | BotTurnFailedEvent
  | BotTurnHeldEvent
  | BotTurnResumedEvent
  | LateBotAnswerEvent
  | HandoffRequestedEvent
  | HandoffQueuedEvent
  | TransferAskedEvent
  | TransferFailedEvent
  | OfferMadeEvent
  | OfferEndedEvent
  | AgentJoinedEvent
  | AgentLeftEvent
  | AgentConnectionEvent
  | HandoffPromisedEvent
  | PromiseKeptEvent
  | PromiseBrokenEvent
  | LadderSteppedEvent
  | SupervisorToldEvent
  | AlertAcknowledgedEvent
  | NoticeAskedEvent
  | PromiseOfferedEvent
  | ClocksRestartedEvent
  | HandedBackEvent
  | HandoffResolvedEvent
  | HandoffWithdrawnEvent
  | StubEvent;
/**
 * Whether a customer asks for a person: clearly, perhaps, or not.
 */
export type HumanRequest = "ask" | "no" | "transfer";
/**
 * Why routing chose this agent; recorded with each offer.
 */
export type ChosenBy = "longest_idle" | "promise_owner" | "returning_customer" | "sender" | "transfer";
/**
 * How an offer ended.
 */
export type OfferOutcome = "accepted" | "declined" | "rescinded" | "timed_out";
/**
 * How a named person ended it.
 */
export type Outcome = "answered" | "done" | "forwarded" | "unreachable";
/**
 * Error codes of the wire contract.
 */
export type Code =
  | "bad_request"
  | "conflict"
  | "forbidden"
  | "not_found"
  | "rate_limited"
  | "stale_offer"
  | "too_large"
  | "unauthorized"
  | "unavailable";

export interface Wire {
  [k: string]: unknown;
}
export interface Accept {
  offer_id: string;
}
export interface Acknowledge {
  alert_id: string;
}
export interface ActorView {
  kind: "agent" | "bot" | "customer" | "system";
  id?: string;
  name?: string;
}
export interface AgentAuth {
  v: 1;
  token: string;
}
/**
 * Who a customer talks to: full name, job title and employer.
 */
export interface AgentCard {
  id: string;
  name: string;
  role: string;
  employer: string;
}
export interface AgentConnectionEvent {
  type: "agent_connection";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  agent_id: string;
  lost: boolean;
}
export interface AgentConversationView {
  id: string;
  control: "agent" | "bot" | "waiting";
  locale: string;
  erased: boolean;
  customer: CustomerView;
  blocked: BlockView | null;
}
export interface CustomerView {
  locale: string;
  returning: boolean;
  verified: boolean;
  name?: string;
}
export interface BlockView {
  by: AgentView;
  at: string;
  reason: string;
}
export interface AgentView {
  id: string;
  name: string;
  role: string;
  employer: string;
}
export interface AgentJoinedEvent {
  type: "agent_joined";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  agent: AgentCard;
}
export interface AgentLeftEvent {
  type: "agent_left";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  agent: AgentCard;
  reason: LeftReason;
}
export interface AgentMessage {
  conversation_id: string;
  client_id: string;
  text: string;
}
export interface AgentRead {
  conversation_id: string;
  seq: number;
}
/**
 * `as_of` is the server's time, from which clients count what is left of an offer or a wrap-up.
 */
export interface AgentSnapshot {
  as_of: string;
  me: MeView;
  presence: Presence;
  capacity: number;
  wrap_ups: WrapUpView[];
  offers: OfferView[];
  conversations: OwnConversation[];
  queue: QueueRow[];
  team: MemberView[];
  teams: TeamName[];
  alerts: AlertView[];
  canned_answers: CannedAnswerView[];
  board?: BoardView;
}
export interface MeView {
  id: string;
  name: string;
  role: string;
  employer: string;
  access: Access[];
  teams: string[];
  languages: string[];
  skills: string[];
}
export interface WrapUpView {
  conversation_id: string;
  until: string;
}
export interface OfferView {
  offer_id: string;
  handoff_id: string;
  conversation_id: string;
  reference: string;
  reason: Reason;
  chosen_by: string;
  matched: string[];
  customer: CustomerView;
  requested_at: string;
  expires_at: string;
  answer_by: string | null;
  transcript: TranscriptView;
}
export interface TranscriptView {
  events: Event[];
  count: number;
  head_hash: string;
}
export interface ConversationStartedEvent {
  type: "conversation_started";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  customer_id: string;
  customer_name: string | null;
  verified: boolean;
  site: string;
  locale: string;
  page_url?: string | null;
  previous_conversation_id?: string | null;
  canary?: boolean;
  previous_agent_id?: string | null;
}
export interface MessageEvent {
  type: "message";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  text: string;
  buttons?: Button[];
  client_id?: string | null;
}
/**
 * A quick reply: pressing it sends `payload` as the text of a message.
 */
export interface Button {
  title: string;
  payload: string;
}
export interface NoteEvent {
  type: "note";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  text: string;
  client_id?: string | null;
}
export interface WhisperEvent {
  type: "whisper";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  text: string;
  client_id?: string | null;
}
export interface LocaleChangedEvent {
  type: "locale_changed";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  locale: string;
}
export interface CustomerIntroducedEvent {
  type: "customer_introduced";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  name: string | null;
  customer_id?: string | null;
}
export interface ErasedEvent {
  type: "erased";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
}
export interface FeedbackEvent {
  type: "feedback";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  helpful: boolean;
}
export interface RatedEvent {
  type: "rated";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  score: number;
  comment?: string | null;
}
export interface ContactedEvent {
  type: "contacted";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  channel: string;
  outcome: string;
}
export interface CustomerBlockedEvent {
  type: "customer_blocked";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  text: string;
  by: AgentCard;
}
export interface BlockExplainedEvent {
  type: "block_explained";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  reason: string;
}
export interface CustomerUnblockedEvent {
  type: "customer_unblocked";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  by: AgentCard;
}
export interface MessageReadEvent {
  type: "message_read";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  human_request: HumanRequest;
  distress: boolean;
  matched: string;
}
export interface BotTurnAnsweredEvent {
  type: "bot_turn_answered";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  intent: Score;
  ranking: Score[];
  unsure: boolean;
  actions: string[];
  did: string[];
  slots: string;
  model_id: string;
  milliseconds: number;
  repeats?: boolean | null;
  asks_person?: boolean;
  unseen?: boolean;
}
export interface Score {
  name: string;
  confidence: number;
}
export interface BotTurnFailedEvent {
  type: "bot_turn_failed";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  failure: string;
  did?: string[];
}
export interface BotTurnHeldEvent {
  type: "bot_turn_held";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  until: string;
}
export interface BotTurnResumedEvent {
  type: "bot_turn_resumed";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
}
export interface LateBotAnswerEvent {
  type: "late_bot_answer";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
  texts: string[];
  did: string[];
}
export interface HandoffRequestedEvent {
  type: "handoff_requested";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  handoff_id: string;
  reference: string;
  reason: Reason;
  answer_by: string;
  team: string;
  language: string;
  skills?: string[];
}
export interface HandoffQueuedEvent {
  type: "handoff_queued";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  place: number;
  rank: number;
  answer_by: string;
}
export interface TransferAskedEvent {
  type: "transfer_asked";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  agent_id: string | null;
  team: string | null;
}
export interface TransferFailedEvent {
  type: "transfer_failed";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  back_to: string | null;
}
export interface OfferMadeEvent {
  type: "offer_made";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  offer_id: string;
  agent_id: string;
  expires_at: string;
  chosen_by: ChosenBy;
  matched?: string[];
}
export interface OfferEndedEvent {
  type: "offer_ended";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  offer_id: string;
  agent_id: string;
  outcome: OfferOutcome;
  reason?: string | null;
}
export interface HandoffPromisedEvent {
  type: "handoff_promised";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  answer_by: string;
  owner: PromiseOwner;
  contact?: Contact | null;
  time_named?: boolean;
}
/**
 * Who answers for a promise: a named agent, or a team by name.
 */
export interface PromiseOwner {
  kind: string;
  id: string;
  name: string;
}
/**
 * How a customer wants to be called back. At least one is set.
 */
export interface Contact {
  email?: string | null;
  phone?: string | null;
}
export interface PromiseKeptEvent {
  type: "promise_kept";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
}
export interface PromiseBrokenEvent {
  type: "promise_broken";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  answer_by: string;
  next_answer_by: string;
  next_owner?: PromiseOwner | null;
}
export interface LadderSteppedEvent {
  type: "ladder_stepped";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  rung: string;
  teams?: string[];
}
export interface SupervisorToldEvent {
  type: "supervisor_told";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  why: string;
}
export interface AlertAcknowledgedEvent {
  type: "alert_acknowledged";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  of_seq: number;
}
export interface NoticeAskedEvent {
  type: "notice_asked";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  why: string;
  again_at: string | null;
}
export interface PromiseOfferedEvent {
  type: "promise_offered";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  answer_by: string;
}
export interface ClocksRestartedEvent {
  type: "clocks_restarted";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  offer_expires_at: string | null;
}
export interface HandedBackEvent {
  type: "handed_back";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
}
export interface HandoffResolvedEvent {
  type: "handoff_resolved";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
  outcome: Outcome;
}
export interface HandoffWithdrawnEvent {
  type: "handoff_withdrawn";
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  actor: ActorView;
}
/**
 * What is left of any event that the customer had erased.
 */
export interface StubEvent {
  seq: number;
  prev_seq: number;
  id: string;
  at: string;
  type: string;
  actor: ActorView;
  erased: true;
}
export interface OwnConversation {
  conversation: AgentConversationView;
  handoff: HandoffView | null;
  last_seq: number;
}
export interface HandoffView {
  id: string;
  reference: string;
  state: "active" | "offered" | "promised" | "queued" | "resolved" | "withdrawn";
  reason: Reason;
  requested_at: string;
  answer_by: string | null;
  place: number | null;
  wait_estimate_s: number | null;
  agent: AgentView | null;
  promise: PromiseView | null;
  as_of_seq: number;
}
export interface PromiseView {
  answer_by: string;
  owner: OwnerView;
  contact: ContactView | null;
}
export interface OwnerView {
  kind: "agent" | "team";
  id: string;
  name: string;
}
export interface ContactView {
  email?: string;
  phone?: string;
}
export interface QueueRow {
  handoff_id: string;
  conversation_id: string;
  reference: string;
  state: "active" | "offered" | "promised" | "queued";
  reason: Reason;
  requested_at: string;
  answer_by: string | null;
  place: number | null;
  team: string;
  language: string;
  skills: string[];
  customer: CustomerView;
  agent_id: string | null;
  promise: PromiseView | null;
}
export interface MemberView {
  id: string;
  name: string;
  role: string;
  employer: string;
  access: Access[];
  teams: string[];
  languages: string[];
  skills: string[];
  presence: Presence;
  seats_taken: number;
  capacity: number;
}
/**
 * What a team is called, for people to read.
 */
export interface TeamName {
  key: string;
  name: string;
}
/**
 * `why`: `nobody_on_duty`, `long_wait`, `promise_broken`, `idle`, `handed_back_twice`, `customer_blocked`,
 *     `promise_owner_away`, and more to come.
 */
export interface AlertView {
  alert_id: string;
  conversation_id: string;
  handoff_id: string | null;
  reference: string | null;
  why: string;
  at: string;
  state: ("active" | "offered" | "promised" | "queued" | "resolved" | "withdrawn") | null;
  answer_by: string | null;
  customer: CustomerView;
}
/**
 * A text that agents use again and again; `language` or `team` of null: for any. The console puts something in the
 *     place of `{customer}`, `{agent}`, `{role}`, `{employer}`, `{reference}` and `{date}`.
 */
export interface CannedAnswerView {
  id: string;
  title: string;
  text: string;
  language: string | null;
  team: string | null;
}
/**
 * The desk as its supervisors see it. `rows` are the most urgent ones first, at most 200; `blocked` the customers
 *     blocked last, as many.
 */
export interface BoardView {
  as_of: string;
  open: boolean;
  counts: BoardCounts;
  rows: BoardRow[];
  agents: BoardAgent[];
  blocked: BoardBlocked[];
  notices: NoticesView;
}
/**
 * Live handoffs, all of them, by state; `overdue` ones are counted in their state too.
 */
export interface BoardCounts {
  waiting: number;
  offered: number;
  active: number;
  promised: number;
  overdue: number;
}
/**
 * `overdue_since`: the first moment given to the customer that passed without an answer; `told`: the open alert.
 */
export interface BoardRow {
  conversation_id: string;
  handoff_id: string;
  reference: string;
  state: "active" | "offered" | "promised" | "queued";
  reason: Reason;
  team: string;
  skills: string[];
  language: string;
  requested_at: string;
  waiting_since: string;
  answer_by: string | null;
  overdue: boolean;
  overdue_since: string | null;
  next_deadline_at: string | null;
  place: number | null;
  agent: AgentView | null;
  offered_to: AgentView | null;
  promise: PromiseView | null;
  told: ToldView | null;
  customer: CustomerView;
}
export interface ToldView {
  why: string;
  at: string;
}
/**
 * `load`: conversations offered to this person or with them. Wrap-ups take a seat too.
 */
export interface BoardAgent {
  id: string;
  name: string;
  role: string;
  employer: string;
  access: Access[];
  teams: string[];
  languages: string[];
  skills: string[];
  presence: Presence;
  seats_taken: number;
  capacity: number;
  load: number;
  wrap_ups: WrapUpView[];
}
/**
 * A blocked customer, by the latest of their conversations; `reference` of the last handoff in it, if any.
 */
export interface BoardBlocked {
  by: AgentView;
  at: string;
  reason: string;
  conversation_id: string;
  reference: string | null;
  customer: CustomerView;
}
/**
 * Notices outside the console. `configured`: by what they go out; `failed`: those of the pending ones that were
 *     tried in vain; `oldest_at`: since when the oldest of them is on its way.
 */
export interface NoticesView {
  configured: string[];
  pending: number;
  failed: number;
  oldest_at: string | null;
}
export interface AlertEndedView {
  alert_id: string;
}
export interface Assign {
  handoff_id: string;
  agent_id: string;
}
export interface Block {
  conversation_id: string;
  client_id: string;
  reason: string;
}
export interface Callback {
  client_id: string;
  contact: ContactIn;
  at?: string | null;
}
export interface ContactIn {
  email?: string | null;
  phone?: string | null;
}
/**
 * All there are; told whenever one was added, changed or removed.
 */
export interface CannedAnswersView {
  canned_answers: CannedAnswerView[];
}
export interface Contacted {
  conversation_id: string;
  client_id: string;
  channel: "email" | "other" | "phone";
  outcome: "not_reached" | "reached";
}
export interface CustomerAuth {
  v: 1;
  token: string;
  since?: number;
}
export interface CustomerConversationView {
  id: string;
  control: "agent" | "bot" | "waiting";
  locale: string;
  blocked: ToldBlockView | null;
  customer: SelfView;
}
/**
 * What a blocked customer is told: by whom, since when, and in words how to go on.
 */
export interface ToldBlockView {
  by: AgentView;
  at: string;
  text: string;
}
/**
 * Who the customer is, as far as they or their site have said.
 */
export interface SelfView {
  name: string | null;
  verified: boolean;
}
export interface CustomerSnapshot {
  conversation: CustomerConversationView;
  handoff: HandoffView | null;
  events: Event[];
  last_seq: number;
  more: boolean;
}
export interface Decline {
  offer_id: string;
  reason?: string | null;
}
export interface ErrorBody {
  code: Code;
  message: string;
  retry_after_s?: number;
}
/**
 * An ack that refuses; HTTP bodies carry the same `error`.
 */
export interface Failure {
  ok: false;
  error: ErrorBody;
}
export interface Feedback {
  client_id: string;
  seq: number;
  helpful: boolean;
}
export interface FollowUp {
  conversation_id: string;
  client_id: string;
  answer_by: string;
  note?: string | null;
}
/**
 * `seq`, `at` and `text` are what was said or noted; null where the name, the reference or the address has the
 *     words. `reference`, `state` and `agent` are of the last handoff in it.
 */
export interface FoundConversation {
  conversation_id: string;
  customer: CustomerView;
  began_at: string;
  last_at: string;
  reference: string | null;
  state: ("active" | "offered" | "promised" | "queued" | "resolved" | "withdrawn") | null;
  agent: AgentView | null;
  seq: number | null;
  at: string | null;
  text: string | null;
}
export interface HandBack {
  conversation_id: string;
  client_id: string;
  note?: string | null;
}
/**
 * `wrap_up_done`, `typing`, `past`, `suggest`, `watch` and `unwatch` of agents.
 */
export interface InConversation {
  conversation_id: string;
}
/**
 * `name` null takes it back.
 */
export interface Introduce {
  client_id: string;
  name?: string | null;
}
export interface Locale {
  client_id: string;
  locale: string;
}
export interface Message {
  client_id: string;
  text: string;
}
export interface OfferEndedView {
  offer_id: string;
  outcome: OfferOutcome;
}
export interface Open {
  conversation_id: string;
  since?: number;
}
/**
 * `conversation_id` is the one at hand, `past_id` an earlier one of the same customer.
 */
export interface OpenPast {
  conversation_id: string;
  past_id: string;
  since?: number;
}
/**
 * `messages` counts what was said by anybody; `score` is the customer's latest rating.
 */
export interface PastConversation {
  conversation_id: string;
  began_at: string;
  last_at: string;
  messages: number;
  score: number | null;
  requests: PastRequest[];
}
/**
 * `outcome`: `handed_back`, or how a named agent resolved it; None when the customer withdrew it, or it goes on.
 */
export interface PastRequest {
  reference: string;
  reason: Reason;
  requested_at: string;
  ended_at: string | null;
  agent: AgentView | null;
  outcome: string | null;
}
/**
 * Earlier conversations of the same customer, the latest first, at most 20.
 */
export interface PastView {
  conversations: PastConversation[];
}
export interface QueueView {
  length: number;
  queue: QueueRow[];
}
export interface Rate {
  client_id: string;
  score: number;
  comment?: string | null;
}
export interface Read {
  seq: number;
}
export interface RequestHuman {
  client_id: string;
  note?: string | null;
}
export interface Resolve {
  conversation_id: string;
  client_id: string;
  outcome: Outcome;
  note?: string | null;
}
/**
 * `before`: the `next` of the answer before; null for the first.
 */
export interface Search {
  query: string;
  before?: number | null;
}
/**
 * Those that began last come first. `next` is null at the end. `complete` is false while what was said lately, or
 *     before an update of the server, is still being read.
 */
export interface SearchView {
  found: FoundConversation[];
  next: number | null;
  complete: boolean;
}
export interface SetPassword {
  token: string;
  password: string;
}
export interface SetPresence {
  presence: "away" | "offline" | "online";
}
export interface SignIn {
  email: string;
  password: string;
  totp?: string | null;
}
export interface StartSession {
  site?: string | null;
  locale?: string | null;
  page_url?: string | null;
  identity?: string | null;
}
export interface Suggestion {
  text: string;
  intent: string;
}
/**
 * What the assistant would answer to the customer's open words, which have the number `of_seq`.
 */
export interface SuggestionsView {
  conversation_id: string;
  of_seq: number;
  suggestions: Suggestion[];
}
export interface Sync {
  since: number;
}
export interface TakeBack {
  conversation_id: string;
  client_id: string;
}
/**
 * Everybody, and the teams by name; told whenever somebody was invited, changed, disabled or enabled, or a team
 *     was added, renamed or removed.
 */
export interface TeamView {
  team: MemberView[];
  teams: TeamName[];
}
export interface Transfer {
  conversation_id: string;
  client_id: string;
  to: TransferTo;
  note?: string | null;
}
export interface TransferTo {
  agent_id?: string | null;
  team?: string | null;
}
export interface Unblock {
  conversation_id: string;
  client_id: string;
  note?: string | null;
}
export interface Withdraw {
  client_id: string;
}
/**
 * All that this agent has now; told whenever one began or ended.
 */
export interface WrapUpsView {
  wrap_ups: WrapUpView[];
}
