/** A conversation as the desk sees it: the part before this handoff set apart, notes marked, nothing left out. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Outbox, OutboxItem } from "../core/outbox";
import { initials, rows, type MessageRow, type Row } from "../core/view";
import type { Actor, ConversationEvent } from "../protocol/model";
import { serverNow } from "../ui/clock";
import { botIcon, Icon } from "../ui/icons";
import { clockTime, dayName, fill } from "../ui/i18n";
import { pure } from "../ui/pure";
import { customerLetters } from "./inbox";
import { LongList, type Reveal } from "./long-list";
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
  /** A number in the log to go to; another `id` goes there again. */
  readonly reveal?: { readonly seq: number; readonly id: number } | null;
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

function Message({ row, props, showDelivery, letters }: { row: MessageRow; props: Props; showDelivery: boolean; letters: string }) {
  const { actor } = row;
  const mine = actor.kind === "agent" && props.me !== null && (actor.id === props.me.id || row.item !== null);
  const name = mine ? t.you : senderName(actor, props.me);
  return (
    <div class={`message ${actor.kind}${mine ? " mine" : ""}${row.first ? " first" : ""}`}>
      {row.first && (
        <span class={`avatar ${actor.kind}`} aria-hidden="true">
          {actor.kind === "bot" ? (
            <Icon path={botIcon} size={17} />
          ) : actor.kind === "customer" && actor.name === null ? (
            letters
          ) : (
            initials(mine ? (props.me?.name ?? name) : name)
          )}
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
          <span class="name">{`${event.whisper ? t.whisper : t.note} · ${event.actor.name ?? t.you}`}</span>
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
  const text = happening(event, serverNow());
  return text === null ? null : (
    <p class="happening">
      {text} <time dateTime={event.at}>{clockTime(LOCALE, event.at)}</time>
    </p>
  );
}

const seqOf = (row: Row): number | null =>
  row.kind === "message" ? row.seq : row.kind === "day" ? null : row.event.seq;

const CHARACTERS_A_LINE = 60;

/** About as high as it will be; what is drawn is measured. */
function guessPx(row: Row): number {
  if (row.kind === "day") return 42;
  if (row.kind === "happening") return 44;
  const text = row.kind === "message" ? row.text : row.event.text;
  const lines = text.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / CHARACTERS_A_LINE), 0);
  return (row.kind === "message" && !row.first ? 19 : 52) + 22 * lines;
}

/** Says new words of the customer and of the desk once, for those who hear the page. */
function Announcer({ events, me }: { events: readonly ConversationEvent[]; me: Actor | null }) {
  const [said, setSaid] = useState("");
  const upTo = useRef(events.at(-1)?.seq ?? 0);
  useEffect(() => {
    const fresh = events.filter(({ seq }) => seq > upTo.current);
    const first = upTo.current === 0;
    upTo.current = events.at(-1)?.seq ?? 0;
    if (first) return;
    const heard = fresh.flatMap((event) =>
      (event.type === "message" || event.type === "note") && !(event.actor.kind === "agent" && event.actor.id === me?.id)
        ? [`${senderName(event.actor, me)}: ${event.text}`]
        : [],
    );
    if (heard.length > 0) setSaid(heard.join("\n"));
  }, [events, me]);
  return (
    <div class="visually-hidden" aria-live="polite" data-testid="announced">
      {said}
    </div>
  );
}

export const Transcript = pure((props: Props) => {
  const { events, outbox, me, askedSeq, typing, reveal = null } = props;
  const shown = useMemo(
    () => rows({ events, cursor: events.at(-1)?.seq ?? 0, head: 0 }, outbox, me ?? NOBODY),
    [events, outbox, me?.id],
  );
  const lastMine = shown.findLast((row) => row.kind === "message" && row.actor.kind === "agent" && row.item === null);
  const split = askedSeq === null ? 0 : shown.findIndex((row) => (seqOf(row) ?? 0) >= askedSeq);
  // A day heading belongs to what follows it.
  const before = split > 0 && shown[split - 1]?.kind === "day" ? split - 1 : Math.max(0, split);
  const withPerson = shown.slice(0, before).some((row) => row.kind === "message" && row.actor.kind === "agent");
  // The same as in the list, where two customers without a name differ by their references.
  const reference = events.findLast((event) => event.type === "handoff_requested")?.reference;
  const letters = reference === undefined ? initials(t.customer) : customerLetters(null, reference);
  const keys = useMemo(() => shown.map(({ key }) => key), [shown]);
  const target = useMemo((): Reveal | null => {
    if (reveal === null) return null;
    const row = shown.find((one) => seqOf(one) === reveal.seq);
    return row === undefined ? null : { key: row.key, id: reveal.id };
  }, [reveal, shown.length === 0]);

  const draw = (index: number) => {
    const row = shown[index];
    if (row === undefined) return null;
    switch (row.kind) {
      case "day":
        return <h2 class="day">{dayName(LOCALE, row.at, serverNow())}</h2>;
      case "message":
        return <Message row={row} props={props} showDelivery={row === lastMine || row.item !== null} letters={letters} />;
      default:
        return <Aside event={row.event} />;
    }
  };

  const rowClass = (index: number): string => {
    if (index >= before) return "";
    return ` before${index === 0 ? " begins" : ""}${index === before - 1 ? " ends" : ""}`;
  };

  return (
    <>
      <LongList
        keys={keys}
        guessPx={(index) => {
          const row = shown[index];
          return row === undefined ? 0 : guessPx(row);
        }}
        draw={(index) => (
          <>
            {index === 0 && before > 0 && <p class="before-title">{withPerson ? t.earlierPart : t.botPart}</p>}
            {draw(index)}
          </>
        )}
        rowClass={rowClass}
        label={t.conversation}
        reveal={target}
      >
        {typing !== null && <p class="typing">{fill(t.typing, { name: typing.name ?? t.customer })}</p>}
      </LongList>
      <Announcer events={events} me={me} />
    </>
  );
});
