/** Answers that are written once and used often, with places for what differs. */

import type { CannedAnswer } from "../protocol/model";
import { matches, wordsOf } from "./search";

/** What a place may be filled with; one that is not known is left out of the sentence. */
export interface Places {
  readonly customer: string | null;
  readonly agent: string | null;
  readonly role: string | null;
  readonly employer: string | null;
  readonly reference: string | null;
  readonly date: string | null;
}

/** The text with its places filled. One that is not known goes with the space before it: "Hello {customer}," is "Hello,". */
export function filled(text: string, places: Places): string {
  return text.replace(/( ?)\{(\w+)\}/g, (whole, space: string, name: string) => {
    if (!Object.hasOwn(places, name)) return whole;
    const value = places[name as keyof Places];
    return value === null || value === "" ? "" : space + value;
  });
}

/** Those for the teams of an agent; one who is of no team is of all. */
export function forTeams(answers: readonly CannedAnswer[], teams: readonly string[]): readonly CannedAnswer[] {
  return teams.length === 0 ? answers : answers.filter(({ team }) => team === null || teams.includes(team));
}

/** Those for this customer's language or for any, and with all the words; in the customer's language first. */
export function fitting(answers: readonly CannedAnswer[], locale: string | null, query: string): readonly CannedAnswer[] {
  const words = wordsOf(query);
  const language = locale?.toLowerCase().split("-")[0] ?? null;
  const fits = (answer: CannedAnswer): boolean => matches(`${answer.title} ${answer.text}`, words);
  const rank = (answer: CannedAnswer): number => (answer.language === language ? 0 : answer.language === null ? 1 : 2);
  return answers.filter(fits).toSorted((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}

/** A text put in place of what is selected, with the caret behind it. */
export function inserted(draft: string, from: number, to: number, text: string): { readonly text: string; readonly caret: number } {
  return { text: draft.slice(0, from) + text + draft.slice(to), caret: from + text.length };
}
