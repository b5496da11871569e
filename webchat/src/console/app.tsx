/** The desk: what is offered, held, promised and waiting on the left, the chosen one in the middle. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import type { Keep } from "../client/keep";
import { findConversation, type DeskConversation, type DeskState } from "../core/desk";
import type { FoundConversation, Offer, QueueEntry, WireError } from "../protocol/model";
import { useStore } from "../ui/hooks";
import { bellIcon, closeIcon, Icon, warningIcon } from "../ui/icons";
import { fill } from "../ui/i18n";
import type { Act } from "./actions";
import { Administration } from "./administration/administration";
import { useAttention } from "./attention";
import { Board } from "./board";
import { allKeys, commandsNow, type Reach } from "./commands";
import type { Ask } from "./composer";
import { Conversation } from "./conversation";
import { createDrafts, type Drafts } from "./drafts";
import { inOrder, Inbox } from "./inbox";
import { OfferView } from "./offer";
import { Palette, Shortcuts } from "./palette";
import { preferences, showTheme } from "./preferences";
import { PresenceSwitch, useHonestPresence } from "./presence";
import { Settings } from "./settings";
import { Top, type Tab } from "./top";
import { errorText, known, t } from "./words";

export type Selection = { readonly kind: "offer" | "conversation"; readonly id: string } | null;

interface Props {
  readonly client: AgentClient;
  readonly keep: Keep;
  readonly onSignOut: () => void;
}

export type OnError = (error: WireError | null) => void;

function noticeText({ notice, presence }: DeskState): string | null {
  if (notice === null) return null;
  if (notice.kind === "offer_ended" && presence === "not_responding") return null; // its own strip says so
  const reference = notice.reference ?? t.customer;
  return notice.kind === "offer_ended"
    ? fill(known(t.offerEnded, notice.outcome), { reference })
    : fill(t.assignmentEnded, { reference, reason: known(t.endedReasons, notice.reason) });
}

/** Whether the conversation that is shown says the same already, so that it is only read out. */
function isSaidBelow({ notice }: DeskState, shown: DeskConversation | null): boolean {
  return notice?.kind === "assignment_ended" && shown?.hold === "ended" && shown.handoff?.reference === notice.reference;
}

function Middle(props: MiddleProps) {
  const { state, client, drafts, selection, onError, onAccept, onPresence } = props;
  if (selection?.kind === "offer") {
    const offer = state.offers.find(({ offer_id }) => offer_id === selection.id);
    if (offer !== undefined) {
      return (
        <OfferView
          key={offer.offer_id}
          offer={offer}
          teams={state.teams}
          log={findConversation(state, offer.conversation_id)?.log ?? null}
          onAccept={() => onAccept(offer)}
          onDecline={() => void client.decline(offer).then(onError)}
        />
      );
    }
  }
  if (selection?.kind === "conversation") {
    const conversation = findConversation(state, selection.id);
    if (conversation !== null && conversation.hold !== "offered") {
      return (
        <Conversation
          key={conversation.id}
          conversation={conversation}
          state={state}
          client={client}
          drafts={drafts}
          ask={props.ask}
          acting={props.acting?.id === conversation.id ? props.acting.act : null}
          details={props.details}
          reveal={props.reveal?.conversation_id === conversation.id ? props.reveal : null}
          onAct={(act) => props.onAct(act === null ? null : { id: conversation.id, act })}
          onDone={() => props.onDone(props.acting)}
          onDetails={props.onDetails}
          onTakeBack={() => props.onTakeBack(conversation)}
          onError={onError}
        />
      );
    }
  }
  const answers = state.me?.access.includes("agent") === true;
  const offline = answers && (state.presence === "offline" || state.presence === "away");
  const [title, text] = offline
    ? [state.presence === "away" ? t.awayTitle : t.offlineTitle, t.offlineText]
    : state.presence === "not_responding"
    ? [t.notRespondingTitle, t.notRespondingText]
    : state.conversations.length > 0 || !answers
      ? [t.chooseTitle, answers ? t.chooseText : t.superviseText]
      : [t.idleTitle, t.idleText];
  return (
    <section class="blank">
      <h1>{title}</h1>
      <p>{text}</p>
      {offline && state.connection === "connected" && (
        <button type="button" class="button primary" onClick={onPresence}>
          {t.goOnline}
        </button>
      )}
    </section>
  );
}

interface MiddleProps {
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly drafts: Drafts;
  readonly selection: Selection;
  readonly ask: Ask | null;
  readonly acting: Acting;
  readonly details: boolean;
  readonly reveal: RevealIn | null;
  readonly onAct: (acting: Acting) => void;
  readonly onDone: (acting: Acting) => void;
  readonly onDetails: (shown: boolean) => void;
  readonly onTakeBack: (conversation: DeskConversation) => void;
  readonly onError: OnError;
  readonly onAccept: (offer: Offer) => void;
  readonly onPresence: () => void;
}

/** A form that is open, and of which conversation: another one on the screen has none. */
type Acting = { readonly id: string; readonly act: Act } | null;

/** Something said to go to; another `id` goes there again. */
export interface RevealIn {
  readonly conversation_id: string;
  readonly seq: number;
  readonly id: number;
}

/** Whether what is selected is still to be seen. What is offered again, after it was resolved say, is seen as an offer. */
function isThere(state: DeskState, selection: Selection): boolean {
  switch (selection?.kind) {
    case "conversation":
      return (findConversation(state, selection.id)?.hold ?? "offered") !== "offered";
    case "offer":
      return state.offers.some(({ offer_id }) => offer_id === selection.id);
    default:
      return false;
  }
}

/** The offer that the key accepts: the one that is looked at, else the oldest. */
function keyOffer(state: DeskState, selection: Selection): Offer | null {
  const chosen = selection?.kind === "offer" ? state.offers.find(({ offer_id }) => offer_id === selection.id) : undefined;
  return chosen ?? state.offers[0] ?? null;
}

/** True where a key press is text, not a command. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") !== null
  );
}

/** The conversation that a link from a notice leads to: `#/conversation/<id>`. */
function linkedConversation(): string | null {
  const match = /^#\/conversation\/([^/?]+)$/.exec(location.hash);
  if (match?.[1] === undefined) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return null;
  }
}

const TABS: readonly Tab[] = ["inbox", "board", "administration"];

type Overlay = "palette" | "help" | "settings" | null;

export function Desk({ client, keep, onSignOut }: Props) {
  const state = useStore(client.store, (all) => all);
  const wanted = useStore(preferences, (all) => all);
  const drafts = useMemo(() => createDrafts(keep), [keep]);
  const [selection, setSelection] = useState<Selection>(() => {
    const kept = keep.read("selected");
    return typeof kept === "string" ? { kind: "conversation", id: kept } : null;
  });
  const [chosenTab, setChosenTab] = useState(() => TABS.find((one) => one === keep.read("tab")) ?? null);
  const [error, setError] = useState<WireError | null>(null);
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [ask, setAsk] = useState<Ask | null>(null);
  const [acting, setActing] = useState<Acting>(null);
  const [details, setDetails] = useState(false);
  const [reveal, setReveal] = useState<RevealIn | null>(null);
  const [query, setQuery] = useState("");
  const searchField = useRef<HTMLInputElement>(null);
  const [searching, setSearching] = useState<object | null>(null);
  const accepting = useRef(false);
  const moves = useRef(0); // how often somebody went somewhere
  const supervises = state.board !== null;
  const answers = state.me === null || state.me.access.includes("agent");
  const tab: Tab = supervises ? (chosenTab ?? (answers ? "inbox" : "board")) : "inbox";
  const { absence, chose } = useHonestPresence(client);

  useLayoutEffect(() => showTheme(wanted.theme), [wanted.theme]);

  // With the drawing of the field, and before the next key: in a later frame, the first letters would be taken for commands.
  useLayoutEffect(() => {
    if (searching !== null) searchField.current?.focus();
  }, [searching]);

  const go = useCallback(
    (next: Tab): void => {
      moves.current += 1;
      setChosenTab(next);
      keep.write("tab", next);
    },
    [keep],
  );

  const onError: OnError = useCallback((news) => setError(news), []);

  const select = useCallback(
    (next: Selection): void => {
      setSelection(next);
      setAsk(null);
      setReveal(null);
      setDetails(false);
      go("inbox");
      keep.write("selected", next?.kind === "conversation" ? next.id : null);
    },
    [go, keep],
  );

  /** Goes on to what was asked for when it is there, unless its agent is elsewhere by then, in the midst of a word perhaps. */
  const goOn = useCallback(async (asked: Promise<WireError | null>, to: () => void): Promise<void> => {
    const from = moves.current;
    const failed = await asked;
    setError(failed);
    if (failed === null && moves.current === from) to();
  }, []);

  const accept = useCallback(
    async (offer: Offer): Promise<void> => {
      if (accepting.current) return;
      accepting.current = true;
      await goOn(client.accept(offer), () => select({ kind: "conversation", id: offer.conversation_id }));
      accepting.current = false;
    },
    [client, goOn, select],
  );

  const show = useCallback(
    (conversationId: string, seq: number | null): void => {
      select({ kind: "conversation", id: conversationId });
      if (seq !== null) setReveal({ conversation_id: conversationId, seq, id: Date.now() });
    },
    [select],
  );

  /** What a search has found: to read, or, while it is live, for supervisors to watch. */
  const open = ({ conversation_id: id, seq, customer, state: at }: FoundConversation): Promise<void> => {
    const live = at !== null && at !== "resolved" && at !== "withdrawn";
    const known = findConversation(client.store.get(), id) !== null;
    const asked = known ? Promise.resolve(null) : live && supervises ? client.watch(id) : client.lookUp(id, "read", customer);
    return goOn(asked, () => show(id, seq));
  };

  const openQueued = async ({ conversation_id: id, customer }: QueueEntry): Promise<void> => {
    if (id === null) return;
    await goOn(supervises ? client.watch(id) : client.lookUp(id, "promised", customer), () => show(id, null));
  };

  // A link from a notice leads to its conversation, also when it is followed while this page is open.
  const up = state.connection === "connected";
  useEffect(() => {
    if (!up) return undefined;
    const look = (): void => {
      const id = linkedConversation();
      if (id === null) return;
      history.replaceState(null, "", location.pathname);
      const known = findConversation(client.store.get(), id) !== null;
      void goOn(known ? Promise.resolve(null) : client.watch(id), () => select({ kind: "conversation", id }));
    };
    look();
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, [client, goOn, select, up]);

  // An offer shows itself when nothing else is being looked at.
  const newestOffer = state.offers[0];
  const looksAt = isThere(state, selection);
  useEffect(() => {
    if (newestOffer === undefined || looksAt || accepting.current) return;
    // What was chosen since this was drawn, an accepted conversation say, stays chosen.
    setSelection((now) => (isThere(client.store.get(), now) ? now : { kind: "offer", id: newestOffer.offer_id }));
  }, [client, newestOffer, looksAt]);

  const found = selection?.kind === "conversation" ? findConversation(state, selection.id) : null;
  const shown = found !== null && found.hold !== "offered" && tab === "inbox" ? found : null;
  const decline = (offer: Offer): void => void client.decline(offer).then(onError);
  const takeBack = (conversation: DeskConversation): void => void client.act("take_back", conversation.id, {}).then(onError);
  const reach: Reach = {
    state,
    client,
    shown,
    offer: keyOffer(state, selection),
    supervises,
    tab,
    accept: (offer) => void accept(offer),
    decline,
    choosePresence: (presence) => {
      chose();
      void client.setPresence(presence).then(onError);
    },
    go,
    step: (by) => {
      const order = inOrder(state);
      const now = order.findIndex(({ id }) => id === selection?.id);
      const next = order[now < 0 ? 0 : (now + by + order.length) % order.length];
      if (next !== undefined) select({ kind: "conversation", id: next.id });
    },
    search: (words) => {
      go("inbox");
      if (words !== undefined) setQuery(words);
      setSearching({});
    },
    ask: (news) => setAsk({ ...news }),
    act: (act) => {
      if (shown === null) return;
      setActing((now) => (now?.id === shown.id && now.act === act ? now : { id: shown.id, act }));
      setDetails(true);
    },
    toggleDetails: () => {
      setDetails(!details && acting === null);
      setActing(null);
    },
    release: () => {
      if (shown === null) return;
      if (shown.hold === "read") client.store.dispatch({ type: "dismissed", conversation_id: shown.id });
      else void (shown.hold === "watched" ? client.unwatch : client.wrapUpDone)(shown.id).then(onError);
    },
    takeBack: () => {
      if (shown !== null) takeBack(shown);
    },
    settings: () => setOverlay("settings"),
    help: () => setOverlay("help"),
    signOut: onSignOut,
  };
  const latest = useRef({ reach, overlay, acting, shown, keys: wanted.keys });
  latest.current = { reach, overlay, acting, shown, keys: wanted.keys };

  /** Closes the form that asked for it, and none that was opened since. */
  const done = (asked: Acting): void => {
    const now = latest.current;
    if (asked === null || now.acting !== asked) return;
    setActing(null);
    if (now.shown?.id === asked.id) setDetails(false); // where the forms lie over the conversation, what came of it is beneath
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const now = latest.current;
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        setOverlay((open) => (open === "palette" ? null : "palette"));
        return;
      }
      if (now.overlay !== null || document.querySelector("dialog[open]") !== null) return;
      if (event.altKey && !event.ctrlKey && !event.metaKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        now.reach.step(event.key === "ArrowDown" ? 1 : -1);
        return;
      }
      if (!now.keys || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
      const command = commandsNow(now.reach).find(({ key }) => key === event.key.toLowerCase());
      if (command === undefined) return;
      event.preventDefault(); // the letter does not land in a field that the command opens
      command.run();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  useAttention(client, state, shown?.id ?? null, select);

  const notice = noticeText(state);
  const isSeen = isSaidBelow(state, shown);
  const alert = state.alerts.at(-1);
  return (
    <div class="desk">
      <Top
        state={state}
        tab={tab}
        onTab={go}
        onPalette={() => setOverlay("palette")}
        onSettings={() => setOverlay("settings")}
        onSignOut={onSignOut}
      >
        {answers && <PresenceSwitch state={state} client={client} onError={onError} onChose={chose} />}
      </Top>
      {state.connection !== "connected" && (
        <p class="strip warn" role="status">
          <Icon path={warningIcon} size={17} />
          {state.connection === "starting" ? t.connecting : t.reconnecting}
        </p>
      )}
      {absence !== null && up && state.presence === "away" && (
        <p class="strip" role="status">
          {absence === "locked" ? t.absentLocked : t.absentIdle}
        </p>
      )}
      {state.presence === "not_responding" && up && (
        <p class="strip bad" role="alert">
          <Icon path={warningIcon} size={17} />
          <span class="grow">{t.notResponding}</span>
          <button type="button" class="button" onClick={() => reach.choosePresence("online")}>
            {t.goOnline}
          </button>
        </p>
      )}
      <div role="alert">
        {error !== null && (
          <p class="strip bad">
            <Icon path={warningIcon} size={17} />
            <span class="grow">{errorText(error)}</span>
            <button type="button" class="icon-button" aria-label={t.close} onClick={() => setError(null)}>
              <Icon path={closeIcon} size={17} />
            </button>
          </p>
        )}
      </div>
      <div role="status">
        {notice !== null && isSeen && <p class="visually-hidden">{notice}</p>}
        {notice !== null && !isSeen && (
          <p class="strip">
            <span class="grow">{notice}</span>
            <button
              type="button"
              class="icon-button"
              aria-label={t.close}
              onClick={() => client.store.dispatch({ type: "notice_read" })}
            >
              <Icon path={closeIcon} size={17} />
            </button>
          </p>
        )}
      </div>
      {/* Announced when it comes; on the board the alerts are in sight. */}
      <div role="status">
        {supervises && tab !== "board" && alert !== undefined && (
          <p class="strip alert-strip">
            <Icon path={bellIcon} size={17} />
            <span class="grow">{fill(t.alertStrip, { reference: alert.reference ?? t.customer, why: known(t.whys, alert.why) })}</span>
            <button type="button" class="button" onClick={() => go("board")}>
              {t.alertOpen}
            </button>
          </p>
        )}
      </div>
      {tab === "administration" ? (
        <Administration office={client.office} keep={keep} me={state.me?.id ?? ""} news={state.team} teams={state.teams} />
      ) : tab === "board" ? (
        <Board
          state={state}
          client={client}
          onError={onError}
          onShow={(id, asked) => void goOn(asked, () => show(id, null))}
        />
      ) : (
        <div class={`columns${looksAt ? " looking" : ""}`}>
          <Inbox
            state={state}
            client={client}
            drafts={drafts}
            selection={selection}
            keyOfferId={keyOffer(state, selection)?.offer_id ?? null}
            query={query}
            searchField={searchField}
            onQuery={setQuery}
            onSelect={select}
            onShow={show}
            onAccept={(offer) => void accept(offer)}
            onOpenFound={(found) => void open(found)}
            onOpenQueued={(entry) => void openQueued(entry)}
          />
          <main class="middle">
            {looksAt && (
              <button type="button" class="button plain to-inbox" onClick={() => select(null)}>
                {t.inbox}
              </button>
            )}
            <Middle
              state={state}
              client={client}
              drafts={drafts}
              selection={selection}
              ask={ask}
              acting={acting}
              details={details}
              reveal={reveal}
              onAct={setActing}
              onDone={done}
              onDetails={setDetails}
              onTakeBack={takeBack}
              onError={onError}
              onAccept={(offer) => void accept(offer)}
              onPresence={() => reach.choosePresence("online")}
            />
          </main>
        </div>
      )}
      {overlay === "palette" && (
        <Palette
          commands={commandsNow(reach)}
          conversations={inOrder(state)}
          onShow={show}
          onSearch={reach.search}
          onClose={() => setOverlay(null)}
        />
      )}
      {overlay === "help" && <Shortcuts keys={allKeys(reach)} onClose={() => setOverlay(null)} />}
      {overlay === "settings" && <Settings onClose={() => setOverlay(null)} />}
    </div>
  );
}
