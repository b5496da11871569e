import { describe, expect, it, vi } from "vitest";

import { createCourier } from "../src/client/courier";
import { reduceOutbox, type Outbox } from "../src/core/outbox";
import type { Ack } from "../src/protocol/model";

/** A courier over a line whose acks the test gives by hand. */
function setUp() {
  let outbox: Outbox = [];
  let up = true;
  const calls: { body: { client_id?: string }; answer: (ack: Ack) => void }[] = [];
  const courier = createCourier({
    outbox: () => outbox,
    change: (change) => {
      outbox = reduceOutbox(outbox, change);
    },
    call: (_request, body) => new Promise((answer) => calls.push({ body, answer })),
    acked: () => 1,
    isUp: () => up,
  });
  return {
    calls,
    courier,
    outbox: () => outbox,
    setUp: (next: boolean) => {
      up = next;
    },
    queue(id: string) {
      const item = { client_id: id, request: "message", body: { text: id }, text: id, queued_at: "" };
      outbox = reduceOutbox(outbox, { type: "queued", item });
      courier.wake();
    },
  };
}

const refuse = (code: string, retry_after_s: number | null = null): Ack => ({
  ok: false,
  error: { code, message: "", retry_after_s },
});

describe("courier", () => {
  it("sends again under the same client_id when no ack came, and only then the next", async () => {
    const { calls, queue } = setUp();
    queue("a");
    queue("b");
    expect(calls.map(({ body }) => body.client_id)).toEqual(["a"]);
    calls[0]?.answer(refuse("timeout"));
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(calls[1]?.body.client_id).toBe("a");
    calls[1]?.answer({ ok: true, body: {} });
    await vi.waitFor(() => expect(calls).toHaveLength(3));
    expect(calls[2]?.body.client_id).toBe("b");
  });

  it("sends nothing while the line is down and goes on when woken after", async () => {
    const { calls, courier, queue, setUp: set } = setUp();
    set(false);
    queue("a");
    expect(calls).toHaveLength(0);
    set(true);
    courier.wake();
    expect(calls.map(({ body }) => body.client_id)).toEqual(["a"]);
  });

  it("waits for as long as a busy server asks", async () => {
    vi.useFakeTimers();
    try {
      const { calls, queue } = setUp();
      queue("a");
      calls[0]?.answer(refuse("rate_limited", 2));
      await vi.advanceTimersByTimeAsync(1_500);
      expect(calls).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(calls).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
