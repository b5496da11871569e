import { describe, expect, it } from "vitest";

import { isOnlyEmoji, linked } from "../src/core/links";

const hrefs = (text: string) => linked(text).flatMap(({ text: shown, href }) => (href === null ? [] : [[shown, href]]));

describe("links in a text", () => {
  it("are web addresses, without the marks of the sentence around them", () => {
    expect(hrefs("See https://shop.example/a?b=1&c=2#d, please.")).toEqual([
      ["https://shop.example/a?b=1&c=2#d", "https://shop.example/a?b=1&c=2#d"],
    ]);
    expect(hrefs("(www.shop.example)")).toEqual([["www.shop.example", "https://www.shop.example/"]]);
    expect(hrefs("https://en.example.org/wiki/Lamp_(disambiguation)!")).toEqual([
      ["https://en.example.org/wiki/Lamp_(disambiguation)", "https://en.example.org/wiki/Lamp_(disambiguation)"],
    ]);
    expect(hrefs("„https://bücher.example/straße“")[0]?.[0]).toBe("https://bücher.example/straße");
  });

  it("are e-mail addresses and international phone numbers", () => {
    expect(hrefs("Write to support@shop.example.")).toEqual([["support@shop.example", "mailto:support@shop.example"]]);
    expect(hrefs("Call +49 40 66969 120 (Mon-Fri)")).toEqual([["+49 40 66969 120", "tel:+494066969120"]]);
  });

  it("are nothing that could run, and nothing that hides where it leads", () => {
    for (const text of [
      "javascript:alert(1)",
      "data:text/html,<script>1</script>",
      "https://",
      "http://localhost/",
      "https://bank.example@evil.example/",
      "order 10023, 12.05.2026, 3.50, and +1",
      "a@b",
    ]) {
      expect(hrefs(text).filter(([, href]) => !href?.startsWith("mailto:"))).toEqual([]);
    }
    expect(hrefs('https://a.example/"><img src=x>')[0]).toEqual(["https://a.example/", "https://a.example/"]);
  });

  it("leave the text as it was", () => {
    const texts = ["", "plain", "https://a.example b www.c.example, d@e.example; +49 40 123456.", "🎉 https://a.example 🎉\n\nx"];
    for (const text of texts) expect(linked(text).map((part) => part.text).join("")).toBe(text);
  });

  it("are found in the longest text in no time, whatever it is made of", () => {
    const began = performance.now();
    for (const piece of ["a", "a.", "+1", "www.", "https://", "a@", "(", ")", "https://a.example/)", "...", "+1 ("]) {
      linked(piece.repeat(4_000 / piece.length));
      linked(`https://a.example/${piece.repeat(4_000 / piece.length)}`);
    }
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe("a message of emoji alone", () => {
  it("is known by its signs, joined ones and flags included", () => {
    for (const text of ["👍", "🎉🎉", " ❤️ ", "👩‍🚒", "🇪🇺🇩🇪", "👍🏽"]) expect(isOnlyEmoji(text), text).toBe(true);
    for (const text of ["", " ", "1", "#", "ok 👍", "👍👍👍👍", "❤", "©", "👍".repeat(40)]) {
      expect(isOnlyEmoji(text), text).toBe(false);
    }
  });
});
