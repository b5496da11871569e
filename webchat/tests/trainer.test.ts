/** The trainer's page, its pure parts: drafts, what a run is offered for, and what was done, in words. */

import { describe, expect, it } from "vitest";

import { draftAbout, type DraftAction, type Drafts, keptDrafts, NO_DRAFTS, parseDrafts, reduceDrafts, setAside } from "../src/core/lessons";
import { offerOf, type Serving } from "../src/core/serving";
import { type Did, deedText } from "../src/trainer/deeds";
import de from "../src/trainer/strings/de";
import en from "../src/trainer/strings/en";

const START = { "text.en": "wrap it", language: "en" };
const writes = (part: Record<string, string>, key = "teach m1", about = ["m1", "m2"]): DraftAction => ({ type: "written", key, about, start: START, part });
const after = (...actions: DraftAction[]): Drafts => actions.reduce(reduceDrafts, NO_DRAFTS);

describe("a half-written lesson", () => {
  it("stays, with all that differs from how the dialog began", () => {
    const drafts = after(writes({ intent: "+" }), writes({ name: "gift" }), writes({ name: "gift_wrapping" }));
    expect(drafts.get("teach m1")?.fields).toEqual({ intent: "+", name: "gift_wrapping" });
  });

  it("is none when nothing differs any more, and what was emptied differs", () => {
    expect(after(writes({ name: "gift" }), writes({ name: "" })).size).toBe(0);
    expect(after(writes({ "text.en": "wrap" }), writes({ "text.en": "wrap it" })).size).toBe(0);
    expect(after(writes({ "text.en": "" })).get("teach m1")?.fields).toEqual({ "text.en": "" });
  });

  it("is found by any of its messages, also when another one is the first of the group", () => {
    const drafts = after(writes({ intent: "+" }), writes({ intent: "review" }, "teach m9", ["m9"]));
    expect(draftAbout(drafts, ["m7", "m2"])).toBe("teach m1");
    expect(draftAbout(drafts, ["m9"])).toBe("teach m9");
    expect(draftAbout(drafts, ["m3"])).toBeNull();
  });

  it("goes when it is saved or thrown away, and can be taken back", () => {
    const drafts = after(writes({ intent: "+" }));
    const gone = reduceDrafts(drafts, { type: "done", key: "teach m1" });
    expect(gone.size).toBe(0);
    const draft = drafts.get("teach m1");
    if (draft === undefined) throw new Error("no draft");
    expect(reduceDrafts(gone, { type: "restored", key: "teach m1", draft })).toEqual(drafts);
  });

  it("comes through a reload, and whatever else was kept there does not", () => {
    const drafts = after(writes({ intent: "+" }), writes({ text: "a" }, "sentences of review", []));
    expect(parseDrafts(JSON.parse(JSON.stringify(keptDrafts(drafts))))).toEqual(drafts);
    const bad: unknown[] = [null, 7, {}, { key: "a", about: [], fields: {} }, { key: "a", about: "m", fields: { a: "b" } }, { key: 1, about: [], fields: { a: "b" } }];
    expect(parseDrafts(bad).size).toBe(0);
    expect(parseDrafts({ a: 1 }).size).toBe(0);
  });

  it("is not kept without end: the oldest go", () => {
    const drafts = after(...Array.from({ length: 45 }, (_, n) => writes({ intent: "+" }, `teach ${n}`, [`${n}`])));
    expect(drafts.size).toBe(40);
    expect(drafts.has("teach 4")).toBe(false);
    expect(drafts.has("teach 44")).toBe(true);
  });
});

describe("sentences for measuring", () => {
  it("are taken from the whole length, and none is lost or there twice", () => {
    const lines = Array.from({ length: 13 }, (_, n) => `s${n}`);
    const [left, aside] = setAside(lines, 5);
    expect(aside).toEqual(["s1", "s3", "s6", "s9", "s11"]);
    expect([...left, ...aside].sort()).toEqual([...lines].sort());
    expect(setAside(["a"], 5)).toEqual([[], ["a"]]);
    expect(setAside([], 5)).toEqual([[], []]);
  });
});

describe("what a run can be put in service for", () => {
  const serving = (run: string | null, step: string | null = null): Serving => ({
    in_service: { run: run === null ? null : { id: run } },
    swap: step === null ? null : { step },
  });
  const passed = { id: "run_1", status: "passed" };

  it("is nothing more where it serves already, and again after a going back", () => {
    expect(offerOf(passed, serving("run_1"))).toBe("serves");
    expect(offerOf(passed, serving(null))).toBe("promote");
    expect(offerOf(passed, serving("run_0"))).toBe("promote");
  });

  it("waits while models are changed, whoever changes them", () => {
    expect(offerOf(passed, serving("run_0", "load"))).toBe("wait");
    expect(offerOf(passed, null)).toBe("wait");
  });

  it("is nothing where the gate said no or the run has not ended", () => {
    for (const status of ["refused", "running", "failed", "cancelled", "interrupted"]) expect(offerOf({ id: "run_1", status }, serving("run_0"))).toBe("none");
  });
});

describe("what was done", () => {
  const said = (did: Did | null, title = "", t: typeof en = en, locale = "en"): string =>
    deedText(did, title, { deeds: t.deeds, kinds: t.teach.kinds, languageName: (tag) => tag, fileName: (path) => path }, locale);

  it("is said as done, in the reader's language", () => {
    expect(said({ type: "add_intent", intent: "gift_wrapping" })).toBe("Intent gift_wrapping added");
    expect(said({ type: "add_sentences", intent: "review", language: "en", count: 1 })).toBe("1 sentence added to review, en");
    expect(said({ type: "add_requests", kind: "asks", language: "cs", count: 1_200 })).toBe("1,200 sentences added, cs: Asks for a person");
    expect(said({ type: "add_intent", intent: "gift_wrapping" }, "", de, "de")).toBe("Absicht gift_wrapping hinzugefügt");
  });

  it("names what was undone, also where an older journal has only its title", () => {
    const undone: Did = { type: "undo", of: { type: "undo", of: { type: "set_answer", name: "utter_a", language: "de" } } };
    expect(said(undone)).toBe("Undone: Undone: Answer utter_a changed, de");
    expect(said({ type: "undo", of: null, title: "Add the intent gift" })).toBe("Undone: Add the intent gift");
    expect(said(null, "Add the intent gift")).toBe("Add the intent gift");
  });

  it.each([en, de])("has a line for each kind, none of which reads as an order", (t) => {
    for (const [type, forms] of Object.entries(t.deeds)) {
      const line = said({ type, intent: "i", to: "j", language: "en", kind: "asks", name: "n", path: "p", count: 2, of: { type: "add_intent", intent: "i" } }, "", t);
      expect(line, type).not.toMatch(/[{}]/);
      expect(typeof forms === "string" ? forms : forms.other).not.toMatch(/^(Add|Remove|Change|Move|Rename|Merge|Split|Undo)\b/);
    }
  });
});
