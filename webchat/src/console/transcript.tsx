/** A conversation as the desk sees it: the part before this handoff set apart, notes marked, nothing left out. */

import { useRef } from "preact/hooks";

import type { Outbox, OutboxItem } from "../core/outbox";
import { initials, rows, type MessageRow, type Row } from "../core/view";
import type { Actor, ConversationEvent } from "../protocol/model";
import { useFollow } from "../ui/hooks";
import { botIcon, Icon } from "../ui/icons";
import { clockTime, dayName, fill } from "../ui/i18n";
import { errorText, happening, LOCALE, t } from "./words";

const NOBODY: Actor = { kind: "agent", id: null, name: null };

interface Props {
  readonly events: readonly ConversationEvent[];
  readonly outbox: Outbox;
  readonly me: Actor | null;
  /** The request that this is about: what came before is set apart. */
  readonly askedSeq: number | null;
  /** The customer has seen everything up to here. */
  readonly seenSeq: number;
  readonly typing: Actor | null;
  readonly onRetry?: (clientId: string) => void;
  readonly onDrop?: (clientId: string) => void;
}

function senderName(actor: Actor, me: Actor | null): string {
  if (actor.kind === "agent" && me !== null && actor.id === me.id) return t.you;
  if (actor.name !== null && actor.kind !== "bot") return actor.name;
  return { customer: t.customer, bot: t.assistant, agent: t.you, system: t.system }[actor.kind];
}

function Delivery({ row, seen, props }: { row: MessageRow; seen: boolean; props: Props }) {
  const item: OutboxItem | null = row.item;
  const state = item?.state;
  if (item !== null && state?.kind === "refused") {
    return (
      <p class="delivery failed">
        {t.notSent}: {errorText(state.error)}
        <button type="button" class="link" onClick={() => props.onRetry?.(item.client_id)}>
          {t.tryAgain}
        </button>
        <button type="button" class="link" onClick={() => props.onDrop?.(item.client_id)}>
          {t.remove}
        </button>
      </p>
    );
  }
  const said = item === null || state?.kind === "stored" ? (seen ? t.seen : t.stored) : state?.kind === "sending" ? t.sending : t.waitingToSend;
  return (
    <p class="delivery" aria-live="off">
      {said}
    </p>
  );
}

function Message({ row, props, showDelivery }: { row: MessageRow; props: Props; showDelivery: boolean }) {
  const { actor } = row;
  const mine = actor.kind === "agent" && props.me !== null && (actor.id === props.me.id || row.item !== null);
  const name = mine ? t.you : senderName(actor, props.me);
  return (
    <div class={`message ${actor.kind}${mine ? " mine" : ""}${row.first ? " first" : ""}`}>
      {row.first && (
        <span class={`avatar ${actor.kind}`} aria-hidden="true">
          {actor.kind === "bot" ? <Icon path={botIcon} size={17} /> : initials(mine ? (props.me?.name ?? name) : name)}
        </span>
      )}
      <div class="said">
        {row.first && (
          <p class="who">
            <span class="name">{name}</span>
            <time dateTime={row.at}>{clockTime(LOCALE, row.at)}</time>
          </p>
        )}
        <p class="bubble" dir="auto">
          {row.text}
        </p>
        {mine && showDelivery && (
          <Delivery row={row} seen={row.seq !== null && row.seq <= props.seenSeq} props={props} />
        )}
      </div>
    </div>
  );
}

function Aside({ event }: { event: ConversationEvent }) {
  if (event.type === "note") {
    return (
      <div class="note">
        <p class="who">
          <span class="name">{event.whisper ? t.whisper : `${t.note} · ${event.actor.name ?? t.you}`}</span>
          <span>{t.noteHidden}</span>
          <time dateTime={event.at}>{clockTime(LOCALE, event.at)}</time>
        </p>
        <p dir="auto">{event.text}</p>
      </div>
    );
  }
  if (event.type === "late_bot_answer") {
    return (
      <div class="note late">
        <p class="who">
          <span class="name">{t.lateAnswer}</span>
          <time dateTime={event.at}>{clockTime(LOCALE, event.at)}</time>
        </p>
        {event.texts.map((text) => (
          <p key={text} dir="auto">
            {text}
          </p>
        ))}
        {event.did.length > 0 && <p>{fill(t.did, { what: event.did.join("; ") })}</p>}
      </div>
    );
  }
  const text = happening(event, new Date());
  return text === null ? null : (
    <p class="happening">
      {text} <time dateTime={event.at}>{clockTime(LOCALE, event.at)}</time>
    </p>
  );
}

const seqOf = (row: Row): number | null =>
  row.kind === "message" ? row.seq : row.kind === "day" ? null : row.event.seq;

export function Transcript(props: Props) {
  const list = useRef<HTMLDivElement>(null);
  const { events, outbox, me, askedSeq, typing } = props;
  const log = { events, cursor: events.at(-1)?.seq ?? 0, head: 0 };
  const shown = rows(log, outbox, me ?? NOBODY);
  useFollow(list, `${shown.at(-1)?.key ?? ""} ${shown.length} ${typing === null ? "" : "t"}`);
  const lastMine = shown.findLast((row) => row.kind === "message" && row.actor.kind === "agent" && row.item === null);

  const draw = (row: Row) => {
    switch (row.kind) {
      case "day":
        return (
          <h2 class="day" key={row.key}>
            {dayName(LOCALE, row.at, new Date())}
          </h2>
        );
      case "message":
        return <Message key={row.key} row={row} props={props} showDelivery={row === lastMine || row.item !== null} />;
      default:
        return <Aside key={row.key} event={row.event} />;
    }
  };

  // A day heading belongs to what follows it.
  const split = askedSeq === null ? 0 : shown.findIndex((row) => (seqOf(row) ?? 0) >= askedSeq);
  const before = split <= 0 ? [] : shown.slice(0, split);
  const after = split <= 0 ? shown : shown.slice(split);
  return (
    <div class="log" ref={list} role="log" aria-label={t.conversation} aria-live="polite" tabIndex={0} data-testid="transcript">
      {before.length > 0 && (
        <section class="before" aria-label={t.botPart}>
          <p class="before-title">{t.botPart}</p>
          {before.map(draw)}
        </section>
      )}
      {after.map(draw)}
      {typing !== null && <p class="typing">{fill(t.typing, { name: typing.name ?? t.customer })}</p>}
    </div>
  );
}
