import { describe, expect, it } from "vitest";

import { nextToSend, reduceOutbox, restored, settle, unsent, type NewItem, type Outbox } from "../src/core/outbox";
import { said } from "./factories";

const item = (client_id: string, text: string | null = client_id): NewItem => ({
  client_id,
  request: text === null ? "request_human" : "message",
  body: text === null ? {} : { text },
  text,
  queued_at: "2026-11-20T12:00:00.000Z",
});

const error = (code: string, retry_after_s: number | null = null) => ({ code, message: "", retry_after_s });
const queue = (...ids: string[]): Outbox =>
  ids.reduce<Outbox>((outbox, id) => reduceOutbox(outbox, { type: "queued", item: item(id) }), []);

describe("outbox", () => {
  it("sends one item at a time, oldest first, so that a resend never overtakes", () => {
    let outbox = queue("a", "b");
    expect(nextToSend(outbox, 0)?.item.client_id).toBe("a");
    outbox = reduceOutbox(outbox, { type: "sent", client_id: "a" });
    expect(nextToSend(outbox, 0)).toBeNull();
    outbox = reduceOutbox(outbox, { type: "failed", client_id: "a", error: error("timeout"), now_ms: 0 });
    expect(nextToSend(outbox, 0)?.item.client_id).toBe("a");
    outbox = reduceOutbox(outbox, { type: "stored", client_id: "a", seq: 4 });
    expect(nextToSend(outbox, 0)?.item.client_id).toBe("b");
  });

  it("waits as long as the server asks before it tries again", () => {
    const outbox = reduceOutbox(reduceOutbox(queue("a"), { type: "sent", client_id: "a" }), {
      type: "failed",
      client_id: "a",
      error: error("rate_limited", 3),
      now_ms: 10_000,
    });
    expect(nextToSend(outbox, 11_000)).toMatchObject({ wait_ms: 2_000 });
    expect(nextToSend(outbox, 13_000)).toMatchObject({ wait_ms: 0 });
  });

  it("keeps a refused message in sight with its reason and goes on with the next", () => {
    const outbox = reduceOutbox(queue("a", "b"), { type: "failed", client_id: "a", error: error("too_large"), now_ms: 0 });
    expect(outbox[0]?.state).toMatchObject({ kind: "refused", error: { code: "too_large" } });
    expect(nextToSend(outbox, 0)?.item.client_id).toBe("b");
    const again = reduceOutbox(outbox, { type: "retried", client_id: "a" });
    expect(nextToSend(again, 0)?.item.client_id).toBe("a");
  });

  it("sends again what was under way when the connection broke", () => {
    const sending = reduceOutbox(queue("a"), { type: "sent", client_id: "a" });
    expect(nextToSend(reduceOutbox(sending, { type: "interrupted" }), 0)?.item.client_id).toBe("a");
  });

  it("lets a message go when its event is in the log, whichever of ack and event came first", () => {
    const stored = reduceOutbox(queue("a", "b"), { type: "stored", client_id: "a", seq: 4 });
    expect(settle(stored, [], 3).map(({ client_id }) => client_id)).toEqual(["a", "b"]);
    expect(settle(stored, [], 4).map(({ client_id }) => client_id)).toEqual(["b"]);
    expect(settle(queue("a", "b"), [said(4, "customer", "b", { client_id: "b" })], 4)).toHaveLength(1);
  });

  it("lets a request that shows no message go with its ack", () => {
    const asked = reduceOutbox([], { type: "queued", item: item("h", null) });
    expect(reduceOutbox(asked, { type: "stored", client_id: "h", seq: null })).toEqual([]);
  });

  it("survives a reload: what was waiting or under way goes out again under the same client_id", () => {
    let outbox = queue("a", "b", "c");
    outbox = reduceOutbox(outbox, { type: "stored", client_id: "a", seq: 4 });
    outbox = reduceOutbox(outbox, { type: "sent", client_id: "b" });
    const kept = JSON.parse(JSON.stringify(unsent(outbox))) as NewItem[];
    const back = restored(kept);
    expect(back.map(({ client_id }) => client_id)).toEqual(["b", "c"]);
    expect(nextToSend(back, 0)?.item.client_id).toBe("b");
  });

  it("keeps over a reload what somebody wrote and the server refused, and nothing else that was refused", () => {
    const asked = reduceOutbox(queue("a"), { type: "queued", item: item("h", null) });
    const refused = ["a", "h"].reduce(
      (outbox, client_id) => reduceOutbox(outbox, { type: "failed", client_id, error: error("forbidden"), now_ms: 0 }),
      asked,
    );
    expect(unsent(refused).map(({ client_id }) => client_id)).toEqual(["a"]);
  });
});
