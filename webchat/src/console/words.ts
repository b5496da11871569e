/** Sentences of the console that depend on what happened. */

import type { ConversationEvent, WireError } from "../protocol/model";
import { createKeep } from "../client/keep";
import { fill, moment, pickLanguage } from "../ui/i18n";
import { inOtherWords, type Refusals } from "../core/refusals";
import { LANGUAGES, loadStrings } from "./strings";
import { REFUSALS } from "./strings/refusals";

// The language belongs to the browser, not to the tab: who chose one keeps it at the next sign-in.
const keep = createKeep(() => localStorage, "byname.console");
const kept = keep.read("language");
const wanted = [...(typeof kept === "string" ? [kept] : []), ...navigator.languages];
// A page that is not there in every language says in which ones it is.
const offered = document.documentElement.dataset["languages"]?.split(" ") ?? LANGUAGES;
const language = pickLanguage(wanted, offered, "en");

/** Every sentence, in the language of this page. */
export const t = await loadStrings(language);

/** Dates and times follow the region that the browser names for this language. */
export const LOCALE =
  navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? (language === "en" ? "en-GB" : language);

document.documentElement.lang = language;

function goOnInOther(): void {
  keep.write("language", offered.find((one) => one !== language) ?? language);
  location.reload();
}

/** To the other language, by loading anew: drafts and unsent messages are kept over that. `null`: there is no other. */
export const changeLanguage = offered.length > 1 ? goOnInOther : null;

/** `forms[key]`, or `forms.other` for a value that this version does not know. */
export function known<T extends { readonly other: string }>(forms: T, key: string): string {
  const found: unknown = Object.hasOwn(forms, key) ? forms[key as keyof T] : undefined;
  return typeof found === "string" ? found : forms.other;
}

/** A code of the wire in words, or the code itself where there are none. */
export function label(forms: Readonly<Record<string, string>>, key: string): string {
  return Object.hasOwn(forms, key) ? (forms[key] ?? key) : key;
}

const refusals: Refusals | undefined = REFUSALS[language];

/** What the server said, in the language of this page; `null` where it said nothing, or nothing that is known in it. */
function saidBy({ message }: WireError): string | null {
  const said = message.trim();
  if (said === "") return null;
  return refusals === undefined ? said : inOtherWords(said, refusals);
}

/** What went wrong in plain words; the server's own sentence where it says more than the code. */
export function errorText(error: WireError): string {
  return (error.code === "conflict" ? saidBy(error) : null) ?? known(t.errors, error.code);
}

/** The same of a form: the server says which field it was, in English where there are no other words for it. */
export function formErrorText(error: WireError): string {
  if (!["bad_request", "too_large", "forbidden"].includes(error.code) || error.message === "") return errorText(error);
  return saidBy(error) ?? error.message;
}

/** What happened, as one line for the desk; `null` for what needs none. */
export function happening(event: ConversationEvent, now: Date): string | null {
  const words = t.happenings;
  switch (event.type) {
    case "handoff_requested":
      return fill(words.handoff_requested, { reference: event.reference, reason: known(t.reasons, event.reason) });
    case "agent_joined":
      return fill(words.agent_joined, { name: event.agent.name });
    case "agent_left":
      return fill(words.agent_left, {
        name: event.agent?.name ?? "",
        reason: known(t.leftReasons, event.reason),
      }).trim();
    case "handoff_promised": {
      const made = fill(words.handoff_promised, { time: moment(LOCALE, event.answer_by, now) });
      return event.owner === null ? made : `${made} · ${event.owner}`;
    }
    case "promise_offered":
      return fill(words.promise_offered, { time: moment(LOCALE, event.answer_by, now) });
    case "handoff_resolved":
      return fill(words.handoff_resolved, { outcome: label(t.outcomes, event.outcome) });
    case "contacted":
      return fill(words.contacted, {
        channel: label(t.channels, event.channel),
        outcome: label(t.contactOutcomes, event.outcome),
      });
    case "rated":
      return fill(words.rated, { score: event.score });
    case "customer_blocked":
      return fill(words.customer_blocked, { name: event.by.name });
    case "customer_unblocked":
      return fill(words.customer_unblocked, { name: event.by.name });
    case "block_explained":
      return fill(words.block_explained, { reason: event.reason });
    case "supervisor_told":
      return fill(words.supervisor_told, { why: known(t.whys, event.why) });
    case "alert_acknowledged":
      return fill(words.alert_acknowledged, { name: event.actor.name ?? "" }).trim();
    case "ladder_stepped":
      return Object.hasOwn(t.rungs, event.rung) ? label(t.rungs, event.rung) : null;
    case "bot_turn":
      return event.failed ? t.botFailed : fill(t.did, { what: event.did.join("; ") });
    case "promise_kept":
    case "promise_broken":
    case "handed_back":
    case "handoff_withdrawn":
    case "erased":
      return words[event.type];
    default:
      return null;
  }
}
