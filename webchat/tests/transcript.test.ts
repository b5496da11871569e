import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";

import { completeness, envelope, type Digest } from "../src/core/transcript";
import { parseEvent } from "../src/protocol/parse";
import type { ConversationEvent } from "../src/protocol/model";
import { wireEvent } from "./factories";

const digest: Digest = async (bytes) => {
  const hash = createHash("sha256").update(bytes).digest();
  return new Uint8Array(hash).buffer;
};

/** A chain as the server makes it, hashed here by other means than the code under test uses. */
function chain(length: number): ConversationEvent[] {
  let previous = Buffer.alloc(32);
  return Array.from({ length }, (_, index) => {
    const seq = index + 1;
    const sent = wireEvent(seq, "message", { text: `line ${seq}` }, { actor: seq % 2 === 0 ? "customer" : "bot" });
    const payload_digest = createHash("sha256").update(`payload ${seq}`).digest("hex");
    const event = parseEvent({ ...sent, payload_digest });
    const actor = seq % 2 === 0 ? '{"id":"cu_1","kind":"customer"}' : '{"kind":"bot"}';
    const jcs = `{"actor":${actor},"at":"${event.at}","id":"ev_${seq}","payload_digest":"${payload_digest}","seq":${seq},"type":"message"}`;
    previous = createHash("sha256").update(previous).update(jcs).digest();
    return { ...event, hash: previous.toString("hex") };
  });
}

const headOf = (events: readonly ConversationEvent[]): string => events.at(-1)?.hash ?? "";

describe("completeness of a transcript", () => {
  it("is verified when every event is there and every link fits", async () => {
    const events = chain(5);
    expect(await completeness(events, 5, headOf(events), digest)).toEqual({ kind: "verified", count: 5 });
  });

  it("writes a link's envelope in canonical form", () => {
    const [first] = chain(1);
    expect(first === undefined ? "" : envelope(first)).toMatch(
      /^\{"actor":\{"kind":"bot"\},"at":"[^"]+","id":"ev_1","payload_digest":"[0-9a-f]{64}","seq":1,"type":"message"\}$/,
    );
  });

  it("says what is missing when an event is", async () => {
    const events = chain(5);
    const head = headOf(events);
    expect(await completeness(events.slice(0, 4), 5, head, digest)).toEqual({ kind: "incomplete", have: 4, count: 5 });
    const holed = events.filter(({ seq }) => seq !== 3);
    expect(await completeness(holed, 4, head, digest)).toEqual({ kind: "incomplete", have: 2, count: 4 });
  });

  it("names the first event that was altered", async () => {
    const events = chain(5);
    const altered = events.map((event) => (event.seq === 3 ? { ...event, payload_digest: "00".repeat(32) } : event));
    expect(await completeness(altered, 5, headOf(events), digest)).toEqual({ kind: "broken", seq: 3 });
  });

  it("is broken when the last hash is not the head that the server named", async () => {
    expect(await completeness(chain(3), 3, "ff".repeat(32), digest)).toEqual({ kind: "broken", seq: 3 });
  });

  it("is only counted where the browser has no cryptography or the events no hashes", async () => {
    const events = chain(3);
    expect(await completeness(events, 3, headOf(events), null)).toEqual({ kind: "counted", count: 3 });
    expect(await completeness(events, 3, null, digest)).toEqual({ kind: "counted", count: 3 });
  });
});
