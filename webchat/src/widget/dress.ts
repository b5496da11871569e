/** Puts the site's colours on. Loaded when a site has some of its own. */

import { themeOf } from "../core/theme";
import { wear } from "../ui/wear";

export function dress(accent: string): void {
  const theme = themeOf(accent);
  if (theme === null) return;
  const { light, dark } = theme;
  wear(
    `:root{--accent:${theme.accent};--on-accent:${theme.onAccent};--accent-text:${light.text};--accent-soft:${light.soft}}` +
      `@media(prefers-color-scheme:dark){:root{--accent-text:${dark.text};--accent-soft:${dark.soft}}}`,
  );
}
