/** What was done, in one line: what a toast and the history say. */

import { fill, plural, type Plural } from "../ui/i18n";

/** What an edit did, by names and counts. */
export interface Did {
  readonly type: string;
  readonly intent?: string;
  readonly to?: string;
  readonly language?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly path?: string;
  readonly count?: number;
  /** What was undone; null where only the title of before is known. */
  readonly of?: Did | null;
  readonly title?: string;
}

export interface DeedWords {
  readonly deeds: Readonly<Record<string, string | Plural>>;
  readonly kinds: Readonly<Record<string, string>>;
  readonly languageName: (tag: string) => string;
  readonly fileName: (path: string) => string;
}

/** `title` is how the line was kept in a journal of before. */
export function deedText(did: Did | null, title: string, words: DeedWords, locale: string): string {
  if (did === null) return title;
  const said = words.deeds[did.type];
  if (said === undefined) return did.type;
  const places = {
    intent: did.intent ?? "",
    to: did.to ?? "",
    language: did.language === undefined ? "" : words.languageName(did.language),
    kind: words.kinds[did.kind ?? ""] ?? "",
    name: did.name ?? "",
    file: did.path === undefined ? "" : words.fileName(did.path),
    what: did.type === "undo" ? deedText(did.of ?? null, did.title ?? "", words, locale) : "",
  };
  return fill(typeof said === "string" ? said : plural(locale, said, did.count ?? 0), places);
}
