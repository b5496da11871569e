/** What the server says in English, in the reader's language. The English sentence, with its places, is the key. */

export type Refusals = Readonly<Record<string, string>>;

const asPattern = (sentence: string): RegExp =>
  new RegExp(`^${sentence.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&").replace(/\\\{(\w+)\\\}/g, "(?<$1>.+)")}$`, "su");

/** The same in the language of these sentences, with the places filled as they were; `null`: it is none of them. */
export function inOtherWords(said: string, refusals: Refusals): string | null {
  for (const [sentence, other] of Object.entries(refusals)) {
    const found = asPattern(sentence).exec(said);
    if (found !== null) return other.replace(/\{(\w+)\}/g, (_, place: string) => found.groups?.[place] ?? "");
  }
  return null;
}
