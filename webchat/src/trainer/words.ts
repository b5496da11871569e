/** The trainer's page in words, in the language that the console's catalogue was chosen in. */

import { inOtherWords } from "../core/refusals";
import { dayOf, fill, languageName, pickLanguage } from "../ui/i18n";
import { createKeep } from "../client/keep";
import { LOCALE } from "../console/words";
import type { Model } from "./api";
import { deedText, type Did } from "./deeds";
import en, { type Strings } from "./strings/en";

const kept = createKeep(() => localStorage, "byname.console").read("language");
const language = pickLanguage([...(typeof kept === "string" ? [kept] : []), ...navigator.languages], ["en", "de"], "en");

export const t: Strings = language === "de" ? (await import("./strings/de")).default : en;

const refusals = language === "de" ? (await import("./strings/refusals")).REFUSALS["de"] : undefined;

/** What the server said, in the language of this page, as far as it is known in it. */
export const said = (sentence: string): string => (refusals === undefined ? sentence : (inOtherWords(sentence, refusals) ?? sentence));

export const when = (at: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));

export const day = (date: string): string => dayOf(LOCALE, date, { day: "numeric", month: "short" });

/** A model by the run that made it, of which only the last ones are kept. `null`: it was there from the start. */
export function modelText(model: Model | null): string {
  if (model?.run) return fill(t.bar.ofRun, { at: when(model.run.at), by: model.run.by });
  return model?.name.startsWith("run_") === true ? t.bar.ofOldRun : t.bar.first;
}

/** A topic is a file's name, without its folder. */
export const topicOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/\.\w+$/, "");

/** Which kind of file, and its topic: nobody who teaches has to know folders. */
export function fileName(path: string): string {
  const folder = Object.keys(t.files).find((start) => path.startsWith(start));
  return folder === undefined ? path : fill(t.files[folder] ?? "", { topic: topicOf(path) });
}

const DEED_WORDS = {
  deeds: t.deeds,
  kinds: t.teach.kinds,
  languageName: (tag: string) => languageName(LOCALE, tag),
  fileName,
};

export const deed = (did: Did | null, title = ""): string => deedText(did, title, DEED_WORDS, LOCALE);
