/** Everything the console can do, as one list: the palette shows it, single keys run it, and the help prints it. */

import type { AgentClient } from "../client/agent";
import { hasAnswered, ownCanned, type DeskConversation, type DeskState } from "../core/desk";
import { filled } from "../core/canned";
import type { ChosenPresence, Offer } from "../protocol/model";
import { fill } from "../ui/i18n";
import type { Act } from "./actions";
import type { Ask } from "./composer";
import { customerName } from "./inbox";
import { placesOf } from "./places";
import { preferences, type Theme } from "./preferences";
import type { Tab } from "./top";
import { changeLanguage, t } from "./words";

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** A single key that runs it while nothing is being written. */
  readonly key?: string;
  readonly run: () => void;
}

/** What the commands work on, and how they reach the page. */
export interface Reach {
  readonly state: DeskState;
  readonly client: AgentClient;
  /** The conversation on the screen. */
  readonly shown: DeskConversation | null;
  /** The offer that the accepting key accepts. */
  readonly offer: Offer | null;
  readonly supervises: boolean;
  readonly tab: Tab;
  readonly accept: (offer: Offer) => void;
  readonly decline: (offer: Offer) => void;
  readonly choosePresence: (presence: ChosenPresence) => void;
  readonly go: (tab: Tab) => void;
  readonly step: (by: 1 | -1) => void;
  /** Goes to the search field, with these words in it. */
  readonly search: (words?: string) => void;
  readonly ask: (ask: Ask) => void;
  readonly act: (act: Act) => void;
  readonly toggleDetails: () => void;
  readonly release: () => void;
  readonly takeBack: () => void;
  readonly settings: () => void;
  readonly help: () => void;
  readonly signOut: () => void;
}

const PRESENCES: readonly ChosenPresence[] = ["online", "away", "offline"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

function ofConversation(reach: Reach, one: DeskConversation): Command[] {
  const { state, ask, act } = reach;
  const group = fill(t.commandsOf, { customer: customerName(one.customer), reference: one.handoff?.reference ?? "" });
  const of = (id: string, title: string, run: () => void, key?: string): Command => ({ id, title, group, run, ...(key === undefined ? {} : { key }) });
  const own = one.hold === "held" || one.hold === "promised";
  const answered = hasAnswered(one, state.me);
  const canned = ownCanned(state);
  const commands: Command[] = [];
  if (own) {
    commands.push(of("write", t.commandWrite, () => ask({ kind: "write", mode: "message" }), "m"));
    if (canned.length > 0) commands.push(of("canned", t.canned, () => ask({ kind: "canned" }), "c"));
    if (answered) commands.push(of("resolve", t.resolve, () => act("resolve"), "r"), of("hand_back", t.handBack, () => act("hand_back"), "h"));
    commands.push(
      of("transfer", t.transfer, () => act("transfer"), "t"),
      of("follow_up", t.followUp, () => act("follow_up"), "f"),
      of("contacted", t.contacted, () => act("contacted")),
    );
  }
  if (own || one.hold === "wrap_up") commands.push(of("note", t.note, () => ask({ kind: "write", mode: "note" }), "n"));
  if (one.hold === "watched") commands.push(of("whisper", t.sendWhisper, () => ask({ kind: "write", mode: "whisper" }), "m"));
  if (one.hold === "wrap_up") commands.push(of("release", t.readyNow, reach.release, "w"));
  if (one.hold === "watched") commands.push(of("release", t.stopWatching, reach.release, "w"));
  if (one.hold === "read") commands.push(of("release", t.dismiss, reach.release, "w"));
  if (canTakeBack(one)) commands.push(of("take_back", t.takeBack, reach.takeBack, "u"));
  commands.push(of("details", t.details, reach.toggleDetails, "i"));
  if (own) {
    const places = placesOf(one, state.me);
    for (const answer of canned) {
      const text = filled(answer.text, places);
      commands.push(of(`canned.${answer.id}`, fill(t.commandInsert, { title: answer.title }), () => ask({ kind: "insert", text })));
    }
  }
  return commands;
}

/** Whether a slip can be undone: what was just ended, or passed on and not taken yet. */
export function canTakeBack({ hold, handoff, ended_reason: reason }: DeskConversation): boolean {
  if (hold === "wrap_up") return handoff?.state === "resolved";
  return hold === "ended" && reason === "transfer" && (handoff?.state === "queued" || handoff?.state === "offered");
}

/** The commands that can be given now, the nearest first. */
export function commandsNow(reach: Reach): readonly Command[] {
  const { state, offer, shown } = reach;
  const commands: Command[] = [];
  if (offer !== null) {
    const who = { customer: customerName(offer.customer), reference: offer.reference };
    commands.push(
      { id: "accept", title: fill(t.commandAccept, who), group: t.offers, key: "a", run: () => reach.accept(offer) },
      { id: "decline", title: fill(t.commandDecline, who), group: t.offers, key: "d", run: () => reach.decline(offer) },
    );
  }
  if (shown !== null) commands.push(...ofConversation(reach, shown));
  commands.push(
    { id: "next", title: t.commandNext, group: t.commandsGo, key: "j", run: () => reach.step(1) },
    { id: "previous", title: t.commandPrevious, group: t.commandsGo, key: "k", run: () => reach.step(-1) },
    { id: "search", title: t.search, group: t.commandsGo, key: "/", run: () => reach.search() },
  );
  if (reach.supervises) {
    const next = reach.tab === "board" ? "inbox" : "board";
    commands.push({ id: "board", title: t[next], group: t.commandsGo, key: "b", run: () => reach.go(next) });
    if (reach.tab !== "administration") {
      commands.push({ id: "administration", title: t.administration, group: t.commandsGo, key: "v", run: () => reach.go("administration") });
    }
  }
  if (state.me?.access.includes("agent") === true) {
    for (const presence of PRESENCES) {
      if (presence === state.presence) continue;
      commands.push({ id: presence, title: t.presences[presence], group: t.presence, run: () => reach.choosePresence(presence) });
    }
  }
  const { sound, theme } = preferences.get();
  commands.push({ id: "sound", title: sound ? t.soundOff : t.soundOn, group: t.settings, run: () => preferences.dispatch({ sound: !sound }) });
  for (const one of THEMES) {
    if (one !== theme) commands.push({ id: `theme.${one}`, title: `${t.theme}: ${t.themes[one]}`, group: t.settings, run: () => preferences.dispatch({ theme: one }) });
  }
  if (changeLanguage !== null) commands.push({ id: "language", title: t.otherLanguage, group: t.settings, run: changeLanguage });
  commands.push(
    { id: "settings", title: t.settings, group: t.settings, run: reach.settings },
    { id: "help", title: t.shortcuts, group: t.settings, key: "?", run: reach.help },
    { id: "sign_out", title: t.signOut, group: t.settings, run: reach.signOut },
  );
  return commands;
}
