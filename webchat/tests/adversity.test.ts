import { describe, expect, it, vi } from "vitest";

import { createCourier } from "../src/client/courier";
import { createKeep, keepUnsent, parseItems } from "../src/client/keep";
import { initialCustomer, reduceCustomer, type CustomerAction, type CustomerState } from "../src/core/customer";
import { hasGap } from "../src/core/log";
import { nextToSend, reduceOutbox, restored, unsent, type Outbox } from "../src/core/outbox";
import type { Ack, ConversationEvent, CustomerSnapshot, LogPage } from "../src/protocol/model";
import { handoff, said } from "./factories";

/** Numbers that look drawn and are the same in every run (mulberry32). */
function drawn(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A log as the server has it: some numbers are of events that the customer does not see. */
function serverLog(draw: (below: number) => number, count: number): ConversationEvent[] {
  const events: ConversationEvent[] = [];
  let seq = 0;
  for (let index = 0; index < count; index += 1) {
    const prev_seq = seq;
    seq += 1 + draw(3);
    events.push(said(seq, index % 2 === 0 ? "customer" : "bot", `Line ${seq}`, { prev_seq, client_id: `c${seq}` }));
  }
  return events;
}

const CONVERSATION = { id: "co_1", control: "bot", locale: "en", blocked_text: null, customer: { name: null, verified: false } } as unknown;

const pageOf = (log: readonly ConversationEvent[], since: number, size: number): LogPage => {
  const after = log.filter(({ seq }) => seq > since);
  const events = after.slice(0, size);
  const end = log.at(-1)?.seq ?? 0;
  return { events, last_seq: events.at(-1)?.seq ?? Math.min(since, end), more: events.length < after.length };
};

const snapshotOf = (page: LogPage, live: CustomerSnapshot["handoff"] = null): CustomerSnapshot =>
  ({ ...page, conversation: CONVERSATION, handoff: live }) as CustomerSnapshot;

describe("whatever order the network brings things in", () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))("seed %i: the log is whole, in order, once each", (seed) => {
    const draw = drawn(seed);
    const log = serverLog(draw, 5 + draw(40));
    const end = log.at(-1)?.seq ?? 0;
    let state: CustomerState = initialCustomer([]);
    const late: LogPage[] = []; // asked for at some time, answered at another
    const act = (action: CustomerAction): void => {
      const before = state.log;
      state = reduceCustomer(state, action);
      const seqs = state.log.events.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
      expect(state.log.cursor, "never falls back").toBeGreaterThanOrEqual(before.cursor);
      expect(state.log.head).toBeGreaterThanOrEqual(state.log.cursor);
      expect(state.log.head, "nothing is expected that is not there").toBeLessThanOrEqual(end);
      expect(seqs.filter((seq) => seq <= state.log.cursor).length, "no hole").toBe(
        log.filter(({ seq }) => seq <= state.log.cursor).length,
      );
    };
    act({ type: "snapshot", snapshot: snapshotOf(pageOf(log.slice(0, draw(log.length)), 0, 1 + draw(8))) });
    for (let step = 0; step < 60; step += 1) {
      const some = log[draw(log.length)];
      switch (draw(6)) {
        case 0:
          if (some !== undefined) act({ type: "event", event: some });
          break;
        case 1: {
          const next = log.find(({ seq }) => seq > state.log.cursor);
          if (next !== undefined) act({ type: "event", event: next });
          break;
        }
        case 2:
          act({ type: "head", last_seq: some?.seq ?? 0 });
          break;
        case 3:
          late.push(pageOf(log, state.log.cursor, 1 + draw(6)));
          break;
        case 4: {
          const page = late.splice(draw(late.length + 1), 1)[0];
          if (page !== undefined) act({ type: "page", page, handoff: null });
          break;
        }
        default: // cut in the midst of it, and back
          act({ type: "disconnected" });
          late.length = 0;
          act({ type: "snapshot", snapshot: snapshotOf(pageOf(log, state.log.cursor, 1 + draw(8))) });
      }
    }
    act({ type: "head", last_seq: end });
    for (let asked = 0; hasGap(state.log) && asked < log.length; asked += 1) {
      act({ type: "page", page: pageOf(log, state.log.cursor, 1 + draw(8)), handoff: null });
    }
    expect(state.log.events).toEqual(log);
    expect(hasGap(state.log)).toBe(false);
  });

  it("a page that comes after what followed it leaves no gap behind", () => {
    const log = [1, 2, 3, 4].map((seq) => said(seq, "bot", `Line ${seq}`));
    const asked = pageOf(log, 0, 2);
    let state = initialCustomer([]);
    for (const event of log) state = reduceCustomer(state, { type: "event", event });
    state = reduceCustomer(state, { type: "page", page: asked, handoff: null });
    expect(hasGap(state.log)).toBe(false);
  });

  it("a server that was set back to a copy is believed, and everything read anew", () => {
    const log = Array.from({ length: 9 }, (_, index) => said(index + 1, "bot", `Line ${index + 1}`));
    let state = initialCustomer([]);
    state = reduceCustomer(state, { type: "snapshot", snapshot: snapshotOf(pageOf(log, 0, 99), handoff({ as_of_seq: 9, state: "active" })) });
    const restoredLog = log.slice(0, 4);
    const told = handoff({ as_of_seq: 4, state: "queued" });
    state = reduceCustomer(state, { type: "snapshot", snapshot: snapshotOf(pageOf(restoredLog, state.log.cursor, 99), told) });
    expect(hasGap(state.log)).toBe(true);
    expect(state.handoff?.state).toBe("queued");
    state = reduceCustomer(state, { type: "page", page: pageOf(restoredLog, state.log.cursor, 99), handoff: told });
    expect(state.log.events).toEqual(restoredLog);
    const next = said(5, "agent", "Good day");
    expect(reduceCustomer(state, { type: "event", event: next }).log.events.at(-1)).toEqual(next);
  });
});

const item = (id: string) => ({ client_id: id, request: "message", body: { text: id }, text: id, queued_at: "" });

describe("whatever becomes of acks", () => {
  it.each(Array.from({ length: 100 }, (_, seed) => seed))("seed %i: everything goes out, once, in order", async (seed) => {
    const draw = drawn(1_000 + seed);
    let outbox: Outbox = [];
    let up = true;
    const stored: string[] = []; // as the server has it: a client_id again adds nothing
    const courier = createCourier({
      outbox: () => outbox,
      change: (change) => {
        outbox = reduceOutbox(outbox, change);
      },
      call: async (_request, body): Promise<Ack> => {
        const id = String((body as { client_id?: string }).client_id);
        const fate = up ? draw(5) : 4;
        if (fate < 4 && !stored.includes(id)) stored.push(id);
        for (let turns = draw(4); turns > 0; turns -= 1) await Promise.resolve();
        if (fate === 0) return { ok: true, body: {} };
        if (fate === 1) return { ok: true, body: { seq: "nonsense" } };
        if (fate === 2 || fate === 3) return { ok: false, error: { code: "timeout", message: "", retry_after_s: null } };
        return { ok: false, error: { code: "offline", message: "", retry_after_s: null } };
      },
      acked: (_item, body) => {
        if ((body as { seq?: unknown }).seq === "nonsense") throw new Error("unreadable");
        return stored.length;
      },
      isUp: () => up,
    });
    vi.spyOn(console, "warn").mockReturnValue(undefined);
    const ids = Array.from({ length: 8 }, (_, index) => `m${index}`);
    for (const id of ids) {
      outbox = reduceOutbox(outbox, { type: "queued", item: item(id) });
      courier.wake();
      for (let turns = draw(6); turns > 0; turns -= 1) await Promise.resolve();
      if (draw(3) === 0) {
        up = false;
        outbox = reduceOutbox(outbox, { type: "interrupted" });
        await Promise.resolve();
        up = true;
        courier.wake();
      }
    }
    await vi.waitFor(() => expect(outbox.every(({ state }) => state.kind === "stored")).toBe(true));
    expect(stored).toEqual(ids);
  });

  it("a clock that is set back holds nothing up", () => {
    vi.useFakeTimers();
    try {
      let outbox = reduceOutbox([], { type: "queued", item: item("a") });
      let calls = 0;
      const courier = createCourier({
        outbox: () => outbox,
        change: (change) => {
          outbox = reduceOutbox(outbox, change);
        },
        call: () => {
          calls += 1;
          return new Promise(() => undefined);
        },
        acked: () => 1,
        isUp: () => true,
      });
      const error = { code: "rate_limited", message: "", retry_after_s: 2 };
      outbox = reduceOutbox(outbox, { type: "failed", client_id: "a", error, now_ms: performance.now() });
      courier.wake();
      vi.setSystemTime(Date.now() - 3_600_000);
      vi.advanceTimersByTime(2_000);
      expect(calls).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** Storage as a browser may give it. */
class Shelf {
  readonly kept = new Map<string, string>();
  full = false;
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  removeItem = (key: string): void => void this.kept.delete(key);
  setItem = (key: string, value: string): void => {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(key, value);
  };
}

const keepOn = (shelf: Shelf) => createKeep(() => shelf as unknown as Storage, "byname.shop");

describe("whatever the browser keeps", () => {
  it("forbidden storage costs the keeping, never the chat", () => {
    const keep = createKeep(() => {
      throw new DOMException("denied", "SecurityError");
    }, "byname.shop");
    keep.write("outbox", [item("a")]);
    expect(keep.read("outbox")).toBeNull();
    keepUnsent(keep, new Set(["a"]), [item("a")]);
  });

  it("full storage leaves what went out long ago, which the server then knows by its client_id", () => {
    const shelf = new Shelf();
    const keep = keepOn(shelf);
    keepUnsent(keep, new Set(["a"]), [item("a")]);
    shelf.full = true;
    keepUnsent(keep, new Set(["a", "b"]), [item("b")]);
    expect(parseItems(keep.read("outbox")).map(({ client_id }) => client_id)).toEqual(["a"]);
    shelf.full = false;
    keepUnsent(keep, new Set(["a", "b"]), []);
    expect(keep.read("outbox")).toBeNull();
  });

  it("two tabs that write in turn keep each other's messages, and take away only their own", () => {
    const keep = keepOn(new Shelf());
    const [left, right] = [new Set(["l1", "l2"]), new Set(["r1"])];
    keepUnsent(keep, left, [item("l1")]);
    keepUnsent(keep, right, [item("r1")]);
    keepUnsent(keep, left, [item("l1"), item("l2")]);
    keepUnsent(keep, right, []);
    expect(parseItems(keep.read("outbox")).map(({ client_id }) => client_id)).toEqual(["l1", "l2"]);
  });

  it("nonsense that stands there is left out, and the rest goes out in order", () => {
    const kept = [null, 7, "text", { client_id: 1 }, { ...item("a"), body: "no" }, item("b"), item("c")];
    const outbox = restored(parseItems(kept));
    expect(outbox.map(({ client_id }) => client_id)).toEqual(["b", "c"]);
    expect(nextToSend(outbox, 0)?.item.client_id).toBe("b");
    expect(unsent(outbox)).toEqual([item("b"), item("c")]);
  });
});
