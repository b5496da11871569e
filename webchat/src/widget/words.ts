/** The chosen language for every component, and sentences that depend on what happened. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { ConversationEvent, WireError } from "../protocol/model";
import { clockTime, fill, moment, plural } from "../ui/i18n";
import type { Strings } from "./strings/en";
import en from "./strings/en";

export interface Words {
  readonly locale: string;
  readonly t: Strings;
}

export const WordsContext = createContext<Words>({ locale: "en", t: en });
export const useWords = (): Words => useContext(WordsContext);

/** The languages there is a catalogue for. Each but English is loaded when it is wanted. */
export const LANGUAGES = ["en", "de"] as const;

export async function loadStrings(language: string): Promise<Strings> {
  switch (language) {
    case "de":
      return (await import("./strings/de")).default;
    default:
      return en;
  }
}

/** `forms[key]`, or `forms.other` for a value that this version does not know. */
function known<T>(forms: { readonly other: T } & Readonly<Record<string, T>>, key: string): T {
  return Object.hasOwn(forms, key) ? (forms[key] ?? forms.other) : forms.other;
}

/** Reasons that are the customer's own wish; with any other the desk brings a person in. */
const ASKED: ReadonlySet<string> = new Set(["button", "asked", "intent"]);

/** What happened, as one line for the customer; `null` for what needs none. `agent` is who had the conversation. */
export function happening({ locale, t }: Words, event: ConversationEvent, agent: string | null, now: Date): string | null {
  const name = agent ?? t.somebody;
  switch (event.type) {
    case "handoff_requested":
      return fill(ASKED.has(event.reason) ? t.requested : t.requestedForYou, { reference: event.reference });
    case "agent_joined":
      return fill(t.joined, { name: event.agent.name });
    case "agent_left":
      return fill(known(t.left, event.reason), { name: event.agent?.name ?? name });
    case "handoff_promised": {
      const time = moment(locale, event.answer_by, now);
      const contact = event.contact?.email ?? event.contact?.phone ?? null;
      if (contact !== null) return fill(t.promiseContact, { time, contact });
      return event.owner === null ? fill(t.promiseMade, { time }) : fill(t.promiseMadeBy, { time, owner: event.owner });
    }
    case "promise_offered":
      return fill(t.promiseOffered, { time: moment(locale, event.answer_by, now) });
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
      return plural(locale, t.rated, event.score);
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

export function errorText({ t }: Words, error: WireError, email: string | null): string {
  return fill(known(t.errors, error.code), { email: email ?? "" }).trim();
}

export const timeOf = ({ locale }: Words, at: string): string => clockTime(locale, at);
