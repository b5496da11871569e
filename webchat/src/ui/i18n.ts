/** Sentences with places in them, plural forms, and moments in words. Catalogues are plain objects, one a language. */

/** Forms by CLDR plural category; `other` is always there. */
export type Plural = { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/**
 * `"{name} joined"` with its places filled. An unknown place stays as it is, so that it is seen. What ends with a full
 * stop of its own ("9:00 π.μ.") ends the sentence with it.
 */
export function fill(sentence: string, places: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}(\.?)/g, (whole, key: string, stop: string) => {
    const place = places[key];
    return place === undefined ? whole : `${place}${String(place).endsWith(".") ? "" : stop}`;
  });
}

export function plural(locale: string, forms: Plural, n: number): string {
  const category = new Intl.PluralRules(locale).select(n);
  return fill(forms[category] ?? forms.other, { n: new Intl.NumberFormat(locale).format(n) });
}

/** The first wanted language that is offered, by its exact tag or by its language alone. */
export function pickLanguage(wanted: readonly string[], offered: readonly string[], fallback: string): string {
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    const hit =
      offered.find((candidate) => candidate.toLowerCase() === lower) ??
      offered.find((candidate) => candidate.toLowerCase() === lower.split("-")[0]);
    if (hit !== undefined) return hit;
  }
  return fallback;
}

export const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(["ar", "fa", "he", "ur"]);

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Made once: making a format costs more than a hundred uses of it, and a transcript has a time in every row. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  dateFormats.set(key, format);
  return format;
}

export const isSameDay = (at: string, now: Date): boolean => new Date(at).toDateString() === now.toDateString();

/** "09:05" by the clock of 24 hours, "9:05 AM" by that of twelve. */
function clock(locale: string): Intl.DateTimeFormatOptions {
  const twelve = dateFormat(locale, { hour: "numeric" }).resolvedOptions().hour12 === true;
  return { hour: twelve ? "numeric" : "2-digit", minute: "2-digit" };
}

export function clockTime(locale: string, at: string): string {
  return dateFormat(locale, clock(locale)).format(new Date(at));
}

/** "today"/"yesterday" in the reader's words, else the date. */
export function dayName(locale: string, at: string, now: Date): string {
  const day = new Date(at);
  const midnight = (date: Date): number => new Date(date).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(day) - midnight(now)) / 86_400_000);
  if (Math.abs(days) <= 1) return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
  return dateFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(day.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  }).format(day);
}

/** A date without a time, as it is on the wire ("2026-12-25"): the same day wherever it is read. */
export const dayOf = (locale: string, date: string, style: Intl.DateTimeFormatOptions): string =>
  dateFormat(locale, { ...style, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

/** The reader's date, for the name of a file: "2026-12-25". */
export const dateHere = (now: Date): string =>
  [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** A moment as one would say it: the time alone when it is today, else day and time. */
export function moment(locale: string, at: string, now: Date): string {
  if (isSameDay(at, now)) return clockTime(locale, at);
  return dateFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: locale.startsWith("lt") ? "long" : "short", // whose short form is a mere number: "11-24"
    ...(new Date(at).getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
    ...clock(locale),
  }).format(new Date(at));
}

/** How long ago, short: "now", "4 min. ago". */
export function ago(locale: string, at: string, now: Date): string {
  const minutes = Math.round((Date.parse(at) - now.getTime()) / 60_000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  if (Math.abs(minutes) < 60) return words.format(Math.min(0, minutes), "minute");
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 24 ? words.format(hours, "hour") : words.format(Math.round(hours / 24), "day");
}

/** How far ahead, short: "in 25 min."; empty when it is more than two hours, for which the moment says enough. */
export function within(locale: string, at: string, now: Date): string {
  const minutes = Math.ceil((Date.parse(at) - now.getTime()) / 60_000);
  if (minutes < 1 || minutes > 120) return "";
  return new Intl.RelativeTimeFormat(locale, { style: "short" }).format(minutes, "minute");
}

const FIRST_MONDAY = Date.UTC(2024, 0, 1);

/** The name of a day of the week; 0 is Monday. */
export function weekdayName(locale: string, day: number, weekday: "long" | "short"): string {
  return dateFormat(locale, { weekday, timeZone: "UTC" }).format(FIRST_MONDAY + day * 86_400_000);
}

/** What a language is called, or its tag where that is not known. */
export function languageName(locale: string, tag: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Facts in one line. Where it has to break, it breaks after a dot and not before it. */
export const listed = (facts: readonly string[]): string => facts.filter((one) => one !== "").join("\u00a0· ");

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A length of time in its largest whole unit, short: "12 min", "2 hrs"; at least a second, for nobody says "0 sec". */
export function lasting(locale: string, ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? UNITS[3];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(Math.floor(seconds / size));
}
