import { describe, expect, it } from "vitest";

import { parseAck, parseDesk, parseEvent, ParseError, parseHandoff } from "../src/protocol/parse";
import { wireEvent, wireHandoff } from "./factories";

describe("parsing what the server sends", () => {
  it("takes an event type of a later version for one that needs no words", () => {
    const event = parseEvent({ ...wireEvent(3, "promise_kept", {}), type: "weather_changed", degrees: 12 });
    expect(event).toMatchObject({ seq: 3, type: "other", wire_type: "weather_changed" });
  });

  it("takes a stub of an event that is hidden from the reader, and keeps its links", () => {
    const stub = { ...wireEvent(3, "promise_kept", {}), type: "note", payload_digest: "ab", hash: "cd" };
    expect(parseEvent(stub)).toMatchObject({ type: "other", wire_type: "note", hash: "cd" });
  });

  it("makes a stub of an event that was erased, whatever it was", () => {
    expect(parseEvent({ ...wireEvent(3, "promise_kept", {}), type: "message", erased: true }).type).toBe("other");
  });

  it("refuses an event without what makes it one", () => {
    const { seq: _seq, ...rest } = wireEvent(3, "promise_kept", {}) as { seq: number };
    expect(() => parseEvent(rest)).toThrow(ParseError);
    expect(() => parseEvent("nonsense")).toThrow(ParseError);
    expect(() => parseEvent({ ...wireEvent(3, "promise_kept", {}), type: "message" })).toThrow(ParseError);
  });

  it("reads a promise with its owner's name and the contact", () => {
    const owner = { kind: "team", id: "service", name: "Customer Service" } as const;
    const handoff = parseHandoff(
      wireHandoff({ promise: { answer_by: "2026-11-21T08:00:00.000Z", owner, contact: { email: "a@b.example" } } }),
    );
    expect(handoff.promise).toEqual({
      answer_by: "2026-11-21T08:00:00.000Z",
      owner: "Customer Service",
      contact: { email: "a@b.example", phone: null },
    });
  });

  it("takes anything but a clear yes for a refusal", () => {
    expect(parseAck({ ok: true, seq: 4 }).ok).toBe(true);
    expect(parseAck({ ok: false, error: { code: "stale_offer", message: "Gone." } })).toMatchObject({
      error: { code: "stale_offer" },
    });
    for (const nonsense of [null, undefined, "ok", [], {}]) expect(parseAck(nonsense).ok).toBe(false);
  });

  it("reads the desk with as much as it gives", () => {
    expect(parseDesk({ open: true })).toMatchObject({ open: true, on_duty: null, trader: null, languages: [] });
    expect(parseDesk({ open: true, on_duty: 2, site: { accent_color: "#1f5f8b", languages: ["en"] } })).toMatchObject({
      on_duty: 2,
      accent_color: "#1f5f8b",
    });
  });
});
