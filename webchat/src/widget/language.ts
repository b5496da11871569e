/** Which language the widget speaks: as the customer chose it, else as the page says, else as the browser does. */

import type { Keep } from "../client/keep";
import { createStore, type Store } from "../core/store";
import { RIGHT_TO_LEFT } from "../ui/i18n";
import { chooseLanguage, loadStrings, type Words } from "./words";

const TRY_AGAIN_MS = 2_000; // a catalogue that did not arrive is asked for again

/** Where browsers lack a language's dates and numbers, those of the country's other language stand in for them. */
const DATES_OF: Readonly<Record<string, string>> = { ga: "en-IE", mt: "en-MT" };

export interface LanguageChoice {
  readonly words: Store<Words, Words>;
  /** The page changed its language. */
  pageSays(tag: string): void;
  customerChose(tag: string): void;
}

/** Tags by who may say so, the first that there is a catalogue for counts. */
function wantedTags(keep: Keep, page: string, browser: readonly string[]): readonly string[] {
  const chosen = keep.read("locale");
  return [typeof chosen === "string" ? chosen : "", page, ...browser].filter((tag) => tag !== "");
}

async function wordsFor(wanted: readonly string[]): Promise<Words> {
  const language = chooseLanguage(wanted);
  // Dates and times follow the region that somebody named for this language ("de-AT").
  const tag = wanted.find((one) => one.toLowerCase().startsWith(`${language}-`)) ?? language;
  const locale = Intl.DateTimeFormat.supportedLocalesOf([tag, language])[0] ?? DATES_OF[language] ?? "en";
  return { language, tag, locale, t: await loadStrings(language) };
}

async function untilLoaded(wanted: readonly string[]): Promise<Words> {
  for (;;) {
    try {
      return await wordsFor(wanted);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }
}

function show({ language, t }: Words): void {
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  document.title = t.chat;
}

export async function startLanguage(keep: Keep, page: string, browser: readonly string[]): Promise<LanguageChoice> {
  let pageTag = page;
  let latest = 0;
  const words = createStore<Words, Words>((_before, now) => now, await untilLoaded(wantedTags(keep, page, browser)));
  show(words.get());

  async function follow(): Promise<void> {
    latest += 1;
    const asked = latest;
    const next = await untilLoaded(wantedTags(keep, pageTag, browser));
    if (asked !== latest || next.tag === words.get().tag) return; // another wish came meanwhile, or nothing changes
    show(next);
    words.dispatch(next);
  }

  return {
    words,
    pageSays(tag) {
      pageTag = tag;
      void follow();
    },
    customerChose(tag) {
      keep.write("locale", tag);
      void follow();
    },
  };
}
