import { describe, expect, it } from "vitest";

import { contrast, inkOn, parseColor, themeOf, type Rgb } from "../src/core/theme";

const color = (text: string): Rgb => {
  const found = parseColor(text);
  if (found === null) throw new Error(text);
  return found;
};

/** 216 colours all over the cube, and some that shops have. */
const COLORS = [0, 51, 102, 153, 204, 255].flatMap((red, _, steps) =>
  steps.flatMap((green) => steps.map((blue) => `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`)),
);

describe("a site's accent colour", () => {
  it("counts contrast as WCAG does", () => {
    expect(contrast(color("#000000"), color("#ffffff"))).toBeCloseTo(21, 5);
    expect(contrast(color("#777777"), color("#ffffff"))).toBeCloseTo(4.48, 2);
  });

  it("gets the ink with more contrast", () => {
    const inks = ["#1f5f8b", "#ffd400", "#ffffff", "#000000"].map((text) => inkOn(color(text)));
    expect(inks).toEqual(["#ffffff", "#10161d", "#10161d", "#ffffff"]);
  });

  it.each(COLORS)("%s is read on every ground that it makes, by day and by night", (accent) => {
    const theme = themeOf(accent);
    if (theme === null) throw new Error(accent);
    expect(contrast(color(theme.accent), color(theme.onAccent))).toBeGreaterThanOrEqual(4.45);
    for (const [scheme, surface] of [
      [theme.light, "#ffffff"],
      [theme.light, "#eef1f4"],
      [theme.dark, "#161d25"],
      [theme.dark, "#212b35"],
    ] as const) {
      expect(contrast(color(scheme.text), color(surface))).toBeGreaterThanOrEqual(4.45);
      expect(contrast(color(scheme.text), color(scheme.soft))).toBeGreaterThanOrEqual(4.45);
    }
  });

  it.each(COLORS)("%s is told from the page, by day and by night", (accent) => {
    const theme = themeOf(accent);
    if (theme === null) throw new Error(accent);
    expect(contrast(color(theme.light.edge), color("#ffffff"))).toBeGreaterThanOrEqual(1.39);
    expect(contrast(color(theme.dark.edge), color("#161d25"))).toBeGreaterThanOrEqual(1.39);
  });

  it("has no edge of another colour where it is told from the page already", () => {
    expect(themeOf("#1f5f8b")).toMatchObject({ light: { edge: "#1f5f8b" }, dark: { edge: "#1f5f8b" } });
    expect(themeOf("#1a1a1a")).toMatchObject({ light: { edge: "#1a1a1a" } });
    expect(themeOf("#1a1a1a")?.dark.edge).not.toBe("#1a1a1a");
  });

  it("stays what it is where it can be read already", () => {
    expect(themeOf("#1f5f8b")?.light.text).toBe("#1f5f8b");
    expect(themeOf("#1F5F8B")?.accent).toBe("#1f5f8b");
  });

  it("is nothing else than a colour", () => {
    expect(["red", "#fff", "#12345g", "url(x)", "#123456;}"].map(themeOf)).toEqual([null, null, null, null, null]);
  });
});
