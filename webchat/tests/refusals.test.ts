import { describe, expect, it } from "vitest";

import { REFUSALS } from "../src/console/strings/refusals";
import { inOtherWords } from "../src/core/refusals";
import { REFUSALS as TRAINERS } from "../src/trainer/strings/refusals";

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

describe("what the workshop refuses, or finds wrong", () => {
  const trainers = TRAINERS["de"] ?? {};

  it("is said by the closest sentence, with its places", () => {
    expect(inOtherWords("“wrap it” is there already: a sentence of review.", trainers)).toBe("„wrap it“ ist schon da: ein Satz von review.");
    expect(inOtherWords("“wrap it” is there already.", trainers)).toBe("„wrap it“ ist schon da.");
    expect(inOtherWords("Nothing fills in {price} here.", trainers)).toBe("{price} wird hier nicht ausgefüllt.");
    expect(inOtherWords("Only a rule can be put here: it begins with “- rule: its name”.", trainers)).toContain("„rule“");
    expect(inOtherWords("gift has too few sentences for measuring in de (0; 5 or more would do).", trainers)).toBe(
      "gift hat zu wenige Sätze zum Messen in de (0; 5 oder mehr sollten es sein).",
    );
  });

  it("has the same places in every sentence", () => {
    const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, place]) => place ?? "");
    for (const [sentence, other] of Object.entries(trainers)) {
      expect(places(sentence), sentence).toEqual(expect.arrayContaining(places(other)));
    }
  });
});
