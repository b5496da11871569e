/** The widget as a whole. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import type { Keep } from "../client/keep";
import { awaitsRating, control, isLive, openButtons, unreadSince, type CustomerState } from "../core/customer";
import { telephone } from "../core/links";
import type { DeskInfo, Trader } from "../protocol/model";
import { useFocusKept, useStore } from "../ui/hooks";
import { blockIcon, chevronDownIcon, clockIcon, closeIcon, Icon, infoIcon, warningIcon } from "../ui/icons";
import { serverNow } from "../ui/clock";
import { fill } from "../ui/i18n";
import { Composer } from "./composer";
import type { LanguageChoice } from "./language";
import { Later } from "./later";
import { Messages } from "./messages";
import { ControlBar } from "./status";
import { atMoment, errorText, useWords } from "./words";

const loadAbout = () => import("./about");
const loadCard = () => import("./card");
const loadForms = () => import("./forms");

interface Props {
  readonly client: CustomerClient;
  readonly keep: Keep;
  readonly desk: DeskInfo | null;
  readonly language: LanguageChoice;
  /** Whether the panel is in sight. */
  readonly open: boolean;
  /** Whether opening puts the cursor into the composer. */
  readonly takesFocus: boolean;
  /** `null` when the widget is a page of its own. */
  readonly onClose: (() => void) | null;
  readonly onUnread: (count: number) => void;
}

/** What stands between the log and the composer: trouble, the state of a handoff, a rating, quick replies. */
function Banner({ state, desk }: { state: CustomerState; desk: DeskInfo | null }) {
  const words = useWords();
  const { t } = words;
  if (state.connection === "refused") return null;
  if (state.connection === "reconnecting") {
    return (
      <p class="banner warn" role="status">
        <Icon path={warningIcon} size={17} />
        <span>{t.reconnecting}</span>
      </p>
    );
  }
  if (state.connection === "starting") {
    return (
      <p class="banner" role="status">
        {t.starting}
      </p>
    );
  }
  if (desk !== null && state.blocked === null && !isLive(state.handoff) && (!desk.open || desk.on_duty === 0)) {
    const back = desk.open || desk.opens_at === null ? null : atMoment(words, desk.opens_at, serverNow());
    return (
      <p class="banner">
        <Icon path={clockIcon} size={17} />
        <span>
          {desk.open ? t.noOneOnDuty : t.closedNow}
          {back !== null && <strong> {fill(t.openAgain, { time: back })}</strong>}
        </span>
      </p>
    );
  }
  return null;
}

/** Requests that the server will not carry out; a refused message says so in its own place. */
function Refusals({ state, client, email }: { state: CustomerState; client: CustomerClient; email: string | null }) {
  const words = useWords();
  return (
    <div role="alert">
      {state.outbox.map(
        (item) =>
          item.text === null &&
          item.state.kind === "refused" && (
            <p key={item.client_id} class="banner warn">
              <Icon path={warningIcon} size={17} />
              <span class="grow">{errorText(words, item.state.error, email)}</span>
              <button
                type="button"
                class="icon-button small"
                aria-label={words.t.remove}
                onClick={() => client.drop(item.client_id)}
              >
                <Icon path={closeIcon} size={15} />
              </button>
            </p>
          ),
      )}
    </div>
  );
}

function QuickReplies({ state, client }: { state: CustomerState; client: CustomerClient }) {
  const { t } = useWords();
  const open = openButtons(state.log);
  if (open === null || state.blocked !== null || control(state.handoff) !== "bot" || state.outbox.some(({ text }) => text !== null)) return null;
  return (
    <div class="replies" role="group" aria-label={t.quickReplies}>
      {open.buttons.map((button) => (
        <button key={button.payload} type="button" class="reply" onClick={() => client.say(button.payload)}>
          {button.title}
        </button>
      ))}
    </div>
  );
}

/** What stands in the composer's place for somebody who may not write here: how the trader is reached all the same. */
function Blocked({ text, email, card }: { text: string; email: string | null; card: RefObject<HTMLElement | null> }) {
  const { t } = useWords();
  return (
    <section class="blocked" ref={card} tabIndex={-1} aria-label={t.blockedTitle} data-testid="blocked">
      <Icon path={blockIcon} />
      <p>{text}</p>
      {email !== null && (
        <p class="choices">
          <a class="button" href={`mailto:${email}`}>
            {t.blockedMail}
          </a>
        </p>
      )}
    </section>
  );
}

/** What stands there when the server will not have this page: nothing that is written here would reach anybody. */
function Refused({ trader, card }: { trader: Trader | null; card: RefObject<HTMLElement | null> }) {
  const { t } = useWords();
  const { email = null, phone = null } = trader ?? {};
  return (
    <section class="blocked" ref={card} tabIndex={-1} role="alert">
      <Icon path={warningIcon} />
      <p>
        {t.refused} {trader !== null && fill(t.refusedContact, { trader: trader.name })}
      </p>
      {(email !== null || phone !== null) && (
        <p class="choices">
          {email !== null && (
            <a class="button" href={`mailto:${email}`}>
              {email}
            </a>
          )}
          {phone !== null && (
            <a class="button" href={telephone(phone)}>
              {phone}
            </a>
          )}
        </p>
      )}
    </section>
  );
}

/** Up to where which conversation was looked at, as the browser keeps it. */
const lookedAt = (kept: unknown): { readonly of: unknown; readonly seq: number } =>
  typeof kept === "object" && kept !== null && "of" in kept && "seq" in kept && typeof kept.seq === "number"
    ? { of: kept.of, seq: kept.seq }
    : { of: null, seq: 0 };

/** Tells the server what was looked at, and the host how much was not. */
function useReading({ client, keep, open, onUnread }: Props, state: CustomerState): void {
  const [visible, setVisible] = useState(() => !document.hidden);
  const [read, setRead] = useState(() => lookedAt(keep.read("read")));
  useEffect(() => {
    const look = (): void => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const { cursor } = state.log;
  const of = state.conversation?.id ?? null;
  const looking = open && visible && state.connection === "connected";
  useEffect(() => {
    if (!looking || of === null || cursor === 0) return;
    client.read(cursor);
    setRead({ of, seq: cursor });
    keep.write("read", { of, seq: cursor });
  }, [client, keep, looking, of, cursor]);
  const unread = looking ? 0 : unreadSince(state.log, read.of === of ? read.seq : 0);
  useEffect(() => onUnread(unread), [onUnread, unread]);
  // A sound for news while nobody looks, for those who have turned it on.
  const before = useRef(0);
  useEffect(() => {
    if (unread > before.current && keep.read("sound") === true) {
      import("./chime").then(({ chime }) => chime(), () => undefined);
    }
    before.current = unread;
  }, [keep, unread]);
}

export function App(props: Props) {
  const { client, desk, language, open, takesFocus, onClose, keep } = props;
  const { t } = useWords();
  const state = useStore(client.store, (all) => all);
  const [about, setAbout] = useState(false);
  const [details, setDetails] = useState(false);
  const [ratedLater, setRatedLater] = useState(0);
  const [draft, setDraft] = useState(() => {
    const kept = keep.read("draft");
    return typeof kept === "string" ? kept : "";
  });
  const card = useRef<HTMLElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const aboutButton = useRef<HTMLButtonElement>(null);
  const wantsCard = useRef(false);
  const main = useRef<HTMLElement>(null);
  useReading(props, state);
  // On a touch screen the composer would bring the keyboard up, which nobody asked for.
  useFocusKept(main, () => {
    const log = main.current?.querySelector<HTMLElement>("[role=log]") ?? null;
    return matchMedia("(pointer: coarse)").matches ? log : (field.current ?? card.current ?? log);
  });

  useEffect(() => {
    if (open && takesFocus) field.current?.focus();
  }, [open, takesFocus]);

  const connected = state.connection === "connected";
  useEffect(() => {
    if (connected) loadCard().catch(() => undefined); // it should be there when the network is not
  }, [connected]);

  const { handoff, blocked } = state;
  const email = desk?.trader?.email ?? null;
  const live = isLive(handoff);
  const rating = awaitsRating(state);
  const showsCard = live && (handoff?.state !== "active" || details);

  useEffect(() => {
    if (wantsCard.current && card.current !== null) {
      wantsCard.current = false;
      card.current.focus();
    }
  });

  const person = (): void => {
    setAbout(false);
    wantsCard.current = true;
    if (state.connection === "refused" || blocked !== null) card.current?.focus();
    else if (handoff?.state === "active") setDetails((shown) => !shown);
    else if (!live || handoff?.state === "promised") client.ask("request_human", {});
    else card.current?.focus();
  };

  const closeAbout = (): void => {
    setAbout(false);
    aboutButton.current?.focus();
  };

  const changeDraft = (text: string): void => {
    setDraft(text);
    keep.write("draft", text === "" ? null : text);
  };

  return (
    <main
      class="chat"
      ref={main}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        if (about) closeAbout();
        else onClose?.();
      }}
    >
      <header class="head">
        <h1>{desk?.trader?.name ?? t.chat}</h1>
        {desk?.demo === true && <span class="demo">{t.demo}</span>}
        <button
          type="button"
          class="icon-button"
          ref={aboutButton}
          aria-label={t.about}
          title={t.about}
          aria-expanded={about}
          onClick={() => setAbout(!about)}
        >
          <Icon path={infoIcon} />
        </button>
        {onClose !== null && (
          <button type="button" class="icon-button" aria-label={t.close} title={t.close} onClick={onClose}>
            <Icon path={chevronDownIcon} />
          </button>
        )}
      </header>
      <ControlBar state={state} onPerson={person} />
      {about ? (
        <Later load={loadAbout}>
          {({ About }) => (
            <About
              client={client}
              state={state}
              desk={desk}
              keep={keep}
              language={language}
              onBack={closeAbout}
            />
          )}
        </Later>
      ) : (
        <>
          <Messages state={state} client={client} email={email} />
          <div class="dock">
            <Banner state={state} desk={desk} />
            <Refusals state={state} client={client} email={email} />
            {showsCard && handoff !== null && (
              <Later load={loadCard}>
                {({ HandoffCard }) => (
                  <HandoffCard
                    hours={desk?.hours ?? null}
                    state={state}
                    handoff={handoff}
                    client={client}
                    card={card}
                    wantsFocus={wantsCard}
                    onWait={() => field.current?.focus()}
                  />
                )}
              </Later>
            )}
            {rating !== null && rating.seq > ratedLater && (
              <Later load={loadForms}>
                {({ RateCard }) => (
                  <RateCard name={rating.name} client={client} onLater={() => setRatedLater(rating.seq)} />
                )}
              </Later>
            )}
            <QuickReplies state={state} client={client} />
          </div>
          {state.connection === "refused" ? (
            <Refused trader={desk?.trader ?? null} card={card} />
          ) : blocked === null ? (
            <Composer client={client} field={field} draft={draft} onDraft={changeDraft} />
          ) : (
            <Blocked text={blocked} email={email} card={card} />
          )}
        </>
      )}
    </main>
  );
}
