import { describe, expect, it } from "vitest";

import { REFUSALS } from "../src/console/strings/refusals";
import { inOtherWords } from "../src/core/refusals";

const german = REFUSALS["de"] ?? {};

describe("what the server refused, in the reader's language", () => {
  it("has its places filled as they were", () => {
    expect(inOtherWords("Tobias Okafor is not there or has no free seat. Nothing has changed.", german)).toBe(
      "Tobias Okafor ist nicht da oder hat keinen Platz frei. Es wurde nichts geändert.",
    );
    expect(inOtherWords("There is an account for a.b+c@shop.example already.", german)).toBe("Für a.b+c@shop.example gibt es schon ein Konto.");
    expect(inOtherWords("{foo} is not known; known are {customer}, {agent}.", german)).toBe(
      "{foo} ist nicht bekannt; möglich sind {customer}, {agent}.",
    );
  });

  it("takes the longer sentence where one begins like another", () => {
    expect(inOtherWords("This account is disabled. Enable it first.", german)).toBe("Dieses Konto ist gesperrt. Geben Sie es erst frei.");
    expect(inOtherWords("There is no team 'x'; the desk has a, b.", german)).toBe("Ein Team 'x' gibt es nicht; es gibt a, b.");
  });

  it("is nothing for a sentence that it does not have", () => {
    expect(inOtherWords("The moon is too low.", german)).toBeNull();
    expect(inOtherWords("", german)).toBeNull();
  });

  it("stays as it was said: what a name contains is no place and no pattern", () => {
    expect(inOtherWords("$& {email} (x) has this conversation already.", german)).toBe("Dieses Gespräch ist schon bei $& {email} (x).");
  });

  it("has the same places in every sentence", () => {
    const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, place]) => place ?? "");
    for (const [sentence, other] of Object.entries(german)) {
      expect(places(sentence), sentence).toEqual(expect.arrayContaining(places(other)));
    }
  });
});
