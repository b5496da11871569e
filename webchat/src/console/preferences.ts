/** How somebody likes their console: kept in the browser, and the same in all its tabs that are opened after. */

import { createKeep } from "../client/keep";
import { fields } from "../protocol/parse";
import { createStore } from "../core/store";

export type Theme = "system" | "light" | "dark";

export interface Preferences {
  readonly theme: Theme;
  readonly sound: boolean;
  /** Notices of the desktop, while the console is not in front. */
  readonly notices: boolean;
  /** Single letters as commands; who works with speech input turns them off (WCAG 2.1.4). */
  readonly keys: boolean;
  /** Away by itself when the screen is locked. */
  readonly watchScreen: boolean;
}

const FIRST: Preferences = { theme: "system", sound: true, notices: false, keys: true, watchScreen: false };

const keep = createKeep(() => localStorage, "byname.console");

function kept(): Preferences {
  const stored = keep.read("preferences");
  if (typeof stored !== "object" || stored === null) return FIRST;
  const of = fields(stored);
  const flag = (name: "sound" | "notices" | "keys" | "watchScreen"): boolean =>
    typeof of[name] === "boolean" ? of[name] : FIRST[name];
  const theme = of["theme"] === "light" || of["theme"] === "dark" ? of["theme"] : "system";
  return {
    theme,
    sound: flag("sound"),
    notices: flag("notices"),
    keys: flag("keys"),
    watchScreen: flag("watchScreen"),
  };
}

export const preferences = createStore(
  (state: Preferences, change: Partial<Preferences>): Preferences => ({ ...state, ...change }),
  kept(),
);

preferences.subscribe(() => keep.write("preferences", preferences.get()));

/** Light or dark as chosen, by letting the style sheets' rules for dark browsers apply always, never, or as the browser says. */
export function showTheme(theme: Theme): void {
  const wanted = { system: "(prefers-color-scheme: dark)", light: "not all", dark: "all" }[theme];
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSMediaRule)) continue;
      if (rule.media.mediaText.includes("prefers-color-scheme: dark")) darkRules.add(rule);
      if (darkRules.has(rule)) rule.media.mediaText = wanted;
    }
  }
  document.documentElement.style.colorScheme = theme === "system" ? "" : theme;
}

const darkRules = new Set<CSSMediaRule>();
