/** The chosen language for every component, and sentences that depend on what happened. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Wait } from "../core/wait";
import type { ConversationEvent, WireError } from "../protocol/model";
import { clockTime, fill, isSameDay, moment, pickLanguage, plural } from "../ui/i18n";
import type { Strings } from "./strings/en";

export interface Words {
  readonly language: Language;
  /** With the region that somebody named: `de-AT`. */
  readonly tag: string;
  /** Whose dates, numbers and plural rules hold: `tag`, where the browser knows them. */
  readonly locale: string;
  readonly t: Strings;
}

export const WordsContext = createContext<Words | null>(null);

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (words === null) throw new Error("no language was chosen");
  return words;
}

/** A catalogue each, loaded when it is wanted: the 24 languages of the European Union, and Kannada. */
const CATALOGUES = {
  bg: () => import("./strings/bg"),
  cs: () => import("./strings/cs"),
  da: () => import("./strings/da"),
  de: () => import("./strings/de"),
  el: () => import("./strings/el"),
  en: () => import("./strings/en"),
  es: () => import("./strings/es"),
  et: () => import("./strings/et"),
  fi: () => import("./strings/fi"),
  fr: () => import("./strings/fr"),
  ga: () => import("./strings/ga"),
  hr: () => import("./strings/hr"),
  hu: () => import("./strings/hu"),
  it: () => import("./strings/it"),
  kn: () => import("./strings/kn"),
  lt: () => import("./strings/lt"),
  lv: () => import("./strings/lv"),
  mt: () => import("./strings/mt"),
  nl: () => import("./strings/nl"),
  pl: () => import("./strings/pl"),
  pt: () => import("./strings/pt"),
  ro: () => import("./strings/ro"),
  sk: () => import("./strings/sk"),
  sl: () => import("./strings/sl"),
  sv: () => import("./strings/sv"),
} satisfies Record<string, () => Promise<{ readonly default: Strings }>>;

export type Language = keyof typeof CATALOGUES;

export const LANGUAGES = Object.keys(CATALOGUES);

const isLanguage = (tag: string): tag is Language => Object.hasOwn(CATALOGUES, tag);

/** The first of these tags that there is a catalogue for, else English. */
export function chooseLanguage(wanted: readonly string[]): Language {
  const language = pickLanguage(wanted, LANGUAGES, "en");
  return isLanguage(language) ? language : "en";
}

export const loadStrings = async (language: Language): Promise<Strings> => (await CATALOGUES[language]()).default;

/** `forms[key]`, or `forms.other` for a value that this version does not know. */
function known<T>(forms: { readonly other: T } & Readonly<Record<string, T>>, key: string): T {
  return Object.hasOwn(forms, key) ? (forms[key] ?? forms.other) : forms.other;
}

/** Reasons that are the customer's own wish; with any other the desk brings a person in. */
const ASKED: ReadonlySet<string> = new Set(["button", "asked", "intent"]);

/** A line breaks after a comma only, and not between a day and its month. */
const together = (moment: string): string => moment.replace(/(?<!,) /g, "\u00a0");

/** A moment as it stands in a sentence that says by when: "14:30 Uhr", "kl. 14.30". */
export const byMoment = ({ locale, t }: Words, at: string, now: Date): string =>
  together(fill(isSameDay(at, now) ? t.byClock : t.byDay, { time: moment(locale, at, now) }));

/** A moment as it stands in any other sentence. */
export const atMoment = ({ locale }: Words, at: string, now: Date): string => together(moment(locale, at, now));

/** Where a line has to break, it breaks after a dot and not before it. */
const withDot = (line: string): string => line.replace(" · ", "\u00a0· ");

/** What happened, as one line for the customer; `null` for what needs none. `agent` is who had the conversation. */
export function happening(words: Words, event: ConversationEvent, agent: string | null, now: Date): string | null {
  const { t } = words;
  const name = agent ?? t.somebody;
  switch (event.type) {
    case "handoff_requested":
      return withDot(fill(ASKED.has(event.reason) ? t.requested : t.requestedForYou, { reference: event.reference }));
    case "agent_joined":
      return fill(t.joined, { name: event.agent.name });
    case "agent_left":
      return fill(known(t.left, event.reason), { name: event.agent?.name ?? name });
    case "handoff_promised": {
      const time = byMoment(words, event.answer_by, now);
      const contact = event.contact?.email ?? event.contact?.phone ?? null;
      if (contact !== null) return fill(t.promiseContact, { time, contact });
      return event.owner === null ? fill(t.promiseMade, { time }) : fill(t.promiseMadeBy, { time, owner: event.owner });
    }
    case "promise_offered":
      return fill(t.promiseOffered, { time: byMoment(words, event.answer_by, now) });
    case "promise_kept":
      return t.promiseKept;
    case "promise_broken":
      return t.promiseBroken;
    case "handed_back":
      return t.handedBack;
    case "handoff_resolved":
      return agent === null ? t.resolvedPlain : fill(t.resolved, { name });
    case "handoff_withdrawn":
      return t.withdrawn;
    case "contacted":
      return fill(known(t.contacted, event.outcome), { channel: known(t.channel, event.channel) });
    case "rated":
      return fill(t.rated, { score: event.score });
    case "customer_blocked":
      return fill(t.blocked, { name: event.by.name });
    case "customer_unblocked":
      return t.unblocked;
    case "erased":
      return t.erased;
    default:
      return null;
  }
}

/** How long people usually wait, as a sentence. */
export function waitText({ locale, t }: Words, wait: Wait): string {
  switch (wait.kind) {
    case "short":
      return t.waitShort;
    case "minutes":
      return plural(locale, t.waitMinutes, wait.n);
    case "hours":
      return plural(locale, t.waitHours, wait.n);
    case "longer":
      return t.waitLonger;
  }
}

export function errorText({ t }: Words, error: WireError, email: string | null): string {
  return fill(known(t.errors, error.code), { email: email ?? "" }).trim();
}

export const timeOf = ({ locale }: Words, at: string): string => clockTime(locale, at);
