/**
 * What a real server told a customer and an agent (`python -m tests.recordings`), folded as the pages fold it: the state
 * is what a page that is loaded at the end gets, whatever the network did on the way.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { initialCustomer, reduceCustomer, type CustomerAction, type CustomerState } from "../src/core/customer";
import { findConversation, INITIAL_DESK, reduceDesk, type DeskAction, type DeskState } from "../src/core/desk";
import { hasGap } from "../src/core/log";
import { rows } from "../src/core/view";
import {
  fields,
  num,
  parseActor,
  parseAgentSnapshot,
  parseAlert,
  parseBoard,
  parseCannedAnswers,
  parseCustomerSnapshot,
  parseEvent,
  parseHandoff,
  parseHandoffOrNull,
  parseOffer,
  parseOfferOutcome,
  parsePage,
  parsePresence,
  parseQueue,
  parseTeam, parseTeamNames,
  parseWrapUps,
} from "../src/protocol/parse";
import type { CustomerSnapshot, LogPage, Offer } from "../src/protocol/model";

type Told = readonly [name: string, payload: unknown];

interface Recording {
  readonly conversation_id: string;
  readonly customer: { readonly told: readonly Told[]; readonly loaded: unknown };
  readonly agent: { readonly told: readonly Told[]; readonly loaded: unknown; readonly opened: unknown };
  readonly supervisor: { readonly told: readonly Told[]; readonly loaded: unknown };
}

const folder = new URL("./recorded/", import.meta.url);
const recordings = readdirSync(folder).map(
  (file) => [file.replace(".json", ""), JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Recording] as const,
);

// -- the customer --

function customerAction([name, payload]: Told): CustomerAction | null {
  switch (name) {
    case "snapshot":
      return { type: "snapshot", snapshot: parseCustomerSnapshot(payload) };
    case "event":
      return { type: "event", event: parseEvent(payload) };
    case "handoff":
      return { type: "handoff", handoff: parseHandoff(payload) };
    case "head":
      return { type: "head", last_seq: num(fields(payload), "last_seq") };
    case "seen":
      return { type: "seen", seq: num(fields(payload), "seq") };
    case "typing":
      return { type: "typing", actor: parseActor(fields(payload)["actor"]) };
    default:
      return null;
  }
}

const customerActions = ({ customer }: Recording): CustomerAction[] =>
  customer.told.flatMap((told) => customerAction(told) ?? []);

const after = (actions: readonly CustomerAction[], from = initialCustomer([])): CustomerState =>
  actions.reduce(reduceCustomer, from);

/** What the server answers to `sync`, or to a new connection. */
function since(snapshot: CustomerSnapshot, seq: number): CustomerSnapshot {
  return { ...snapshot, events: snapshot.events.filter((event) => event.seq > seq) };
}

const ME = { kind: "customer", id: null, name: null } as const;

/** What the customer sees. A handoff that is told again without having changed says so under a higher `as_of_seq`. */
const seen = ({ log, handoff, blocked, outbox }: CustomerState) => ({
  log,
  handoff: handoff === null ? null : { ...handoff, as_of_seq: 0 },
  blocked,
  rows: rows(log, outbox, ME),
});

describe.each(recordings)("the customer's side of %s", (_name, recording) => {
  const loaded = parseCustomerSnapshot(recording.customer.loaded);
  const wanted = seen(after([{ type: "snapshot", snapshot: loaded }]));
  const actions = customerActions(recording);
  const pushed = actions.flatMap((action, index) => (action.type === "event" ? [index] : []));
  const healed = (state: CustomerState): CustomerState =>
    hasGap(state.log)
      ? reduceCustomer(state, { type: "page", page: since(loaded, state.log.cursor), handoff: loaded.handoff })
      : state;

  it("is the same told bit by bit as loaded at the end", () => {
    expect(pushed.length).toBeGreaterThan(8);
    expect(seen(after(actions))).toEqual(wanted);
  });

  it("has nothing twice when everything comes twice", () => {
    expect(seen(after(actions.flatMap((action) => [action, action])))).toEqual(wanted);
  });

  it("notices any event that is lost, and is whole again with one page", () => {
    for (const lost of pushed) {
      const told = [...actions.filter((_, index) => index !== lost), { type: "head", last_seq: loaded.last_seq } as const];
      const state = after(told);
      expect(hasGap(state.log), `without ${lost}`).toBe(true);
      expect(seen(healed(state))).toEqual(wanted);
    }
  });

  it("survives a cut at any moment: the next snapshot goes on where the page stood", () => {
    for (let cut = 1; cut < actions.length; cut += 1) {
      const before = after([...actions.slice(0, cut), { type: "disconnected" }]);
      const back = reduceCustomer(before, { type: "snapshot", snapshot: since(loaded, before.log.cursor) });
      expect(seen(back)).toEqual(wanted);
      expect(back.connection).toBe("connected");
      // What was still under way from the old connection changes nothing any more.
      expect(seen(after(actions.slice(cut), back))).toEqual(wanted);
    }
  });
});

// -- the agent --

function deskAction([name, payload]: Told, offers: Map<string, Offer>): DeskAction | null {
  const of = fields(payload);
  const conversation_id = String(of["conversation_id"] ?? "");
  switch (name) {
    case "snapshot":
      return { type: "snapshot", snapshot: parseAgentSnapshot(payload) };
    case "offer": {
      const offer = parseOffer(payload);
      offers.set(conversation_id, offer);
      return { type: "offer", offer };
    }
    case "offer_ended":
      return { type: "offer_ended", offer_id: String(of["offer_id"]), outcome: parseOfferOutcome(of["outcome"]) };
    case "(accepted)": {
      const offer = offers.get(conversation_id);
      if (offer === undefined) throw new Error("accepted without an offer");
      return { type: "accepted", offer, conversation_id, handoff: parseHandoffOrNull(of["handoff"]), page: parsePage(payload) };
    }
    case "assignment_ended":
      return { type: "assignment_ended", conversation_id, reason: String(of["reason"]) };
    case "event":
      return { type: "event", conversation_id, event: parseEvent(of["event"]) };
    case "head":
      return { type: "head", conversation_id, last_seq: num(of, "last_seq") };
    case "seen":
      return { type: "seen", conversation_id, seq: num(of, "seq") };
    case "presence":
      return { type: "presence", agent_id: String(of["agent_id"]), presence: parsePresence(of["presence"]) };
    case "queue":
      return { type: "queue", queue: parseQueue(of["queue"]) };
    case "wrap_ups":
      return { type: "wrap_ups", wrap_ups: parseWrapUps(of["wrap_ups"]) };
    case "team":
      return { type: "team", team: parseTeam(of["team"]), teams: parseTeamNames(of["teams"] ?? []) };
    case "canned_answers":
      return { type: "canned", canned: parseCannedAnswers(of["canned_answers"]) };
    case "board":
      return { type: "board", board: parseBoard(payload) };
    case "alert":
      return { type: "alert", alert: parseAlert(payload) };
    case "alert_ended":
      return { type: "alert_ended", alert_id: String(of["alert_id"]) };
    default:
      return null;
  }
}

describe.each(recordings)("the agent's side of %s", (_name, recording) => {
  const id = recording.conversation_id;
  const opened: LogPage = parsePage(recording.agent.opened);
  const offers = new Map<string, Offer>();
  const actions = recording.agent.told.flatMap((told) => deskAction(told, offers) ?? []);
  const fold = (told: readonly DeskAction[]): DeskState => told.reduce(reduceDesk, INITIAL_DESK);
  const page: DeskAction = {
    type: "page",
    conversation_id: id,
    page: opened,
    handoff: parseHandoffOrNull(fields(recording.agent.opened)["handoff"]),
  };
  const log = (state: DeskState) => findConversation(state, id)?.log.events.map(({ seq }) => seq);

  it("ends with the whole log, each event once and in order", () => {
    const state = reduceDesk(fold(actions), page);
    expect(log(state)).toEqual(opened.events.map(({ seq }) => seq));
    expect(state.offers).toEqual([]);
    expect(findConversation(state, id)?.hold).not.toBe("held");
  });

  it("has nothing twice when everything comes twice", () => {
    const twice = actions.flatMap((action) => [action, action]);
    expect(log(reduceDesk(fold(twice), page))).toEqual(opened.events.map(({ seq }) => seq));
  });

  it("never shows an event out of its place, whichever was lost", () => {
    for (let lost = 1; lost < actions.length; lost += 1) {
      if (actions[lost]?.type !== "event") continue;
      const state = fold(actions.filter((_, index) => index !== lost));
      const seqs = log(state) ?? [];
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect(log(reduceDesk(state, page))).toEqual(opened.events.map(({ seq }) => seq));
    }
  });
});

/** What is on the desk around the conversations, as whoever loads the page now is told it. */
const around = ({ connection, me, presence, capacity, offers, queue, team, wrap_ups, board, alerts, canned }: DeskState) => ({
  connection,
  me,
  presence,
  capacity,
  offers: offers.map(({ offer_id }) => offer_id),
  queue,
  team,
  wrap_ups,
  board: board === null ? null : { ...board, as_of: "" },
  alerts: alerts.toSorted((a, b) => a.alert_id.localeCompare(b.alert_id)),
  canned,
});

/** The conversations that are the agent's, without what each page knows by itself. */
const own = ({ conversations }: DeskState) =>
  conversations
    .filter(({ hold }) => hold === "held" || hold === "promised")
    .map(({ id, hold, handoff, log, block }) => ({ id, hold, handoff: handoff?.state, log: log.events.map(({ seq }) => seq), block }));

describe.each(
  recordings.flatMap(([name, recording]) => [
    [`${name}, as the agent`, recording.agent, recording] as const,
    [`${name}, as the supervisor`, recording.supervisor, recording] as const,
  ]),
)("the desk of %s", (_name, side, recording) => {
  const offers = new Map<string, Offer>();
  const actions = side.told.flatMap((told) => deskAction(told, offers) ?? []);
  const fold = (told: readonly DeskAction[], from = INITIAL_DESK): DeskState => told.reduce(reduceDesk, from);
  const loaded: DeskAction = { type: "snapshot", snapshot: parseAgentSnapshot(side.loaded) };
  const page: DeskAction = {
    type: "page",
    conversation_id: recording.conversation_id,
    page: parsePage(recording.agent.opened),
    handoff: parseHandoffOrNull(fields(recording.agent.opened)["handoff"]),
  };
  const wanted = fold([loaded, page]);

  it("is the same told bit by bit as loaded at the end", () => {
    const state = fold([...actions, page]);
    expect(actions.length).toBeGreaterThan(4);
    expect(around(state)).toEqual(around(wanted));
    expect(own(state)).toEqual(own(wanted));
  });

  it("is the same when everything comes twice", () => {
    const state = fold([...actions.flatMap((action) => [action, action]), page]);
    expect(around(state)).toEqual(around(wanted));
    expect(own(state)).toEqual(own(wanted));
  });

  it("survives a cut at any moment: the next snapshot sets everything right", () => {
    for (let cut = 1; cut < actions.length; cut += 1) {
      const before = fold([...actions.slice(0, cut), { type: "disconnected" }]);
      expect(before.connection).toBe("reconnecting");
      const back = fold([loaded, page], before);
      expect(around(back)).toEqual(around(wanted));
      expect(own(back)).toEqual(own(wanted));
    }
  });

  it("leaves what it was given as it was", () => {
    const states = actions.reduce<DeskState[]>((all, action) => [...all, reduceDesk(all.at(-1) ?? INITIAL_DESK, action)], []);
    const written = states.map((state) => JSON.stringify(state));
    fold([...actions, page]);
    expect(states.map((state) => JSON.stringify(state))).toEqual(written);
  });
});
