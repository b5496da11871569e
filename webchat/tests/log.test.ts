import { describe, expect, it } from "vitest";

import { EMPTY_LOG, hasGap, judgements, withEvent, withHead, withPage } from "../src/core/log";
import { event, said } from "./factories";

const seqs = (log: { events: readonly { seq: number }[] }): number[] => log.events.map(({ seq }) => seq);
const page = (events: ReturnType<typeof said>[], last_seq: number, more = false) => ({ events, last_seq, more });

describe("log", () => {
  it("shows every event once and in order, whether it comes by push or by page", () => {
    const one = said(1, "bot", "a");
    const two = said(2, "customer", "b");
    const three = said(3, "bot", "c");
    let log = withPage(EMPTY_LOG, page([one, two], 2));
    log = withEvent(log, two);
    log = withEvent(log, three);
    log = withPage(log, page([two, three], 3));
    expect(seqs(log)).toEqual([1, 2, 3]);
    expect(hasGap(log)).toBe(false);
  });

  it("holds back an event after a gap and says that something is missing, until the gap is closed", () => {
    let log = withPage(EMPTY_LOG, page([said(1, "bot", "a")], 1));
    log = withEvent(log, said(4, "bot", "d", { prev_seq: 3 }));
    expect(seqs(log)).toEqual([1]);
    expect(hasGap(log)).toBe(true);
    log = withPage(log, page([said(2, "customer", "b"), said(3, "bot", "c"), said(4, "bot", "d")], 4));
    expect(seqs(log)).toEqual([1, 2, 3, 4]);
    expect(hasGap(log)).toBe(false);
  });

  it("keeps nothing of what the customer had erased, whether that comes by push or by page", () => {
    const before = withPage(EMPTY_LOG, page([said(1, "bot", "a secret"), said(2, "customer", "another")], 2));
    const pushed = withEvent(before, event(3, "erased", {}));
    const paged = withPage(EMPTY_LOG, page([said(1, "bot", "a secret"), event(2, "erased", {}), said(3, "bot", "new")], 3));
    expect(pushed.events.map(({ type }) => type)).toEqual(["other", "other", "erased"]);
    expect(JSON.stringify(pushed)).not.toContain("secret");
    expect(paged.events.map(({ type }) => type)).toEqual(["other", "erased", "message"]);
    expect(hasGap(pushed)).toBe(false);
  });

  it("takes a jump over events hidden from this reader for no gap", () => {
    const log = withEvent(withPage(EMPTY_LOG, page([said(1, "bot", "a")], 1)), said(5, "agent", "b", { prev_seq: 1 }));
    expect(seqs(log)).toEqual([1, 5]);
    expect(hasGap(log)).toBe(false);
  });

  it("learns from a head that events are missing which no push has hinted at", () => {
    const log = withHead(withPage(EMPTY_LOG, page([said(1, "bot", "a")], 1)), 3);
    expect(hasGap(log)).toBe(true);
    expect(withHead(log, 2)).toBe(log);
  });

  it("goes on from the last event of a page that has more", () => {
    const log = withPage(EMPTY_LOG, page([said(1, "bot", "a"), said(2, "bot", "b")], 2, true));
    expect(log.cursor).toBe(2);
    expect(hasGap(log)).toBe(true);
    const rest = withPage(log, page([said(3, "bot", "c")], 3));
    expect(seqs(rest)).toEqual([1, 2, 3]);
    expect(hasGap(rest)).toBe(false);
  });

  it("counts the latest judgement of an answer", () => {
    let log = withPage(EMPTY_LOG, page([said(1, "bot", "a")], 1));
    log = withEvent(log, event(2, "feedback", { of_seq: 1, helpful: true }, { actor: "customer" }));
    log = withEvent(log, event(3, "feedback", { of_seq: 1, helpful: false }, { actor: "customer" }));
    expect(judgements(log).get(1)).toBe(false);
  });
});
