import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** A socket whose acks come after `ack_ms`, as far as a line uses it. */
let ack_ms = 0;
let opening: { timeout?: number } = {};
vi.mock("socket.io-client", () => ({
  io: (_namespace: string, options: { timeout?: number }) => {
    opening = options;
    return {
      connected: true,
      onAny: () => undefined,
      on: () => undefined,
      timeout: (patience_ms: number) => ({
        emitWithAck: () =>
          new Promise((resolve, reject) => {
            if (ack_ms < patience_ms) setTimeout(() => resolve({ ok: true }), ack_ms);
            else setTimeout(() => reject(new Error("operation has timed out")), patience_ms);
          }),
      }),
    };
  },
}));

const { openLine } = await import("../src/client/line");

async function ask(line: ReturnType<typeof openLine>): Promise<{ code: string; took_ms: number }> {
  const began = Date.now();
  const answer = line.call("request_human", {});
  await vi.runAllTimersAsync();
  const ack = await answer;
  return { code: ack.ok ? "ok" : ack.error.code, took_ms: Date.now() - began };
}

describe("line", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const open = () =>
    openLine("/customer", () => ({}), { received: () => undefined, down: () => undefined, refused: () => undefined });

  // With 3 s each way every ack takes 6 s. A page that gave up after 5 s asked for a person again and again, and
  // nothing that was written after it was ever sent.
  it("waits longer for the next ack when one did not come in time, so that a slow network is enough", async () => {
    const line = open();
    ack_ms = 6_000;
    expect(await ask(line)).toEqual({ code: "timeout", took_ms: 5_000 });
    expect(await ask(line)).toEqual({ code: "ok", took_ms: 6_000 });
    expect(await ask(line)).toEqual({ code: "ok", took_ms: 6_000 });
  });

  it("sends again after 5 s once acks come quickly, and never waits longer than 20 s", async () => {
    const line = open();
    ack_ms = 60_000;
    const waits = [];
    for (let number = 0; number < 4; number += 1) waits.push((await ask(line)).took_ms);
    expect(waits).toEqual([5_000, 10_000, 20_000, 20_000]);
    ack_ms = 100;
    await ask(line);
    ack_ms = 60_000;
    expect((await ask(line)).took_ms).toBe(5_000);
  });

  it("gives a connection the time that its two round trips take on a slow network", () => {
    open();
    expect(opening.timeout).toBeGreaterThan(12_000);
  });
});
