/** The console's pure parts: finding, filling, calling, being away, and long lists. */

import { describe, expect, it } from "vitest";

import { afterSign, type Absence } from "../src/core/absence";
import { callsBetween, waitingFor } from "../src/core/attention";
import { filled, fitting, forTeams, inserted, type Places } from "../src/core/canned";
import { findConversation, INITIAL_DESK, openQuestion, reduceDesk, unreadCount, type DeskAction, type DeskState } from "../src/core/desk";
import { offsets, rowAt, sliceAt } from "../src/core/long-list";
import { pastRequests } from "../src/core/past";
import { excerpt, findIn, matches, wordsOf } from "../src/core/search";
import { parseCannedAnswers, parsePast, parseSuggested, ParseError } from "../src/protocol/parse";
import { at, event, handoff, MARIA, offer, requested, said } from "./factories";

const joined = event(4, "agent_joined", { agent: MARIA }, { actor: "agent" });
const accepted: DeskAction = {
  type: "accepted",
  offer: offer(),
  conversation_id: "co_1",
  handoff: handoff({ state: "active", agent: MARIA, place: null, as_of_seq: 4 }),
  page: { events: [...offer().transcript.events, requested(3), joined], last_seq: 4, more: false },
};
const pushed = (one: ReturnType<typeof said>): DeskAction => ({ type: "event", conversation_id: "co_1", event: one });
const after = (...actions: DeskAction[]): DeskState => actions.reduce(reduceDesk, INITIAL_DESK);
const held = after(accepted);
const in1 = (state: DeskState) => {
  const found = findConversation(state, "co_1");
  if (found === null) throw new Error("no such conversation");
  return found;
};

describe("search", () => {
  it("finds without case, accents and order, every word of the query", () => {
    expect(matches("Grüße von Frau Müller aus der Straße 5", wordsOf("STRASSE muller"))).toBe(true);
    expect(matches("Grüße von Frau Müller", wordsOf("muller weg"))).toBe(false);
  });

  it("finds the newest of what was said, and names and references before that", () => {
    const state = after(accepted, pushed(said(5, "customer", "The router blinks")), pushed(said(6, "customer", "The router is hot")));
    const find = (query: string) => findIn(state.conversations, query, () => "Anna Berg");
    expect(find("router").map(({ seq }) => seq)).toEqual([6]);
    expect(find("berg").map(({ seq }) => seq)).toEqual([null]);
    expect(find("4r7q").map(({ seq }) => seq)).toEqual([null]);
    expect(find("printer")).toEqual([]);
    expect(find("   ")).toEqual([]);
  });

  it("shows a long text around the word that was found", () => {
    const shown = excerpt(`${"before ".repeat(40)}needle${" after".repeat(40)}`, "Needle");
    expect(shown).toContain("needle");
    expect(shown.length).toBeLessThan(100);
    expect(shown.startsWith("…") && shown.endsWith("…")).toBe(true);
    expect(excerpt("short needle", "needle")).toBe("short needle");
  });
});

describe("canned answers", () => {
  const places: Places = { customer: null, agent: "Maria", role: null, employer: "", reference: "K-1", date: null };

  it("fills what is known and leaves out what is not, with the space before it", () => {
    expect(filled("Hello {customer}, this is {agent} about {reference}.", places)).toBe("Hello, this is Maria about K-1.");
    expect(filled("{unknown} {employer}!", places)).toBe("{unknown}!");
    expect(filled("{constructor} {toString}", places)).toBe("{constructor} {toString}");
  });

  it("puts the customer's language first, then what is for any", () => {
    const answers = parseCannedAnswers([
      { id: "1", title: "Bonjour", text: "", language: "fr" },
      { id: "2", title: "Any", text: "", language: null },
      { id: "3", title: "Hallo", text: "", language: "de" },
    ]);
    expect(fitting(answers, "de-AT", "").map(({ id }) => id)).toEqual(["3", "2", "1"]);
    expect(fitting(answers, null, "bonj").map(({ id }) => id)).toEqual(["1"]);
  });

  it("are those of the agent's teams, and of any", () => {
    const answers = parseCannedAnswers([
      { id: "1", title: "A", text: "", language: null, team: "billing" },
      { id: "2", title: "B", text: "", language: null, team: null },
    ]);
    expect(forTeams(answers, ["service"]).map(({ id }) => id)).toEqual(["2"]);
    expect(forTeams(answers, ["billing"]).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(forTeams(answers, [])).toEqual(answers);
  });

  it("goes in place of what is selected, with the caret behind it", () => {
    expect(inserted("Dear XX, hello", 5, 7, "Anna")).toEqual({ text: "Dear Anna, hello", caret: 9 });
  });
});

describe("presence by itself", () => {
  const steps = (presence: "online" | "away" | "offline", ...signs: Parameters<typeof afterSign>[2][]) => {
    let absence: Absence = null;
    let now: typeof presence = presence;
    for (const sign of signs) {
      const step = afterSign(absence, now, sign);
      absence = step.absence;
      now = step.set ?? now;
    }
    return [absence, now];
  };

  it("is away when the screen is locked and back with the first act", () => {
    expect(steps("online", "locked")).toEqual(["locked", "away"]);
    expect(steps("online", "idle", "locked")).toEqual(["locked", "away"]);
    expect(steps("online", "idle", "locked", "back")).toEqual([null, "online"]);
  });

  it("never brings back who chose to be away or offline", () => {
    expect(steps("away", "locked", "back")).toEqual([null, "away"]);
    expect(steps("offline", "idle", "back")).toEqual([null, "offline"]);
    expect(afterSign("locked", "offline", "back")).toEqual({ absence: null, set: null });
    expect(afterSign("locked", "away", "chose")).toEqual({ absence: null, set: null });
  });
});

describe("calls", () => {
  it("an offer calls once", () => {
    const before = after();
    const offered = reduceDesk(before, { type: "offer", offer: offer() });
    expect(callsBetween(before, offered).map(({ kind }) => kind)).toEqual(["offer"]);
    expect(callsBetween(offered, reduceDesk(offered, { type: "offer", offer: offer() }))).toEqual([]);
  });

  it("the customer's words call, one's own and those of a first reading do not", () => {
    const heard = reduceDesk(held, pushed(said(5, "customer", "Hello?")));
    expect(callsBetween(held, heard).map(({ kind, id }) => [kind, id])).toEqual([["message", "co_1"]]);
    expect(callsBetween(heard, reduceDesk(heard, pushed(said(6, "agent", "Yes"))))).toEqual([]);
    expect(callsBetween(after(), held)).toEqual([]);
  });

  it("a reminder calls until it is seen to", () => {
    const reminded = reduceDesk(held, pushed(event(5, "ladder_stepped", { rung: "answer_reminded" })));
    expect(callsBetween(held, reminded).map(({ kind }) => kind)).toEqual(["reminder"]);
  });

  it("the title counts offers, alerts and unread words", () => {
    const heard = reduceDesk(held, pushed(said(5, "customer", "Hello?")));
    expect(waitingFor(heard)).toBe(1);
    expect(waitingFor(reduceDesk(heard, { type: "read", conversation_id: "co_1", seq: 5 }))).toBe(0);
    expect(waitingFor(held)).toBe(0); // what was said before the agent joined is on the screen with the offer
  });
});

describe("a conversation", () => {
  it("has nothing unread from before its agent's own words, also after a reload", () => {
    const state = after(accepted, pushed(said(5, "customer", "A")), pushed(said(6, "agent", "B")), pushed(said(7, "customer", "C")));
    expect(unreadCount(in1(state))).toBe(1);
  });

  it("has an open question until somebody of the desk answers", () => {
    expect(openQuestion(in1(held))?.seq).toBe(2);
    expect(openQuestion(in1(reduceDesk(held, pushed(said(5, "agent", "Tomorrow")))))).toBeNull();
  });

  it("keeps what was suggested and is held again when it is taken back", () => {
    const suggested = reduceDesk(held, { type: "suggested", conversation_id: "co_1", suggested: { of_seq: 2, texts: ["Soon"] } });
    expect(in1(suggested).suggested?.texts).toEqual(["Soon"]);
    const gone = after(
      accepted,
      { type: "assignment_ended", conversation_id: "co_1", reason: "transfer" },
      { type: "handoff", conversation_id: "co_1", handoff: handoff({ state: "active", agent: MARIA, as_of_seq: 9 }) },
    );
    expect([in1(gone).hold, in1(gone).ended_reason]).toEqual(["held", null]);
  });

  it("tells earlier requests, the latest first, and not the present one", () => {
    const log = [
      requested(1),
      event(2, "agent_joined", { agent: MARIA }, { actor: "agent" }),
      event(3, "handoff_resolved", { outcome: "done" }, { actor: "agent" }),
      requested(4),
      event(5, "handoff_withdrawn", {}, { actor: "customer" }),
      requested(6),
    ];
    expect(pastRequests(log).map(({ outcome, agent, ended_at }) => [outcome, agent?.name ?? null, ended_at])).toEqual([
      [null, null, at(5)],
      ["done", MARIA.name, at(3)],
    ]);
    expect(pastRequests([])).toEqual([]);
  });
});

describe("a long list", () => {
  const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
  const starts = offsets(keys, new Map([["k0", 100]]), () => 40);

  it("counts measured heights and guesses the others", () => {
    expect([starts[0], starts[1], starts[2], starts[500]]).toEqual([0, 100, 140, 100 + 499 * 40]);
    expect([rowAt(starts, 0), rowAt(starts, 99), rowAt(starts, 100), rowAt(starts, 1e9), rowAt(starts, -5)]).toEqual([0, 0, 1, 499, 0]);
  });

  it("draws what is near the screen and nothing else", () => {
    const { first, end } = sliceAt(starts, 10_000, 600, 400);
    expect(starts[first]).toBeLessThanOrEqual(9_600);
    expect(starts[end]).toBeGreaterThanOrEqual(11_000);
    expect(end - first).toBeLessThan(40);
    expect(sliceAt(starts, 1e9, 600, 400).end).toBe(500);
    expect(sliceAt(offsets([], new Map(), () => 1), 0, 600, 400)).toEqual({ first: 0, end: 0 });
  });
});

describe("what the server adds", () => {
  it("is read, and a wrong shape is refused", () => {
    expect(parseSuggested({ conversation_id: "c", of_seq: 3, suggestions: [{ text: "Hi", intent: "x" }] })).toEqual({ of_seq: 3, texts: ["Hi"] });
    expect(() => parseSuggested({ suggestions: "none" })).toThrow(ParseError);
    expect(() => parseCannedAnswers({})).toThrow(ParseError);
    const past = { conversation_id: "c", began_at: at(0), last_at: at(1), messages: 2, score: null, requests: [] };
    expect(parsePast({ conversations: [past] })).toEqual([past]);
    expect(() => parsePast({})).toThrow(ParseError);
  });
});
