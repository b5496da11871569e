import { describe, expect, it } from "vitest";

import { initials, rows } from "../src/core/view";
import { reduceOutbox } from "../src/core/outbox";
import { EMPTY_LOG, withPage } from "../src/core/log";
import type { Actor, ConversationEvent } from "../src/protocol/model";
import { at, event, MARIA, said } from "./factories";

const ME: Actor = { kind: "customer", id: null, name: null };
const logOf = (...events: ConversationEvent[]) =>
  withPage(EMPTY_LOG, { events, last_seq: events.at(-1)?.seq ?? 0, more: false });
const kinds = (...events: ConversationEvent[]) => rows(logOf(...events), [], ME).map(({ kind }) => kind);

describe("rows of a conversation", () => {
  it("begin with the day and group messages of one sender", () => {
    const shown = rows(logOf(said(1, "bot", "a"), said(2, "bot", "b"), said(3, "customer", "c")), [], ME);
    expect(shown.map((row) => (row.kind === "message" ? [row.first, row.last] : row.kind))).toEqual([
      "day",
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it("keep the place of a message when its event replaces the one on its way", () => {
    const item = { client_id: "m1", request: "message", body: {}, text: "c", queued_at: at(2) };
    const outbox = reduceOutbox([], { type: "queued", item });
    const pending = rows(logOf(said(1, "bot", "a")), outbox, ME).at(-1);
    const arrived = rows(logOf(said(1, "bot", "a"), said(2, "customer", "c", { client_id: "m1" })), [], ME).at(-1);
    expect(pending?.key).toBe("m1");
    expect(arrived?.key).toBe("m1");
  });

  it("leave out what buttons and cards show already", () => {
    expect(kinds(said(1, "bot", "a"), event(2, "feedback", { of_seq: 1, helpful: true }))).toEqual(["day", "message"]);
  });

  it("tell a hand back once", () => {
    const left = event(1, "agent_left", { agent: MARIA, reason: "handed_back" });
    expect(kinds(left, event(2, "handed_back", {}))).toEqual(["day", "happening"]);
  });
});

describe("small pictures", () => {
  it("have the first letters of first and last name", () => {
    expect([initials("Maria Lindqvist"), initials("Ann-Sofie van der Berg"), initials("Özil"), initials("")]).toEqual([
      "ML",
      "AB",
      "Ö",
      "",
    ]);
  });
});
