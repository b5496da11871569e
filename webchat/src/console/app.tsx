/** The desk: what is offered, held, promised and waiting on the left, the chosen one in the middle. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import type { Keep } from "../client/keep";
import { findConversation, type DeskState } from "../core/desk";
import type { ChosenPresence, Offer, WireError } from "../protocol/model";
import { useStore } from "../ui/hooks";
import { bellIcon, boardIcon, closeIcon, Icon, inboxIcon, signOutIcon, warningIcon } from "../ui/icons";
import { fill, plural } from "../ui/i18n";
import { Board } from "./board";
import { Conversation } from "./conversation";
import { Inbox } from "./inbox";
import { OfferView } from "./offer";
import { LanguageButton } from "./language";
import { errorText, known, LOCALE, t } from "./words";

export type Selection = { readonly kind: "offer" | "conversation"; readonly id: string } | null;

interface Props {
  readonly client: AgentClient;
  readonly keep: Keep;
  readonly onSignOut: () => void;
}

const PRESENCES: readonly ChosenPresence[] = ["online", "away", "offline"];

function PresenceSwitch({ state, client, onError }: { state: DeskState; client: AgentClient; onError: OnError }) {
  return (
    <fieldset class={`presence ${state.presence}`} disabled={state.connection !== "connected"}>
      <legend class="visually-hidden">{t.presence}</legend>
      {PRESENCES.map((presence) => (
        <label key={presence} class={state.presence === presence ? `on ${presence}` : ""}>
          <input
            type="radio"
            name="presence"
            class="cover"
            checked={state.presence === presence}
            onChange={() => void client.setPresence(presence).then(onError)}
          />
          {t.presences[presence]}
        </label>
      ))}
    </fieldset>
  );
}

export type OnError = (error: WireError | null) => void;

function noticeText(state: DeskState): string | null {
  const { notice } = state;
  if (notice === null) return null;
  const reference = notice.reference ?? t.customer;
  return notice.kind === "offer_ended"
    ? fill(known(t.offerEnded, notice.outcome), { reference })
    : fill(t.assignmentEnded, { reference, reason: known(t.endedReasons, notice.reason) });
}

function Middle({ state, client, keep, selection, onError, onAccept, onPresence }: MiddleProps) {
  if (selection?.kind === "offer") {
    const offer = state.offers.find(({ offer_id }) => offer_id === selection.id);
    if (offer !== undefined) {
      return (
        <OfferView
          key={offer.offer_id}
          offer={offer}
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
          keep={keep}
          onError={onError}
        />
      );
    }
  }
  const answers = state.me?.access.includes("agent") === true;
  const offline = answers && (state.presence === "offline" || state.presence === "away");
  const [title, text] = offline
    ? [state.presence === "away" ? t.awayTitle : t.offlineTitle, t.offlineText]
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
  readonly keep: Keep;
  readonly selection: Selection;
  readonly onError: OnError;
  readonly onAccept: (offer: Offer) => void;
  readonly onPresence: () => void;
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

export function Desk({ client, keep, onSignOut }: Props) {
  const state = useStore(client.store, (all) => all);
  const [selection, setSelection] = useState<Selection>(() => {
    const kept = keep.read("selected");
    return typeof kept === "string" ? { kind: "conversation", id: kept } : null;
  });
  const [boardChosen, setBoardChosen] = useState(() => {
    const kept = keep.read("board");
    return typeof kept === "boolean" ? kept : null;
  });
  const [error, setError] = useState<WireError | null>(null);
  const accepting = useRef(false);
  const supervises = state.board !== null;
  const answers = state.me === null || state.me.access.includes("agent");
  const board = boardChosen ?? !answers;
  const showBoard = useCallback(
    (shown: boolean): void => {
      setBoardChosen(shown);
      keep.write("board", shown);
    },
    [keep],
  );

  const onError: OnError = useCallback((news) => setError(news), []);

  const select = useCallback(
    (next: Selection): void => {
      setSelection(next);
      showBoard(false);
      keep.write("selected", next?.kind === "conversation" ? next.id : null);
    },
    [keep, showBoard],
  );

  const accept = useCallback(
    async (offer: Offer): Promise<void> => {
      if (accepting.current) return;
      accepting.current = true;
      const failed = await client.accept(offer);
      setError(failed);
      if (failed === null) select({ kind: "conversation", id: offer.conversation_id });
      accepting.current = false;
    },
    [client, select],
  );

  // A link from a notice leads to its conversation, also when it is followed while this page is open.
  const up = state.connection === "connected";
  useEffect(() => {
    if (!up) return undefined;
    const follow = async (): Promise<void> => {
      const id = linkedConversation();
      if (id === null) return;
      history.replaceState(null, "", location.pathname);
      const failed = findConversation(client.store.get(), id) === null ? await client.watch(id) : null;
      setError(failed);
      if (failed === null) select({ kind: "conversation", id });
    };
    const look = (): void => void follow();
    look();
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, [client, select, up]);

  // An offer shows itself when nothing else is being looked at.
  const newestOffer = state.offers[0];
  const looksAt = isThere(state, selection);
  useEffect(() => {
    if (newestOffer === undefined || looksAt || accepting.current) return;
    // What was chosen since this was drawn, an accepted conversation say, stays chosen.
    setSelection((now) => (isThere(client.store.get(), now) ? now : { kind: "offer", id: newestOffer.offer_id }));
  }, [client, newestOffer, looksAt]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "a" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const offer = keyOffer(client.store.get(), selection);
      if (offer !== null) void accept(offer);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [accept, client, selection]);

  const calls = state.offers.length + state.alerts.length;
  useEffect(() => {
    document.title = calls > 0 ? `(${calls}) ${t.product}` : `${t.product} · ${t.console}`;
  }, [calls]);

  const notice = noticeText(state);
  const alert = state.alerts.at(-1);
  return (
    <div class="desk">
      <header class="top">
        <p class="mark">
          <span aria-hidden="true">B</span>
          {t.product}
        </p>
        {supervises && (
          <nav class="tabs" aria-label={t.console}>
            <button type="button" aria-pressed={!board} onClick={() => showBoard(false)}>
              <Icon path={inboxIcon} size={17} />
              {t.inbox}
            </button>
            <button type="button" aria-pressed={board} onClick={() => showBoard(true)}>
              <Icon path={boardIcon} size={17} />
              {t.board}
              {state.alerts.length > 0 && (
                <span class="count">
                  <span aria-hidden="true">{state.alerts.length}</span>
                  <span class="visually-hidden">{plural(LOCALE, t.alertCount, state.alerts.length)}</span>
                </span>
              )}
            </button>
          </nav>
        )}
        <span class="grow" />
        {answers && <PresenceSwitch state={state} client={client} onError={onError} />}
        <p class="me">
          <strong>{state.me?.name ?? ""}</strong>
          <span>{state.me?.role ?? ""}</span>
        </p>
        <LanguageButton />
        <button type="button" class="icon-button" aria-label={t.signOut} title={t.signOut} onClick={onSignOut}>
          <Icon path={signOutIcon} />
        </button>
      </header>
      {state.connection !== "connected" && (
        <p class="strip warn" role="status">
          <Icon path={warningIcon} size={17} />
          {state.connection === "starting" ? t.connecting : t.reconnecting}
        </p>
      )}
      {state.presence === "not_responding" && state.connection === "connected" && (
        <p class="strip bad" role="alert">
          <Icon path={warningIcon} size={17} />
          {t.notResponding}
          <button type="button" class="button" onClick={() => void client.setPresence("online").then(onError)}>
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
        {notice !== null && (
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
        {supervises && !board && alert !== undefined && (
          <p class="strip alert-strip">
            <Icon path={bellIcon} size={17} />
            <span class="grow">{fill(t.alertStrip, { reference: alert.reference ?? t.customer, why: known(t.whys, alert.why) })}</span>
            <button type="button" class="button" onClick={() => showBoard(true)}>
              {t.alertOpen}
            </button>
          </p>
        )}
      </div>
      {board && supervises ? (
        <Board
          state={state}
          client={client}
          onError={onError}
          onShow={(id) => select({ kind: "conversation", id })}
        />
      ) : (
        <div class={`columns${looksAt ? " looking" : ""}`}>
          <Inbox
            state={state}
            keep={keep}
            selection={selection}
            keyOfferId={keyOffer(state, selection)?.offer_id ?? null}
            onSelect={select}
            onAccept={(offer) => void accept(offer)}
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
              keep={keep}
              selection={selection}
              onError={onError}
              onAccept={(offer) => void accept(offer)}
              onPresence={() => void client.setPresence("online").then(onError)}
            />
          </main>
        </div>
      )}
    </div>
  );
}
