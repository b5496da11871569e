/** Everything the console can do, as one list: the palette shows it, single keys run it, and the help prints it. */

import type { AgentClient } from "../client/agent";
import { canTakeBack, hasAnswered, isOwn, ownCanned, type DeskConversation, type DeskState } from "../core/desk";
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

/** The single key of each command that has one. */
const KEYS = {
  accept: "a",
  decline: "d",
  write: "m",
  whisper: "m",
  note: "n",
  canned: "c",
  resolve: "r",
  hand_back: "h",
  transfer: "t",
  follow_up: "f",
  take_back: "u",
  release: "w",
  details: "i",
  next: "j",
  previous: "k",
  search: "/",
  board: "b",
  administration: "v",
  help: "?",
} as const;

const keyOf = (id: string): { readonly key?: string } => (Object.hasOwn(KEYS, id) ? { key: KEYS[id as keyof typeof KEYS] } : {});

/** Every key and what it does, also what cannot be done just now: who learns them sees them all. */
export function allKeys({ state, supervises }: Pick<Reach, "state" | "supervises">): readonly { readonly key: string; readonly title: string }[] {
  const answers = state.me?.access.includes("agent") !== false;
  const shown: readonly (readonly [keyof typeof KEYS, string, boolean?])[] = [
    ["accept", t.accept, answers],
    ["decline", t.decline, answers],
    ["write", t.commandWrite],
    ["note", t.note],
    ["canned", t.canned],
    ["resolve", t.resolve],
    ["hand_back", t.handBack],
    ["transfer", t.transfer],
    ["follow_up", t.followUp],
    ["take_back", t.takeBack],
    ["release", t.readyNow],
    ["details", t.details],
    ["next", t.commandNext],
    ["previous", t.commandPrevious],
    ["search", t.search],
    ["board", t.board, supervises],
    ["administration", t.administration, supervises],
    ["help", t.shortcuts],
  ];
  return shown.filter(([, , has = true]) => has).map(([id, title]) => ({ key: KEYS[id], title }));
}

const PRESENCES: readonly ChosenPresence[] = ["online", "away", "offline"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

function ofConversation(reach: Reach, one: DeskConversation): Command[] {
  const { state, ask, act } = reach;
  const group = fill(t.commandsOf, { customer: customerName(one.customer), reference: one.handoff?.reference ?? "" });
  const of = (id: string, title: string, run: () => void): Command => ({ id, title, group, run, ...keyOf(id) });
  const own = isOwn(one);
  const answered = hasAnswered(one, state.me);
  const canned = ownCanned(state);
  const commands: Command[] = [];
  if (own) {
    commands.push(of("write", t.commandWrite, () => ask({ kind: "write", mode: "message" })));
    if (canned.length > 0) commands.push(of("canned", t.canned, () => ask({ kind: "canned" })));
    if (answered) commands.push(of("resolve", t.resolve, () => act("resolve")), of("hand_back", t.handBack, () => act("hand_back")));
    commands.push(
      of("transfer", t.transfer, () => act("transfer")),
      of("follow_up", t.followUp, () => act("follow_up")),
      of("contacted", t.contacted, () => act("contacted")),
    );
  }
  if (own || one.hold === "wrap_up") commands.push(of("note", t.note, () => ask({ kind: "write", mode: "note" })));
  if (one.hold === "watched") commands.push(of("whisper", t.sendWhisper, () => ask({ kind: "write", mode: "whisper" })));
  if (one.hold === "wrap_up") commands.push(of("release", t.readyNow, reach.release));
  if (one.hold === "watched") commands.push(of("release", t.stopWatching, reach.release));
  if (one.hold === "read") commands.push(of("release", t.dismiss, reach.release));
  if (canTakeBack(one)) commands.push(of("take_back", t.takeBack, reach.takeBack));
  commands.push(of("details", t.details, reach.toggleDetails));
  if (own) {
    const places = placesOf(one, state.me);
    for (const answer of canned) {
      const text = filled(answer.text, places);
      commands.push(of(`canned.${answer.id}`, fill(t.commandInsert, { title: answer.title }), () => ask({ kind: "insert", text })));
    }
  }
  return commands;
}

/** The commands that can be given now, the nearest first. */
export function commandsNow(reach: Reach): readonly Command[] {
  const { state, offer, shown } = reach;
  const commands: Command[] = [];
  if (offer !== null) {
    const who = { customer: customerName(offer.customer), reference: offer.reference };
    commands.push(
      { id: "accept", title: fill(t.commandAccept, who), group: t.offers, ...keyOf("accept"), run: () => reach.accept(offer) },
      { id: "decline", title: fill(t.commandDecline, who), group: t.offers, ...keyOf("decline"), run: () => reach.decline(offer) },
    );
  }
  if (shown !== null) commands.push(...ofConversation(reach, shown));
  commands.push(
    { id: "next", title: t.commandNext, group: t.commandsGo, ...keyOf("next"), run: () => reach.step(1) },
    { id: "previous", title: t.commandPrevious, group: t.commandsGo, ...keyOf("previous"), run: () => reach.step(-1) },
    { id: "search", title: t.search, group: t.commandsGo, ...keyOf("search"), run: () => reach.search() },
  );
  if (reach.supervises) {
    const next = reach.tab === "board" ? "inbox" : "board";
    commands.push({ id: "board", title: t[next], group: t.commandsGo, ...keyOf("board"), run: () => reach.go(next) });
    if (reach.tab !== "administration") {
      commands.push({ id: "administration", title: t.administration, group: t.commandsGo, ...keyOf("administration"), run: () => reach.go("administration") });
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
    { id: "help", title: t.shortcuts, group: t.settings, ...keyOf("help"), run: reach.help },
    { id: "sign_out", title: t.signOut, group: t.settings, run: reach.signOut },
  );
  return commands;
}
