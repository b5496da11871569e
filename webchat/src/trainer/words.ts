/** The trainer's page in words, in the language that the console's catalogue was chosen in. */

import { dayOf, pickLanguage } from "../ui/i18n";
import { createKeep } from "../client/keep";
import { LOCALE } from "../console/words";
import en, { type Strings } from "./strings/en";

const kept = createKeep(() => localStorage, "byname.console").read("language");
const language = pickLanguage([...(typeof kept === "string" ? [kept] : []), ...navigator.languages], ["en", "de"], "en");

export const t: Strings = language === "de" ? (await import("./strings/de")).default : en;

export const when = (at: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));

export const day = (date: string): string => dayOf(LOCALE, date, { day: "numeric", month: "short" });
