/** Puts the site's colours on. Loaded when a site has some of its own. */

import { themeOf, type Theme } from "../core/theme";
import { wear } from "../ui/wear";

const colors = ({ text, soft, edge }: Theme["light"]): string =>
  `--accent-text:${text};--accent-soft:${soft};--accent-edge:${edge}`;

export function dress(accent: string): void {
  const theme = themeOf(accent);
  if (theme === null) return;
  const { light, dark } = theme;
  wear(
    `:root{--accent:${theme.accent};--on-accent:${theme.onAccent};${colors(light)}}` +
      `@media(prefers-color-scheme:dark){:root{${colors(dark)}}}`,
  );
}
