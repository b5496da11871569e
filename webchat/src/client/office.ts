/** What supervisors ask for over HTTP: the figures of the day, and the administration. Failures are `CallFailed`. */

import {
  parseAudit,
  parseDay,
  parseOverview,
  parsePastHandoffs,
  type AdministeredAnswer,
  type AdministeredHours,
  type AdministeredPerson,
  type AuditPage,
  type DayFigures,
  type Overview,
  type PastHandoffs,
} from "../protocol/administration";
import { fields, str } from "../protocol/parse";
import { call } from "./http";

const HERE = "/api/v1/administration";

export interface PersonForm {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly employer: string;
  readonly access: readonly string[];
  readonly teams: readonly string[];
  readonly languages: readonly string[];
  readonly skills: readonly string[];
  readonly capacity: number | null;
}

export interface Office {
  today(): Promise<DayFigures>;
  /** Handoffs that were asked for from one moment to another. */
  behind(from: string, to: string, reason: string | null): Promise<PastHandoffs>;
  overview(): Promise<Overview>;
  /** Entries below this number, the latest first. */
  audit(before: number | null): Promise<AuditPage>;
  /** The one-time link to set a password. */
  invite(form: PersonForm): Promise<string>;
  changePerson(person: AdministeredPerson, form: PersonForm): Promise<null>;
  setDisabled(id: string, disabled: boolean): Promise<null>;
  renewLink(id: string): Promise<string>;
  putTeam(key: string, name: string, version: string | null): Promise<null>;
  removeTeam(key: string): Promise<null>;
  putHours(hours: Pick<AdministeredHours, "timeZone" | "week" | "holidays">, version: string): Promise<null>;
  giveHoursBack(): Promise<null>;
  putAnswer(answer: Omit<AdministeredAnswer, "id" | "version">, before: AdministeredAnswer | null): Promise<null>;
  removeAnswer(id: string): Promise<null>;
}

export function createOffice(token: string): Office {
  const nothing = (): null => null;
  const link = (value: unknown): string => str(fields(value), "link");
  const get = <T>(path: string, parse: (value: unknown) => T): Promise<T> => call(path, { token }, parse);
  const send = <T>(method: "POST" | "PUT" | "DELETE", path: string, parse: (value: unknown) => T, body?: unknown): Promise<T> =>
    call(HERE + path, { method, token, ...(body === undefined ? {} : { body }) }, parse);
  const of = (id: string): string => encodeURIComponent(id);

  return {
    today: () => get("/api/v1/board/today", parseDay),
    behind(from, to, reason) {
      const query = new URLSearchParams({ from, to, ...(reason === null ? {} : { reason }) });
      return get(`/api/v1/board/handoffs?${query}`, parsePastHandoffs);
    },
    overview: () => get(HERE, parseOverview),
    audit: (before) => get(`${HERE}/audit?limit=50${before === null ? "" : `&before=${before}`}`, parseAudit),
    invite: (form) => send("POST", "/people", link, form),
    changePerson: (person, form) =>
      send("PUT", `/people/${of(person.id)}`, nothing, { ...form, version: person.version }),
    setDisabled: (id, disabled) => send("POST", `/people/${of(id)}/${disabled ? "disable" : "enable"}`, nothing),
    renewLink: (id) => send("POST", `/people/${of(id)}/link`, link),
    putTeam: (key, name, version) => send("PUT", `/teams/${of(key)}`, nothing, { name, version }),
    removeTeam: (key) => send("DELETE", `/teams/${of(key)}`, nothing),
    putHours: ({ timeZone, week, holidays }, version) =>
      send("PUT", "/opening-hours", nothing, { time_zone: timeZone, week, holidays, version }),
    giveHoursBack: () => send("DELETE", "/opening-hours", nothing),
    putAnswer: (answer, before) =>
      before === null
        ? send("POST", "/canned-answers", nothing, answer)
        : send("PUT", `/canned-answers/${of(before.id)}`, nothing, { ...answer, version: before.version }),
    removeAnswer: (id) => send("DELETE", `/canned-answers/${of(id)}`, nothing),
  };
}
