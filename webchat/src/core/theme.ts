/** Colours of a site that everybody can read: contrast as WCAG counts it, and what is made of one accent colour. */

export type Rgb = readonly [red: number, green: number, blue: number];

export const DARK_INK = "#10161d";
const TEXT_CONTRAST = 4.5; // WCAG 2.2, 1.4.3: text of ordinary size
const EDGE_CONTRAST = 1.4; // a bubble's form is seen; its text has the contrast that reading needs
const STEP = 0.04; // of the way to black or white: fine enough that a colour stays as near to the site's as it can

/** `null` for anything but `#rrggbb`. */
export function parseColor(color: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) return null;
  const [red = 0, green = 0, blue = 0] = match.slice(1).map((pair) => Number.parseInt(pair, 16));
  return [red, green, blue];
}

const hex = (color: Rgb): string => `#${color.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((whole) => {
    const part = whole / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const mixed = (color: Rgb, to: Rgb, share: number): Rgb => {
  const [red, green, blue] = color;
  return [red + (to[0] - red) * share, green + (to[1] - green) * share, blue + (to[2] - blue) * share];
};

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** White or dark ink, whichever stands out more on this ground. */
export function inkOn(color: Rgb): string {
  const dark = parseColor(DARK_INK) ?? BLACK;
  return contrast(color, WHITE) >= contrast(color, dark) ? "#ffffff" : DARK_INK;
}

/** The colour itself, or as little of it darker (lighter, on a dark ground) as text in it needs to be read there. */
function readable(color: Rgb, ground: Rgb): Rgb {
  const end = luminance(ground) > 0.4 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += STEP) {
    const candidate = mixed(color, end, share);
    if (contrast(candidate, ground) >= TEXT_CONTRAST) return candidate;
  }
  return end;
}

export interface Theme {
  readonly accent: string;
  readonly onAccent: string;
  readonly light: Scheme;
  readonly dark: Scheme;
}

interface Scheme {
  /** Text in the accent colour, and behind it the tinted ground. */
  readonly text: string;
  readonly soft: string;
  /** Around what is filled with the accent colour: that colour itself, unless it is all but that of the page. */
  readonly edge: string;
}

// As in tokens.css: the ground of the page, and that of bubbles, which in both schemes is nearer to the text.
const LIGHT_SURFACE: Rgb = [255, 255, 255];
const LIGHT_SUNKEN: Rgb = [238, 241, 244];
const DARK_SURFACE: Rgb = [22, 29, 37];
const DARK_SUNKEN: Rgb = [33, 43, 53];
const SOFT_LIGHT = 0.09;
const SOFT_DARK = 0.2;

/** The accent, or as much of its ink mixed in as it takes to be told from the page. */
function edgeOf(accent: Rgb, ink: Rgb, surface: Rgb): Rgb {
  for (let share = 0; share < 1; share += STEP) {
    const candidate = mixed(accent, ink, share);
    if (contrast(candidate, surface) >= EDGE_CONTRAST) return candidate;
  }
  return ink;
}

function scheme(accent: Rgb, ink: Rgb, surface: Rgb, sunken: Rgb, share: number): Scheme {
  const soft = mixed(surface, accent, share);
  // What can be read on the tinted ground and in bubbles can be read on the plain one: it is the easiest of the three.
  const text = readable(readable(readable(accent, surface), soft), sunken);
  return { text: hex(text), soft: hex(soft), edge: hex(edgeOf(accent, ink, surface)) };
}

/** `null` for what is no colour. */
export function themeOf(accent: string): Theme | null {
  const wanted = parseColor(accent);
  if (wanted === null) return null;
  const ink = inkOn(wanted);
  const inkColor = parseColor(ink) ?? BLACK;
  const color = readable(wanted, inkColor); // as a ground for its ink: the same question, turned round
  return {
    accent: hex(color),
    onAccent: ink,
    light: scheme(color, inkColor, LIGHT_SURFACE, LIGHT_SUNKEN, SOFT_LIGHT),
    dark: scheme(color, inkColor, DARK_SURFACE, DARK_SUNKEN, SOFT_DARK),
  };
}
