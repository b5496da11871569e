/** What a trainer has written and not saved, a dialog at a time. It stays when the dialog is closed, and over a reload. */

import { fields as fieldsOf } from "../protocol/parse";

export type Fields = Readonly<Record<string, string>>;

export interface Draft {
  /** The messages that it is about, if any: their group may have another first one later. */
  readonly about: readonly string[];
  /** What differs from how the dialog begins. */
  readonly fields: Fields;
}

export type Drafts = ReadonlyMap<string, Draft>;

export type DraftAction =
  | { readonly type: "written"; readonly key: string; readonly about: readonly string[]; readonly start: Fields; readonly part: Fields }
  | { readonly type: "restored"; readonly key: string; readonly draft: Draft }
  | { readonly type: "done"; readonly key: string };

export const NO_DRAFTS: Drafts = new Map();
const KEPT_MAX = 40; // the oldest go first

export function reduceDrafts(drafts: Drafts, action: DraftAction): Drafts {
  const next = new Map(drafts);
  next.delete(action.key);
  if (action.type === "restored") next.set(action.key, action.draft);
  if (action.type === "written") {
    const fields: Record<string, string> = { ...drafts.get(action.key)?.fields };
    for (const [name, value] of Object.entries(action.part)) {
      if (value === (action.start[name] ?? "")) delete fields[name];
      else fields[name] = value;
    }
    if (Object.keys(fields).length > 0) next.set(action.key, { about: action.about, fields });
  }
  for (const key of [...next.keys()].slice(0, Math.max(0, next.size - KEPT_MAX))) next.delete(key);
  return next;
}

/** The key of a draft about any of these messages. */
export const draftAbout = (drafts: Drafts, messages: readonly string[]): string | null =>
  [...drafts].find(([, { about }]) => about.some((one) => messages.includes(one)))?.[0] ?? null;

/** As they were kept; whatever is none is left out. */
export function parseDrafts(kept: unknown): Drafts {
  if (!Array.isArray(kept)) return NO_DRAFTS;
  const isText = (one: unknown): one is string => typeof one === "string";
  return new Map(
    kept.flatMap((entry: unknown): [string, Draft][] => {
      try {
        const { key, about, fields } = fieldsOf(entry);
        const written = Object.entries(fieldsOf(fields)).filter((one): one is [string, string] => isText(one[1]));
        if (!isText(key) || !Array.isArray(about) || written.length === 0) return [];
        return [[key, { about: about.filter(isText), fields: Object.fromEntries(written) }]];
      } catch {
        return [];
      }
    }),
  );
}

export const keptDrafts = (drafts: Drafts): unknown => [...drafts].map(([key, { about, fields }]) => ({ key, about, fields }));

/** Takes `n` lines out, from the whole length, since people begin with what comes to mind first. What is left, and these. */
export function setAside(lines: readonly string[], n: number): readonly [left: readonly string[], aside: readonly string[]] {
  const count = Math.min(n, lines.length);
  const places = new Set(Array.from({ length: count }, (_, place) => Math.floor(((place + 0.5) * lines.length) / count)));
  return [lines.filter((_, place) => !places.has(place)), lines.filter((_, place) => places.has(place))];
}
