/**
 * The edge: what arrives is `unknown`, what leaves here is typed. Fields and event types that this client does not know
 * are left out, since the server may add them; a missing or wrong one that it needs is a `ParseError`.
 */

import type {
  Ack,
  Actor,
  ActorKind,
  Alert,
  AgentSession,
  AgentSnapshot,
  BlockedRow,
  Board,
  BoardAgent,
  BoardRow,
  Button,
  Block,
  CannedAnswer,
  Contact,
  Control,
  ConversationEvent,
  ConversationInfo,
  CustomerInfo,
  CustomerSession,
  CustomerSnapshot,
  DeskInfo,
  EarlierConversation,
  EventBody,
  FoundConversation,
  FoundPage,
  Handoff,
  HandoffState,
  HeldConversation,
  LogPage,
  Me,
  Offer,
  OfferOutcome,
  OpeningHours,
  PastConversation,
  PastRequest,
  Person,
  Presence,
  Promised,
  QueueEntry,
  Suggested,
  TeamMember,
  TeamName,
  Trader,
  Transcript,
  WireError,
  WrapUp,
} from "./model";

export class ParseError extends Error {
  override readonly name = "ParseError";
}

type Fields = { readonly [key: string]: unknown };

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fields(value: unknown): Fields {
  if (!isFields(value)) throw new ParseError("expected an object");
  return value;
}

export function str(of: Fields, key: string): string {
  const value = of[key];
  if (typeof value !== "string") throw new ParseError(`${key}: expected a text`);
  return value;
}

export function num(of: Fields, key: string): number {
  const value = of[key];
  if (typeof value !== "number") throw new ParseError(`${key}: expected a number`);
  return value;
}

export const strOrNull = (of: Fields, key: string): string | null => {
  const value = of[key];
  return typeof value === "string" ? value : null;
};

export const numOrNull = (of: Fields, key: string): number | null => {
  const value = of[key];
  return typeof value === "number" ? value : null;
};

export const flag = (of: Fields, key: string): boolean => of[key] === true;

export function list<T>(value: unknown, parse: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new ParseError("expected a list");
  return value.map(parse);
}

function orNull<T>(value: unknown, parse: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : parse(value);
}

/** `value` when it is one of `known`, else `fallback`: enums may grow. */
function oneOf<T extends string>(value: unknown, known: readonly T[], fallback: T): T {
  return known.find((candidate) => candidate === value) ?? fallback;
}

const ACTORS: readonly ActorKind[] = ["customer", "bot", "agent", "system"];
const CONTROLS: readonly Control[] = ["waiting", "agent", "bot"];
const STATES: readonly HandoffState[] = ["queued", "offered", "active", "promised", "resolved", "withdrawn"];
const PRESENCES: readonly Presence[] = ["online", "away", "offline", "not_responding"];
const OUTCOMES: readonly OfferOutcome[] = ["accepted", "declined", "timed_out", "rescinded"];

export function parseActor(value: unknown): Actor {
  const of = fields(value);
  return { kind: oneOf(of["kind"], ACTORS, "system"), id: strOrNull(of, "id"), name: strOrNull(of, "name") };
}

function parsePerson(value: unknown): Person {
  const of = fields(value);
  return { id: str(of, "id"), name: str(of, "name"), role: str(of, "role"), employer: str(of, "employer") };
}

function parseContact(value: unknown): Contact {
  const of = fields(value);
  return { email: strOrNull(of, "email"), phone: strOrNull(of, "phone") };
}

function parseButton(value: unknown): Button {
  const of = fields(value);
  return { title: str(of, "title"), payload: str(of, "payload") };
}

/** The texts of a list; anything else in it is left out. */
export const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

/** The name of a promise's owner, who is a person or a team. */
const ownerName = (value: unknown): string | null => (isFields(value) ? strOrNull(value, "name") : null);

function parseBody(of: Fields): EventBody {
  const type = str(of, "type");
  switch (type) {
    case "message":
      return {
        type,
        text: str(of, "text"),
        buttons: orNull(of["buttons"], (value) => list(value, parseButton)) ?? [],
        client_id: strOrNull(of, "client_id"),
      };
    case "note":
    case "whisper":
      return { type: "note", text: str(of, "text"), whisper: type === "whisper" };
    case "handoff_requested":
      return {
        type,
        handoff_id: str(of, "handoff_id"),
        reference: str(of, "reference"),
        reason: str(of, "reason"),
        answer_by: strOrNull(of, "answer_by"),
      };
    case "handoff_queued":
      return { type, place: numOrNull(of, "place") };
    case "agent_joined":
      return { type, agent: parsePerson(of["agent"]) };
    case "agent_left":
      return { type, reason: str(of, "reason"), agent: orNull(of["agent"], parsePerson) };
    case "handoff_promised":
      return {
        type,
        answer_by: str(of, "answer_by"),
        owner: ownerName(of["owner"]),
        contact: orNull(of["contact"], parseContact),
      };
    case "promise_broken":
      return { type, answer_by: strOrNull(of, "answer_by") };
    case "promise_offered":
      return { type, answer_by: str(of, "answer_by") };
    case "bot_turn_answered":
    case "bot_turn_failed":
      return { type: "bot_turn", did: texts(of["did"]), failed: type === "bot_turn_failed" };
    case "late_bot_answer":
      return { type, texts: texts(of["texts"]), did: texts(of["did"]) };
    case "handoff_resolved":
      return { type, outcome: str(of, "outcome") };
    case "contacted":
      return { type, channel: str(of, "channel"), outcome: str(of, "outcome") };
    case "feedback":
      return { type, of_seq: num(of, "of_seq"), helpful: flag(of, "helpful") };
    case "rated":
      return { type, score: num(of, "score") };
    case "customer_blocked":
      return { type, text: str(of, "text"), by: parsePerson(of["by"]) };
    case "customer_unblocked":
      return { type, by: parsePerson(of["by"]) };
    case "block_explained":
      return { type, reason: str(of, "reason") };
    case "ladder_stepped":
      return { type, rung: str(of, "rung") };
    case "supervisor_told":
    case "notice_asked":
      return { type, why: str(of, "why") };
    case "alert_acknowledged":
      return { type };
    case "promise_kept":
    case "handed_back":
    case "handoff_withdrawn":
    case "erased":
      return { type };
    default:
      return { type: "other" };
  }
}

/** An event, or the stub of one: a stub has no payload, so whatever its type says it becomes `other`. */
export function parseEvent(value: unknown): ConversationEvent {
  const of = fields(value);
  const base = {
    seq: num(of, "seq"),
    prev_seq: numOrNull(of, "prev_seq"),
    id: str(of, "id"),
    at: str(of, "at"),
    actor: parseActor(of["actor"]),
    wire_type: str(of, "type"),
    payload_digest: strOrNull(of, "payload_digest"),
    hash: strOrNull(of, "hash"),
  };
  if (of["erased"] === true) return { ...base, type: "other" };
  try {
    return { ...base, ...parseBody(of) };
  } catch (error) {
    if (error instanceof ParseError && base.payload_digest !== null) {
      return { ...base, type: "other" };
    }
    throw error;
  }
}

function parsePromise(value: unknown): Promised {
  const of = fields(value);
  return {
    answer_by: str(of, "answer_by"),
    owner: ownerName(of["owner"]),
    contact: orNull(of["contact"], parseContact),
  };
}

export function parseHandoff(value: unknown): Handoff {
  const of = fields(value);
  return {
    id: str(of, "id"),
    reference: str(of, "reference"),
    state: oneOf(of["state"], STATES, "queued"),
    reason: str(of, "reason"),
    requested_at: str(of, "requested_at"),
    answer_by: strOrNull(of, "answer_by"),
    place: numOrNull(of, "place"),
    wait_estimate_s: numOrNull(of, "wait_estimate_s"),
    agent: orNull(of["agent"], parsePerson),
    promise: orNull(of["promise"], parsePromise),
    as_of_seq: num(of, "as_of_seq"),
  };
}

export const parseHandoffOrNull = (value: unknown): Handoff | null => orNull(value, parseHandoff);

function parseCustomer(value: unknown): CustomerInfo {
  const of = fields(value);
  return {
    name: strOrNull(of, "name"),
    verified: flag(of, "verified"),
    locale: strOrNull(of, "locale"),
    returning: flag(of, "returning"),
  };
}

export function parseBlock(value: unknown): Block {
  const of = fields(value);
  return { by: parsePerson(of["by"]), at: str(of, "at"), reason: strOrNull(of, "reason") ?? "" };
}

function parseConversation(value: unknown): ConversationInfo {
  const of = fields(value);
  const { blocked } = of;
  return {
    id: str(of, "id"),
    control: oneOf(of["control"], CONTROLS, "bot"),
    locale: strOrNull(of, "locale"),
    customer: orNull(of["customer"], parseCustomer),
    block: orNull(blocked, parseBlock),
    blocked_text: isFields(blocked) ? strOrNull(blocked, "text") : null,
  };
}

export function parsePage(value: unknown): LogPage {
  const of = fields(value);
  return { events: list(of["events"], parseEvent), last_seq: num(of, "last_seq"), more: flag(of, "more") };
}

export function parseCustomerSnapshot(value: unknown): CustomerSnapshot {
  const of = fields(value);
  return {
    ...parsePage(value),
    conversation: parseConversation(of["conversation"]),
    handoff: parseHandoffOrNull(of["handoff"]),
  };
}

function parseTranscript(value: unknown): Transcript {
  const of = fields(value);
  return { events: list(of["events"], parseEvent), count: num(of, "count"), head_hash: strOrNull(of, "head_hash") };
}

export function parseOffer(value: unknown): Offer {
  const of = fields(value);
  return {
    offer_id: str(of, "offer_id"),
    handoff_id: str(of, "handoff_id"),
    conversation_id: str(of, "conversation_id"),
    reference: str(of, "reference"),
    reason: str(of, "reason"),
    chosen_by: strOrNull(of, "chosen_by") ?? "",
    matched: texts(of["matched"]),
    customer: parseCustomer(of["customer"]),
    requested_at: str(of, "requested_at"),
    expires_at: str(of, "expires_at"),
    answer_by: strOrNull(of, "answer_by"),
    transcript: parseTranscript(of["transcript"]),
  };
}

function parseHeld(value: unknown): HeldConversation {
  const of = fields(value);
  return {
    conversation: parseConversation(of["conversation"]),
    handoff: parseHandoffOrNull(of["handoff"]),
    last_seq: num(of, "last_seq"),
  };
}

const ownerTeam = (owner: unknown): string | null =>
  isFields(owner) && owner["kind"] === "team" ? strOrNull(owner, "id") : null;

function parseQueueEntry(value: unknown): QueueEntry {
  const of = fields(value);
  return {
    handoff_id: str(of, "handoff_id"),
    conversation_id: strOrNull(of, "conversation_id"),
    reference: str(of, "reference"),
    state: oneOf(of["state"], STATES, "queued"),
    reason: str(of, "reason"),
    requested_at: strOrNull(of, "requested_at"),
    answer_by: strOrNull(of, "answer_by"),
    place: numOrNull(of, "place"),
    owner: isFields(of["promise"]) ? ownerName(of["promise"]["owner"]) : null,
    owner_team: isFields(of["promise"]) ? ownerTeam(of["promise"]["owner"]) : null,
    agent_id: strOrNull(of, "agent_id"),
    customer: orNull(of["customer"], parseCustomer),
  };
}

export const parseQueue = (value: unknown): QueueEntry[] => list(value, parseQueueEntry);

export const parsePresence = (value: unknown): Presence => oneOf(value, PRESENCES, "offline");

function parseTeamMember(value: unknown): TeamMember {
  const of = fields(value);
  return {
    id: str(of, "id"),
    name: str(of, "name"),
    role: strOrNull(of, "role") ?? "",
    teams: texts(of["teams"]),
    presence: parsePresence(of["presence"]),
    access: texts(of["access"]),
  };
}

function parseWrapUp(value: unknown): WrapUp {
  const of = fields(value);
  return { conversation_id: str(of, "conversation_id"), until: str(of, "until") };
}

export const parseWrapUps = (value: unknown): WrapUp[] => list(value ?? [], parseWrapUp);

function parseBoardAgent(value: unknown): BoardAgent {
  const of = fields(value);
  return {
    ...parseTeamMember(value),
    languages: texts(of["languages"]),
    skills: texts(of["skills"]),
    load: num(of, "load"),
    capacity: num(of, "capacity"),
    wrap_ups: parseWrapUps(of["wrap_ups"]),
  };
}

function parseBoardRow(value: unknown): BoardRow {
  const of = fields(value);
  return {
    conversation_id: str(of, "conversation_id"),
    handoff_id: str(of, "handoff_id"),
    reference: str(of, "reference"),
    state: oneOf(of["state"], STATES, "queued"),
    reason: str(of, "reason"),
    team: str(of, "team"),
    skills: texts(of["skills"]),
    language: str(of, "language"),
    requested_at: str(of, "requested_at"),
    waiting_since: str(of, "waiting_since"),
    answer_by: strOrNull(of, "answer_by"),
    overdue_since: strOrNull(of, "overdue_since"),
    next_deadline_at: strOrNull(of, "next_deadline_at"),
    place: numOrNull(of, "place"),
    agent: orNull(of["agent"], parsePerson),
    offered_to: orNull(of["offered_to"], parsePerson),
    owner: isFields(of["promise"]) ? ownerName(of["promise"]["owner"]) : null,
    told: isFields(of["told"]) ? { why: str(of["told"], "why"), at: str(of["told"], "at") } : null,
    customer: orNull(of["customer"], parseCustomer),
  };
}

function parseBlockedRow(value: unknown): BlockedRow {
  const of = fields(value);
  return {
    ...parseBlock(value),
    conversation_id: str(of, "conversation_id"),
    reference: strOrNull(of, "reference"),
    customer: orNull(of["customer"], parseCustomer),
  };
}

export function parseBoard(value: unknown): Board {
  const of = fields(value);
  const counts = fields(of["counts"]);
  const { notices } = of;
  return {
    as_of: str(of, "as_of"),
    open: flag(of, "open"),
    counts: {
      waiting: num(counts, "waiting"),
      offered: num(counts, "offered"),
      active: num(counts, "active"),
      promised: num(counts, "promised"),
      overdue: num(counts, "overdue"),
    },
    rows: list(of["rows"], parseBoardRow),
    agents: list(of["agents"], parseBoardAgent),
    blocked: list(of["blocked"] ?? [], parseBlockedRow),
    notices: isFields(notices)
      ? {
          configured: texts(notices["configured"]),
          pending: num(notices, "pending"),
          failed: num(notices, "failed"),
          oldest_at: strOrNull(notices, "oldest_at"),
        }
      : null,
  };
}

export function parseAlert(value: unknown): Alert {
  const of = fields(value);
  return {
    alert_id: str(of, "alert_id"),
    conversation_id: str(of, "conversation_id"),
    handoff_id: strOrNull(of, "handoff_id"),
    reference: strOrNull(of, "reference"),
    why: str(of, "why"),
    at: str(of, "at"),
    state: orNull(of["state"], (value) => oneOf(value, STATES, "queued")),
    answer_by: strOrNull(of, "answer_by"),
    customer: orNull(of["customer"], parseCustomer),
  };
}

function parseMe(value: unknown): Me {
  const of = fields(value);
  return { ...parsePerson(value), access: texts(of["access"]), teams: texts(of["teams"] ?? []) };
}

export function parseAgentSnapshot(value: unknown): AgentSnapshot {
  const of = fields(value);
  return {
    me: parseMe(of["me"]),
    presence: parsePresence(of["presence"]),
    capacity: num(of, "capacity"),
    offers: list(of["offers"], parseOffer),
    conversations: list(of["conversations"], parseHeld),
    queue: parseQueue(of["queue"] ?? []),
    team: parseTeam(of["team"] ?? []),
    wrap_ups: parseWrapUps(of["wrap_ups"]),
    board: orNull(of["board"], parseBoard),
    alerts: list(of["alerts"] ?? [], parseAlert),
    teams: parseTeamNames(of["teams"] ?? []),
    canned: parseCannedAnswers(of["canned_answers"] ?? []),
  };
}

export const parseTeam = (value: unknown): readonly TeamMember[] => list(value, parseTeamMember);

export const parseTeamNames = (value: unknown): readonly TeamName[] =>
  list(value, (one) => {
    const of = fields(one);
    return { key: str(of, "key"), name: str(of, "name") };
  });

export const parseCannedAnswers = (value: unknown): readonly CannedAnswer[] =>
  list(value, (one) => {
    const of = fields(one);
    return { id: str(of, "id"), title: str(of, "title"), text: str(of, "text"), language: strOrNull(of, "language"), team: strOrNull(of, "team") };
  });

function parsePastRequest(value: unknown): PastRequest {
  const of = fields(value);
  return {
    reference: str(of, "reference"),
    reason: str(of, "reason"),
    requested_at: str(of, "requested_at"),
    ended_at: strOrNull(of, "ended_at"),
    agent: orNull(of["agent"], parsePerson),
    outcome: strOrNull(of, "outcome"),
  };
}

function parsePastConversation(value: unknown): PastConversation {
  const of = fields(value);
  return {
    conversation_id: str(of, "conversation_id"),
    began_at: str(of, "began_at"),
    last_at: str(of, "last_at"),
    messages: num(of, "messages"),
    score: numOrNull(of, "score"),
    requests: list(of["requests"], parsePastRequest),
  };
}

export const parsePast = (value: unknown): readonly PastConversation[] =>
  list(fields(value)["conversations"], parsePastConversation);

function parseFound(value: unknown): FoundConversation {
  const of = fields(value);
  return {
    conversation_id: str(of, "conversation_id"),
    customer: parseCustomer(of["customer"]),
    last_at: str(of, "last_at"),
    reference: strOrNull(of, "reference"),
    state: of["state"] === null ? null : oneOf(of["state"], STATES, "resolved"),
    agent: orNull(of["agent"], parsePerson),
    seq: numOrNull(of, "seq"),
    text: strOrNull(of, "text"),
  };
}

export function parseFoundPage(value: unknown): FoundPage {
  const of = fields(value);
  return { found: list(of["found"], parseFound), next: numOrNull(of, "next"), complete: of["complete"] === true };
}

export function parseSuggested(value: unknown): Suggested {
  const of = fields(value);
  return { of_seq: num(of, "of_seq"), texts: list(of["suggestions"], (one) => str(fields(one), "text")) };
}

export const parseOfferOutcome = (value: unknown): OfferOutcome => oneOf(value, OUTCOMES, "rescinded");

export function parseError(value: unknown): WireError {
  if (!isFields(value)) return { code: "unavailable", message: "", retry_after_s: null };
  return {
    code: strOrNull(value, "code") ?? "unavailable",
    message: strOrNull(value, "message") ?? "",
    retry_after_s: numOrNull(value, "retry_after_s"),
    ...(isFields(value["details"]) ? { details: value["details"] } : {}),
  };
}

export function parseAck(value: unknown): Ack {
  if (isFields(value) && value["ok"] === true) return { ok: true, body: value };
  return { ok: false, error: parseError(isFields(value) ? value["error"] : null) };
}

function parseTrader(value: unknown): Trader {
  const of = fields(value);
  return {
    name: str(of, "name"),
    legal_name: strOrNull(of, "legal_name"),
    postal_address: strOrNull(of, "postal_address"),
    email: strOrNull(of, "email"),
    phone: strOrNull(of, "phone"),
    register: strOrNull(of, "register"),
  };
}

function parseSpan(value: unknown): [string, string] {
  const [start, end] = texts(value);
  if (start === undefined || end === undefined) throw new ParseError("expected a span of time");
  return [start, end];
}

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

function parseHours(value: unknown): OpeningHours {
  const of = fields(value);
  const week = fields(of["week"]);
  return {
    time_zone: str(of, "time_zone"),
    week: WEEKDAYS.map((day) => list(week[day] ?? [], parseSpan)),
    holidays: texts(of["holidays"]),
  };
}

export function parseDesk(value: unknown): DeskInfo {
  const of = fields(value);
  const site = isFields(of["site"]) ? of["site"] : {};
  const onDuty = of["on_duty"];
  return {
    open: flag(of, "open"),
    opens_at: strOrNull(of, "opens_at"),
    on_duty: typeof onDuty === "boolean" ? Number(onDuty) : numOrNull(of, "on_duty"),
    wait_estimate_s: numOrNull(of, "wait_estimate_s"),
    demo: flag(of, "demo"),
    trader: orNull(of["trader"], parseTrader),
    accent_color: strOrNull(site, "accent_color"),
    languages: texts(site["languages"]),
    hours: orNull(of["opening_hours"], parseHours),
  };
}

function parseEarlierOne(value: unknown): EarlierConversation {
  const of = fields(value);
  return {
    id: str(of, "id"),
    started_at: str(of, "started_at"),
    last_at: str(of, "last_at"),
    reference: strOrNull(of, "reference"),
    agent: orNull(of["agent"], parsePerson),
  };
}

export const parseEarlier = (value: unknown): readonly EarlierConversation[] =>
  list(fields(value)["conversations"], parseEarlierOne);

/** The events of a signed transcript, as a page that is the whole log. */
export function parseTranscriptPage(value: unknown): LogPage {
  const events = list(fields(value)["events"], parseEvent);
  return { events, last_seq: events.at(-1)?.seq ?? 0, more: false };
}

export function parseCustomerSession(value: unknown): CustomerSession {
  const of = fields(value);
  return { token: str(of, "token"), conversation_id: str(of, "conversation_id"), expires_at: strOrNull(of, "expires_at") };
}

export function parseAgentSession(value: unknown): AgentSession {
  const of = fields(value);
  return { token: str(of, "token"), agent: parseMe(of["agent"]) };
}
