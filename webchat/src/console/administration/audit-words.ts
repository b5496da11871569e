/** What was changed, in words that people read: names for keys and codes, days by their spans. Pure. */

import { DAYS } from "../../protocol/administration";
import type { AuditEntry } from "../../protocol/administration";
import { dayOf, languageName, weekdayName } from "../../ui/i18n";

/** The sentences that are needed, so that this can be tried in every language. */
export interface AuditWords {
  readonly locale: string;
  readonly levels: Readonly<Record<string, string>>;
  readonly anyLanguage: string;
  readonly anyTeam: string;
  readonly asEverybody: string;
  readonly closedAllDay: string;
  readonly nothing: string;
  readonly teamName: (key: string) => string;
}

/** One field of an entry: what it was and what it is; `null` where it was nothing before, or is gone. */
export interface ChangeInWords {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

function spansOf(value: unknown): string {
  const spans = Array.isArray(value) ? value.map(texts) : [];
  return spans.map((span) => span.join("–")).join(", ");
}

/** Neighbouring days with the same hours are one: "Mon–Fri 09:00–17:00, Sat 10:00–14:00". Closed days go without saying. */
function weekOf(value: unknown, words: AuditWords): string {
  const week: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
  const runs: { from: number; to: number; spans: string }[] = [];
  DAYS.forEach((day, at) => {
    const spans = spansOf(week[day]);
    const last = runs.at(-1);
    if (last?.spans === spans) last.to = at;
    else runs.push({ from: at, to: at, spans });
  });
  const name = (at: number): string => weekdayName(words.locale, at, "short");
  const said = runs
    .filter(({ spans }) => spans !== "")
    .map(({ from, to, spans }) => `${from === to ? name(from) : `${name(from)}–${name(to)}`} ${spans}`);
  return said.length === 0 ? words.closedAllDay : said.join("; ");
}

/** A date in words; what is none stays as it is. */
const dateOf = (date: string, locale: string): string =>
  Number.isNaN(Date.parse(`${date}T00:00:00Z`)) ? date : dayOf(locale, date, { dateStyle: "medium" });

function listed(value: unknown, name: (one: string) => string, none: string): string {
  const all = texts(value);
  return all.length === 0 ? none : all.map(name).join(", ");
}

/** The value of a field in words. What this version does not know is shown as it is. */
export function valueInWords(field: string, value: unknown, words: AuditWords): string {
  switch (field) {
    case "access":
      return listed(value, (one) => words.levels[one] ?? one, words.nothing);
    case "teams":
      return listed(value, words.teamName, words.anyTeam);
    case "team":
      return typeof value === "string" ? words.teamName(value) : words.anyTeam;
    case "languages":
      return listed(value, (one) => languageName(words.locale, one), words.anyLanguage);
    case "language":
      return typeof value === "string" ? languageName(words.locale, value) : words.anyLanguage;
    case "capacity":
      return typeof value === "number" ? new Intl.NumberFormat(words.locale).format(value) : words.asEverybody;
    case "holidays":
      return listed(value, (one) => dateOf(one, words.locale), words.nothing);
    case "week":
      return weekOf(value, words);
    default:
      if (Array.isArray(value)) return listed(value, (one) => one, words.nothing);
      return value === null || value === undefined || value === "" ? words.nothing : String(value);
  }
}

/** Field by field. What begins has no before, what is removed no after; of a beginning, what is left empty goes without saying. */
export function changesInWords({ action, changes }: Pick<AuditEntry, "action" | "changes">, words: AuditWords): readonly ChangeInWords[] {
  const begins = /_(added|invited)$/.test(action);
  const ends = action.endsWith("_removed");
  const isEmpty = (value: unknown): boolean => value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return changes
    .filter(({ before, after }) => !(begins && isEmpty(after)) && !(ends && isEmpty(before)))
    .map(({ field, before, after }) => ({
      field,
      before: begins || (isEmpty(before) && valueInWords(field, before, words) === words.nothing) ? null : valueInWords(field, before, words),
      after: ends ? null : valueInWords(field, after, words),
    }));
}
