/** What is administered, and the figures of the day: the model of the pages, and the edge where it is parsed. */

import { fields, flag, list, num, numOrNull, ParseError, str, strOrNull, texts } from "./parse";

export interface AdministeredPerson {
  readonly id: string;
  readonly version: string;
  readonly name: string;
  readonly role: string;
  readonly employer: string;
  readonly email: string;
  readonly access: readonly string[];
  readonly teams: readonly string[];
  readonly languages: readonly string[];
  readonly skills: readonly string[];
  /** `null`: as many conversations at once as the desk's setting says. */
  readonly capacity: number | null;
  readonly presence: string;
  readonly disabled: boolean;
  /** Has no password yet. */
  readonly invited: boolean;
}

export interface AdministeredTeam {
  readonly key: string;
  readonly version: string;
  readonly name: string;
  /** What the desk file calls it; `null` for a team that was added here. */
  readonly nameOfFile: string | null;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
export type Span = readonly [from: string, to: string];
export type Week = Readonly<Record<Day, readonly Span[]>>;

/** Why hours were refused. `of` is the day, or the time zone or date that is none. */
export interface HoursProblem {
  readonly code: string;
  readonly of: string;
}

export interface AdministeredHours {
  readonly version: string;
  readonly timeZone: string;
  readonly week: Week;
  readonly holidays: readonly string[];
  /** Whether the desk file says so, or somebody in the console did. */
  readonly ofFile: boolean;
}

export interface AdministeredAnswer {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly text: string;
  readonly language: string | null;
  readonly team: string | null;
}

export interface Overview {
  readonly people: readonly AdministeredPerson[];
  readonly teams: readonly AdministeredTeam[];
  readonly hours: AdministeredHours;
  readonly answers: readonly AdministeredAnswer[];
  readonly variables: readonly string[];
  readonly capacity: number;
  /** Whether the reader sees to supervisors, trainers and administrators too. */
  readonly all: boolean;
}

export interface AuditChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditEntry {
  readonly number: number;
  readonly at: string;
  /** `null`: whoever runs the server, from its command line. */
  readonly actor: string | null;
  readonly action: string;
  readonly subject: string;
  readonly changes: readonly AuditChange[];
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly more: boolean;
}

/** Figures of an hour, or of the day. Seconds; `null` without an answer. */
export interface Figures {
  readonly requests: Readonly<Record<string, number>>;
  readonly answered: number;
  readonly soon: number;
  readonly medianS: number | null;
  readonly slowestTenthS: number | null;
  readonly kept: number;
  readonly broken: number;
}

export interface HourFigures extends Figures {
  readonly from: string;
}

export interface DayFigures {
  readonly timeZone: string;
  readonly complete: boolean;
  readonly hours: readonly HourFigures[];
  readonly day: Figures;
}

export interface PastHandoff {
  readonly handoffId: string;
  readonly conversationId: string;
  readonly reference: string;
  readonly reason: string;
  readonly state: string;
  readonly requestedAt: string;
  readonly agentName: string | null;
  readonly firstAnswerS: number | null;
  readonly broken: number;
}

export interface PastHandoffs {
  readonly rows: readonly PastHandoff[];
  readonly count: number;
}

export function parseAdministeredPerson(value: unknown): AdministeredPerson {
  const of = fields(value);
  return {
    id: str(of, "id"),
    version: str(of, "version"),
    name: str(of, "name"),
    role: str(of, "role"),
    employer: str(of, "employer"),
    email: strOrNull(of, "email") ?? "",
    access: texts(of["access"]),
    teams: texts(of["teams"]),
    languages: texts(of["languages"]),
    skills: texts(of["skills"]),
    capacity: numOrNull(of, "capacity_own"),
    presence: str(of, "presence"),
    disabled: flag(of, "disabled"),
    invited: flag(of, "invited"),
  };
}

function parseTeam(value: unknown): AdministeredTeam {
  const of = fields(value);
  return {
    key: str(of, "key"),
    version: str(of, "version"),
    name: str(of, "name"),
    nameOfFile: strOrNull(of, "name_of_file"),
  };
}

function parseSpan(value: unknown): Span {
  const [from, to] = texts(value);
  if (from === undefined || to === undefined) throw new ParseError("expected a span of time");
  return [from, to];
}

function parseHours(value: unknown): AdministeredHours {
  const of = fields(value);
  const week = fields(of["week"]);
  const spans = (day: Day): readonly Span[] => list(week[day] ?? [], parseSpan);
  return {
    version: str(of, "version"),
    timeZone: str(of, "time_zone"),
    week: {
      mon: spans("mon"),
      tue: spans("tue"),
      wed: spans("wed"),
      thu: spans("thu"),
      fri: spans("fri"),
      sat: spans("sat"),
      sun: spans("sun"),
    },
    holidays: texts(of["holidays"]),
    ofFile: of["source"] === "file",
  };
}

function parseAnswer(value: unknown): AdministeredAnswer {
  const of = fields(value);
  return {
    id: str(of, "id"),
    version: str(of, "version"),
    title: str(of, "title"),
    text: str(of, "text"),
    language: strOrNull(of, "language"),
    team: strOrNull(of, "team"),
  };
}

/** From the `details` of a refusal; none where it is about something else. */
export function parseHoursProblems(details: Readonly<Record<string, unknown>> | undefined): readonly HoursProblem[] {
  const given = details?.["problems"];
  return given === undefined ? [] : list(given, (one) => ({ code: str(fields(one), "code"), of: str(fields(one), "of") }));
}

export function parseOverview(value: unknown): Overview {
  const of = fields(value);
  return {
    people: list(of["people"], parseAdministeredPerson),
    teams: list(of["teams"], parseTeam),
    hours: parseHours(of["opening_hours"]),
    answers: list(of["canned_answers"], parseAnswer),
    variables: texts(of["variables"]),
    capacity: num(of, "capacity"),
    all: flag(of, "may_administer_all"),
  };
}

function parseEntry(value: unknown): AuditEntry {
  const of = fields(value);
  const name = str(of, "subject_name");
  const actor = fields(of["actor"]);
  return {
    number: num(of, "number"),
    at: str(of, "at"),
    actor: strOrNull(actor, "id") === null ? null : str(actor, "name"),
    action: str(of, "action"),
    subject: name,
    changes: Object.entries(fields(of["changes"])).map(([field, change]) => {
      const { before, after } = fields(change);
      return { field, before, after };
    }),
  };
}

export function parseAudit(value: unknown): AuditPage {
  const of = fields(value);
  return { entries: list(of["entries"], parseEntry), more: flag(of, "more") };
}

function parseFigures(value: unknown): Figures {
  const of = fields(value);
  const answers = fields(of["first_answers"]);
  const promises = fields(of["promises"]);
  const requests = Object.entries(fields(of["requests"])).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return {
    requests: Object.fromEntries(requests),
    answered: num(answers, "count"),
    soon: num(answers, "soon"),
    medianS: numOrNull(answers, "median_s"),
    slowestTenthS: numOrNull(answers, "slowest_tenth_s"),
    kept: num(promises, "kept"),
    broken: num(promises, "broken"),
  };
}

export function parseDay(value: unknown): DayFigures {
  const of = fields(value);
  return {
    timeZone: str(of, "time_zone"),
    complete: flag(of, "complete"),
    hours: list(of["hours"], (hour) => ({ ...parseFigures(hour), from: str(fields(hour), "from") })),
    day: parseFigures(of["day"]),
  };
}

function parsePast(value: unknown): PastHandoff {
  const of = fields(value);
  return {
    handoffId: str(of, "handoff_id"),
    conversationId: str(of, "conversation_id"),
    reference: str(of, "reference"),
    reason: str(of, "reason"),
    state: str(of, "state"),
    requestedAt: str(of, "requested_at"),
    agentName: strOrNull(of, "agent_name"),
    firstAnswerS: numOrNull(of, "first_answer_s"),
    broken: num(of, "promises_broken"),
  };
}

export function parsePastHandoffs(value: unknown): PastHandoffs {
  const of = fields(value);
  return { rows: list(of["rows"], parsePast), count: num(of, "count") };
}
