/** What in a text leads somewhere: web addresses, e-mail addresses, international phone numbers. The text stays as it is. */

export interface Part {
  readonly text: string;
  /** Where it leads; `null` for plain text. Only http, https, mailto and tel. */
  readonly href: string | null;
}

/** Each kind begins where no word goes on, so that a long word without an end is looked at once. */
const FOUND = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}_])(?:https?:\/\/|www\.)[^\s<>"]+`,
    String.raw`(?<![\p{L}\p{N}_.+-])[\w.+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`,
    String.raw`(?<![\p{L}\p{N}+])\+\d(?:[ ()/.-]{0,2}\d){6,14}(?!\d)`,
  ].join("|"),
  "giu",
);

const BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** An address without what belongs to the sentence: closing marks, and brackets that were opened before it. */
function trimmed(address: string): string {
  const left = new Map<string, number>();
  for (const sign of address) left.set(sign, (left.get(sign) ?? 0) + 1);
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? "";
    const opening = BRACKETS[last];
    const count = left.get(last) ?? 0;
    if (opening !== undefined ? count <= (left.get(opening) ?? 0) : !/[.,;:!?'*_~…»”’“]/.test(last)) break;
    left.set(last, count - 1);
  }
  return address.slice(0, end);
}

/** Where a phone number leads. */
export const telephone = (number: string): string => `tel:${number.replace(/[^+\d]/g, "")}`;

function hrefOf(found: string): string | null {
  if (found.startsWith("+")) return telephone(found);
  if (!/^(?:https?:\/\/|www\.)/i.test(found)) return `mailto:${found}`;
  try {
    const url = new URL(/^www\./i.test(found) ? `https://${found}` : found);
    return url.hostname.includes(".") && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}

/** The text in parts, in order; joined they are the text again. */
export function linked(text: string): readonly Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(FOUND)) {
    const address = trimmed(match[0]);
    const href = hrefOf(address);
    if (href === null) continue;
    if (match.index > done) parts.push({ text: text.slice(done, match.index), href: null });
    parts.push({ text: address, href });
    done = match.index + address.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), href: null });
  return parts;
}

const EMOJI_MAX = 3; // more than these are a text of their own

/** True for a message of one to three emoji and nothing else, which is shown large. */
export function isOnlyEmoji(text: string): boolean {
  const packed = text.replace(/\s/g, "");
  if (packed === "" || packed.length > 40 || typeof Intl.Segmenter !== "function") return false;
  const signs = [...new Intl.Segmenter().segment(packed)];
  return signs.length <= EMOJI_MAX && signs.every(({ segment }) => /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{RI}{2})/u.test(segment));
}
