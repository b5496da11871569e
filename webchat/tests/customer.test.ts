import { describe, expect, it } from "vitest";

import {
  awaitsRating,
  control,
  initialCustomer,
  isAskingForPerson,
  openButtons,
  promiseIsBroken,
  reduceCustomer,
  unreadSince,
  type CustomerAction,
  type CustomerState,
} from "../src/core/customer";
import { parseCustomerSnapshot } from "../src/protocol/parse";
import type * as wire from "../src/protocol/wire";
import { at, event, handoff, MARIA, requested, said, wireEvent, wireHandoff } from "./factories";

function snapshot(events: object[], change: Partial<wire.CustomerSnapshot> = {}): CustomerAction {
  return {
    type: "snapshot",
    snapshot: parseCustomerSnapshot({
      conversation: { id: "co_1", control: "bot", locale: "en" },
      handoff: null,
      last_seq: events.length,
      more: false,
      ...change,
      events,
    }),
  };
}

const after = (...actions: CustomerAction[]): CustomerState => actions.reduce(reduceCustomer, initialCustomer([]));
const pushed = (...events: ReturnType<typeof said>[]): CustomerAction[] =>
  events.map((one) => ({ type: "event", event: one }));

const GREETING = wireEvent(1, "message", { text: "Hello" }, { actor: "bot" });

describe("the customer's state", () => {
  it("has nothing twice and nothing lost after a cut: the new snapshot goes on where the page stood", () => {
    const state = after(
      snapshot([GREETING]),
      { type: "event", event: said(2, "customer", "Hi", { client_id: "m1" }) },
      { type: "disconnected" },
      snapshot([wireEvent(3, "message", { text: "Yes?" }, { actor: "bot" })], { last_seq: 3 }),
    );
    expect(state.log.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(state.connection).toBe("connected");
  });

  it("starts a new log when the server opened a new conversation", () => {
    const state = after(
      snapshot([GREETING]),
      snapshot([wireEvent(1, "message", { text: "Welcome back" }, { actor: "bot" })], {
        conversation: { id: "co_2", control: "bot", locale: "en", blocked: null, customer: { name: null, verified: false } },
      }),
    );
    expect(state.conversation?.id).toBe("co_2");
    expect(state.log.events).toHaveLength(1);
    expect(state.log.events[0]).toMatchObject({ text: "Welcome back" });
  });

  it("believes the newer view of the handoff, in whichever order push and ack come", () => {
    const active = handoff({ state: "active", agent: MARIA, as_of_seq: 6, place: null });
    const state = after(
      snapshot([GREETING]),
      { type: "handoff", handoff: active },
      { type: "handoff", handoff: handoff({ as_of_seq: 3 }) },
    );
    expect(state.handoff).toEqual(active);
    expect(control(state.handoff)).toBe("agent");
  });

  it("says whose turn it is in every state of the handoff", () => {
    const turn = (state: wire.HandoffView["state"]) => control(handoff({ state }));
    expect([turn("queued"), turn("offered"), turn("active"), turn("promised"), turn("resolved"), turn("withdrawn")]).toEqual(
      ["waiting", "waiting", "agent", "bot", "bot", "bot"],
    );
    expect(control(null)).toBe("bot");
  });

  it("shows a wish for a person that could not be sent yet, and forgets it with the ack", () => {
    const asked: CustomerAction = {
      type: "outbox",
      change: {
        type: "queued",
        item: { client_id: "h", request: "request_human", body: {}, text: null, queued_at: at(0) },
      },
    };
    const state = after({ type: "disconnected" }, asked);
    expect(isAskingForPerson(state.outbox)).toBe(true);
    const acked = reduceCustomer(state, { type: "outbox", change: { type: "stored", client_id: "h", seq: null } });
    expect(isAskingForPerson(acked.outbox)).toBe(false);
  });

  it("drops the message on its way when its event arrives before the ack", () => {
    const state = after(
      snapshot([GREETING]),
      {
        type: "outbox",
        change: {
          type: "queued",
          item: { client_id: "m1", request: "message", body: { text: "Hi" }, text: "Hi", queued_at: at(1) },
        },
      },
      { type: "outbox", change: { type: "sent", client_id: "m1" } },
      { type: "event", event: said(2, "customer", "Hi", { client_id: "m1" }) },
      { type: "outbox", change: { type: "stored", client_id: "m1", seq: 2 } },
    );
    expect(state.outbox).toEqual([]);
    expect(state.log.events).toHaveLength(2);
  });

  it("ends typing when the words arrive or the agent has gone", () => {
    const typing: CustomerAction = { type: "typing", actor: { kind: "agent", id: MARIA.id, name: MARIA.name } };
    expect(after(snapshot([GREETING]), typing).typing?.name).toBe(MARIA.name);
    expect(after(snapshot([GREETING]), typing, ...pushed(said(2, "agent", "Hello"))).typing).toBeNull();
    expect(after(snapshot([GREETING]), typing, ...pushed(said(2, "customer", "Hi"))).typing).not.toBeNull();
    expect(after(snapshot([GREETING]), typing, ...pushed(requested(2))).typing).toBeNull();
    const gone = event(2, "agent_left", { agent: MARIA, reason: "lost" });
    expect(after(snapshot([GREETING]), typing, ...pushed(gone)).typing).toBeNull();
  });

  it("asks for a rating once, after a person resolved, and not after the next request", () => {
    const resolved = event(5, "handoff_resolved", { outcome: "done" }, { actor: "agent" });
    const joined = event(4, "agent_joined", { agent: MARIA }, { actor: "agent" });
    const history = [said(2, "customer", "Hi"), requested(3), joined, resolved];
    const ended = wireHandoff({ state: "resolved", place: null, as_of_seq: 5 });
    const base = after(snapshot([GREETING], { handoff: ended }), ...pushed(...history));
    expect(awaitsRating(base)).toEqual({ seq: 5, name: MARIA.name });
    const rated = event(6, "rated", { score: 4 }, { actor: "customer" });
    expect(awaitsRating(after(snapshot([GREETING], { handoff: ended }), ...pushed(...history, rated)))).toBeNull();
    expect(awaitsRating(after(snapshot([GREETING], { handoff: ended }), ...pushed(...history, requested(6))))).toBeNull();
  });

  it("apologises from a broken promise until a person is there", () => {
    const broken = event(4, "promise_broken", { answer_by: at(300), next_answer_by: at(600) });
    const state = after(snapshot([GREETING]), ...pushed(said(2, "customer", "Hi"), requested(3), broken));
    expect(promiseIsBroken(state.log)).toBe(true);
    const joined = event(5, "agent_joined", { agent: MARIA }, { actor: "agent" });
    expect(promiseIsBroken(reduceCustomer(state, { type: "event", event: joined }).log)).toBe(false);
  });

  it("tells a blocked customer what the server said until they are let in again, also in a new conversation", () => {
    const told = "Maria has ended this conversation.";
    const blocked = reduceCustomer(after(snapshot([])), {
      type: "event",
      event: event(1, "customer_blocked", { text: told, by: MARIA }, { actor: "agent" }),
    });
    expect(blocked.blocked).toBe(told);
    const again = event(2, "customer_unblocked", { by: MARIA }, { actor: "agent" });
    expect(reduceCustomer(blocked, { type: "event", event: again }).blocked).toBeNull();

    const known = parseCustomerSnapshot({
      conversation: { id: "co_2", control: "bot", locale: "en", blocked: { by: MARIA, at: at(1), text: told } },
      handoff: null,
      events: [],
      last_seq: 0,
      more: false,
    });
    expect(after({ type: "snapshot", snapshot: known }).blocked).toBe(told);
  });

  it("counts as news what others said and did that matters, and nothing of the customer's own", () => {
    const { log } = after(
      snapshot([]),
      ...pushed(
        said(1, "bot", "Hello"),
        said(2, "customer", "A person please"),
        event(3, "agent_joined", { agent: MARIA }, { actor: "agent" }),
        said(4, "agent", "Good day"),
        event(5, "promise_broken", { answer_by: at(1), next_answer_by: at(2) }),
      ),
    );
    expect(unreadSince(log, 1)).toBe(3);
    expect(unreadSince(log, 5)).toBe(0);
  });

  it("offers quick replies of the newest message only", () => {
    const asks = event(2, "message", { text: "Which?", buttons: [{ title: "A", payload: "a" }] }, { actor: "bot" });
    const state = after(snapshot([GREETING]), ...pushed(asks));
    expect(openButtons(state.log)?.buttons).toEqual([{ title: "A", payload: "a" }]);
    expect(openButtons(reduceCustomer(state, { type: "event", event: said(3, "customer", "a") }).log)).toBeNull();
  });
});
