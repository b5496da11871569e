/** The log: days, messages, and what happened between them. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import { control, openButtons, type CustomerState } from "../core/customer";
import { isOnlyEmoji } from "../core/links";
import { lastOf } from "../core/log";
import { initials, rows, type MessageRow, type Row } from "../core/view";
import type { Actor, ConversationEvent, Person } from "../protocol/model";
import { dayName, fill, plural } from "../ui/i18n";
import { serverNow } from "../ui/clock";
import { useFollow, useNow } from "../ui/hooks";
import { Linked } from "../ui/linked";
import { botIcon, checkIcon, checksIcon, chevronDownIcon, clockIcon, Icon, thumbDownIcon, thumbUpIcon } from "../ui/icons";
import { errorText, happening, timeOf, useWords } from "./words";

const ME: Actor = { kind: "customer", id: null, name: null };

export function Avatar({ actor }: { actor: Actor | Person }) {
  if ("kind" in actor && actor.kind !== "agent") {
    return (
      <span class="avatar bot" aria-hidden="true">
        <Icon path={botIcon} size={18} />
      </span>
    );
  }
  return (
    <span class="avatar" aria-hidden="true">
      {initials(actor.name ?? "?")}
    </span>
  );
}

interface DeliveryProps {
  readonly row: MessageRow;
  readonly seen: boolean;
  /** Whether it says so in words; others have the sign, and the words for those who listen. */
  readonly inWords: boolean;
  readonly client: CustomerClient;
  readonly email: string | null;
}

function Delivery({ row, seen, inWords, client, email }: DeliveryProps) {
  const words = useWords();
  const { t } = words;
  const state = row.item?.state;
  if (state?.kind === "refused" && row.item !== null) {
    const id = row.item.client_id;
    return (
      <p class="delivery failed">
        <span>
          {t.notSent}: {errorText(words, state.error, email)}
        </span>
        {client.store.get().blocked === null && (
          <button type="button" class="link" onClick={() => client.retry(id)}>
            {t.tryAgain}
          </button>
        )}
        <button type="button" class="link" onClick={() => client.drop(id)}>
          {t.remove}
        </button>
      </p>
    );
  }
  const { connection } = client.store.get();
  const online = connection === "connected" || connection === "starting";
  const stored = row.item === null || state?.kind === "stored";
  const said = stored ? (seen ? t.seen : t.stored) : online ? t.sending : t.waitingToSend;
  return (
    <p class="delivery" aria-live="off">
      <Icon path={stored ? (seen ? checksIcon : checkIcon) : clockIcon} size={13} />
      {inWords ? said : <span class="visually-hidden">{said}</span>}
    </p>
  );
}

function Judge({ row, client }: { row: MessageRow; client: CustomerClient }) {
  const { t } = useWords();
  const seq = row.seq;
  if (seq === null) return null;
  if (row.helpful !== null) {
    return <p class="judged">{row.helpful ? t.thanksHelpful : t.thanksNotHelpful}</p>;
  }
  const judge = (helpful: boolean): void => client.ask("feedback", { seq, helpful });
  return (
    <div class="judge" role="group" aria-label={t.helpfulQuestion} aria-live="off">
      <span aria-hidden="true">{t.helpfulQuestion}</span>
      <button type="button" class="icon-button" aria-label={t.helpful} title={t.helpful} onClick={() => judge(true)}>
        <Icon path={thumbUpIcon} size={17} />
      </button>
      <button type="button" class="icon-button" aria-label={t.notHelpful} title={t.notHelpful} onClick={() => judge(false)}>
        <Icon path={thumbDownIcon} size={17} />
      </button>
    </div>
  );
}

interface MessageProps {
  readonly row: MessageRow;
  readonly client: CustomerClient;
  readonly email: string | null;
  readonly showDelivery: boolean;
  readonly lastMine: boolean;
  readonly seen: boolean;
  readonly canJudge: boolean;
}

function Message({ row, client, email, showDelivery, lastMine, seen, canJudge }: MessageProps) {
  const words = useWords();
  const { t } = words;
  const { actor } = row;
  const mine = actor.kind === "customer";
  const name = mine ? t.you : (actor.name ?? (actor.kind === "bot" ? t.assistant : t.system));
  return (
    <div class={`message ${actor.kind}${row.first ? " first" : ""}${row.item === null ? "" : " pending"}`}>
      {!mine && row.first && <Avatar actor={actor} />}
      <div class="said">
        {row.first && (
          <p class={mine ? "who visually-hidden" : "who"}>
            <span class="name">{name}</span>
            {actor.kind === "bot" && <span class="badge ai">{t.ai}</span>}
            <time dateTime={row.at}>{timeOf(words, row.at)}</time>
          </p>
        )}
        <p class={isOnlyEmoji(row.text) ? "bubble emoji" : "bubble"} dir="auto">
          <Linked text={row.text} elsewhere={t.opensNewTab} />
        </p>
        {mine && showDelivery && (
          <div class="delivery-line">
            {row.item === null && <time dateTime={row.at}>{timeOf(words, row.at)}</time>}
            <Delivery row={row} seen={seen} inWords={lastMine} client={client} email={email} />
          </div>
        )}
        {(canJudge || row.helpful !== null) && <Judge row={row} client={client} />}
      </div>
    </div>
  );
}

function Joined({ agent, at }: { agent: Person; at: string }) {
  const words = useWords();
  const { t } = words;
  return (
    <div class="joined">
      <Avatar actor={agent} />
      <p>
        <strong>{fill(t.joined, { name: agent.name })}</strong>
        <span>{fill(t.roleAt, { role: agent.role, employer: agent.employer })}</span>
      </p>
      <time dateTime={at}>{timeOf(words, at)}</time>
    </div>
  );
}

function Happening({ event, agent }: { event: ConversationEvent; agent: string | null }) {
  const words = useWords();
  const text = happening(words, event, agent, serverNow());
  if (text === null) return null;
  const tones: Partial<Record<typeof event.type, string>> = {
    promise_broken: " sorry",
    promise_offered: " timed",
    handoff_promised: " timed",
  };
  return (
    <p class={`happening${tones[event.type] ?? ""}`}>
      {text} <time dateTime={event.at}>{timeOf(words, event.at)}</time>
    </p>
  );
}

/** Who had the conversation just before a row: the last agent who joined up to there. */
function agentBefore(state: CustomerState, seq: number): string | null {
  const joined = state.log.events.findLast((event) => event.type === "agent_joined" && event.seq <= seq);
  return joined?.type === "agent_joined" ? joined.agent.name : null;
}

const QUIET_MS = 1_000; // for a browser to draw the log before a screen reader is told to follow it
/** A message of somebody else that is taller than the log is shown from its first line; the reader goes on from there. */
function useTopOfTall(list: RefObject<HTMLElement | null>, newest: Row | undefined): void {
  const key = newest?.key;
  const others = newest?.kind === "message" && newest.actor.kind !== "customer";
  const before = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    const first = before.current === undefined;
    before.current = key;
    const log = list.current;
    const last = log?.querySelector<HTMLElement>(":scope > .message:not(.typing):last-of-type");
    const atEnd = log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    if (first || !others || log === null || !last || !atEnd || last.offsetHeight <= log.clientHeight) return;
    log.scrollTop = last.offsetTop - log.offsetTop;
  }, [list, key, others]);
}

interface Props {
  readonly state: CustomerState;
  readonly client: CustomerClient;
  /** Where else the trader can be reached, for when something is refused. */
  readonly email: string | null;
}

export function Messages({ state, client, email }: Props) {
  const { locale, t } = useWords();
  const list = useRef<HTMLDivElement>(null);
  const shown = rows(state.log, state.outbox, ME);
  const { typing } = state;
  const { atEnd, toEnd } = useFollow(list, `${shown.at(-1)?.key ?? ""} ${shown.length} ${typing === null ? "" : "t"}`);
  useTopOfTall(list, shown.at(-1));
  const now = useNow(60_000);
  const lastMine = shown.findLast((row) => row.kind === "message" && row.actor.kind === "customer");
  const lastMessage = shown.findLast((row) => row.kind === "message");
  const greeting = state.log.events.find((event) => event.type === "message");
  const judging = control(state.handoff) === "bot" && state.blocked === null && openButtons(state.log) === null; // a question back is no answer
  const readSeq = useRef(0);
  if (atEnd) readSeq.current = state.log.cursor;
  const below = state.log.events.filter(
    (event) => event.seq > readSeq.current && event.type === "message" && event.actor.kind !== "customer",
  ).length;

  // What was said before the page was loaded is there to be read, and not to be announced line by line.
  const [live, setLive] = useState(false);
  const started = state.connection !== "starting" && state.conversation !== null;
  useEffect(() => {
    if (!started) return undefined;
    const timer = setTimeout(() => setLive(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [started]);

  const draw = (row: Row) => {
    switch (row.kind) {
      case "day":
        return (
          <h2 class="day" key={row.key}>
            {dayName(locale, row.at, now)}
          </h2>
        );
      case "message":
        return (
          <Message
            key={row.key}
            row={row}
            client={client}
            email={email}
            showDelivery={row === lastMine || row.item !== null}
            lastMine={row === lastMine}
            seen={row.seq !== null && row.seq <= state.seen_seq}
            canJudge={judging && row === lastMessage && row.actor.kind === "bot" && row.seq !== greeting?.seq}
          />
        );
      case "happening":
        return row.event.type === "agent_joined" ? (
          <Joined key={row.key} agent={row.event.agent} at={row.event.at} />
        ) : (
          <Happening key={row.key} event={row.event} agent={agentBefore(state, row.event.seq)} />
        );
      default:
        return null;
    }
  };

  const joined = typing?.kind === "agent" ? lastOf(state.log, "agent_joined") : null;
  const typingName = typing?.name ?? joined?.agent.name ?? t.assistant;

  return (
    <div class="log-frame">
      <div
        class="log"
        ref={list}
        role="log"
        aria-label={t.conversation}
        aria-live={live ? "polite" : "off"}
        aria-relevant="additions"
        tabIndex={0}
        data-testid="transcript"
      >
        {state.afresh && (
          <p class="happening afresh" role="status" data-testid="afresh">
            {t.startedAfresh}
          </p>
        )}
        {shown.length === 0 && state.connection === "starting" && (
          <div class="skeleton" aria-hidden="true">
            <i />
            <i />
          </div>
        )}
        {shown.length === 0 && state.connection === "connected" && <p class="empty">{t.noMessages}</p>}
        {shown.map(draw)}
        {typing !== null && (
          <div class="message typing" key="typing" aria-live="off">
            <Avatar actor={typing} />
            <p class="dots">
              <span class="visually-hidden">{fill(t.typing, { name: typingName })}</span>
              <i />
              <i />
              <i />
            </p>
          </div>
        )}
      </div>
      {!atEnd && (
        <button
          type="button"
          class="to-end"
          onClick={() => {
            toEnd();
            list.current?.focus();
          }}
        >
          <Icon path={chevronDownIcon} size={16} />
          {below > 0 ? plural(locale, t.newMessages, below) : <span class="visually-hidden">{t.conversation}</span>}
        </button>
      )}
    </div>
  );
}
