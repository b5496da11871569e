/** One conversation: transcript, composer, facts and actions. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import type { AgentClient } from "../client/agent";
import { canTakeBack, isOwn, ownCanned, reminder, type DeskConversation, type DeskState } from "../core/desk";
import type { Actor, Block } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { bellIcon, blockIcon, downloadIcon, Icon, infoIcon, undoIcon } from "../ui/icons";
import { fill, lasting, listed, moment } from "../ui/i18n";
import { Linked } from "../ui/linked";
import { save } from "../ui/save";
import { Actions, Supervise, type Act } from "./actions";
import type { OnError, RevealIn } from "./app";
import { Completeness } from "./completeness";
import { Composer, type Ask } from "./composer";
import type { Drafts, Mode } from "./drafts";
import { customerName } from "./inbox";
import { languageName } from "./offer";
import { Past } from "./past";
import { placesOf } from "./places";
import { Suggestions } from "./suggestions";
import { Transcript } from "./transcript";
import { known, LOCALE, t } from "./words";

interface Props {
  readonly conversation: DeskConversation;
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly drafts: Drafts;
  readonly ask: Ask | null;
  readonly acting: Act | null;
  /** Whether the details lie over the conversation, where there is no room beside it. */
  readonly details: boolean;
  readonly reveal: RevealIn | null;
  readonly onAct: (act: Act | null) => void;
  /** What the form that is open now is for was carried out. */
  readonly onDone: () => void;
  readonly onDetails: (shown: boolean) => void;
  readonly onTakeBack: () => void;
  readonly onError: OnError;
}

function Facts({ conversation, client }: { conversation: DeskConversation; client: AgentClient }) {
  const now = useNow(30_000);
  const [failed, setFailed] = useState(false);
  const { handoff, customer, offered, hold } = conversation;
  const by = handoff?.promise?.answer_by ?? handoff?.answer_by ?? null;
  const contact = handoff?.promise?.contact ?? null;
  const owner = handoff?.promise?.owner ?? null;
  const isFollowed = hold === "watched" || hold === "read"; // else its agent is this one, or no longer known
  const load = async (): Promise<void> => {
    setFailed(false);
    try {
      save(await client.transcript(conversation.id, "txt"), `${handoff?.reference ?? conversation.id}.txt`);
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
      <section>
        <h2>{t.request}</h2>
        <dl>
          <dt>{t.reason}</dt>
          <dd>{known(t.reasons, handoff?.reason ?? "other")}</dd>
          <dt>{t.reference}</dt>
          <dd>{handoff?.reference}</dd>
          <dt>{t.state}</dt>
          <dd>{handoff === null ? "" : listed([t.states[handoff.state], isFollowed && handoff.state === "active" ? (handoff.agent?.name ?? "") : ""])}</dd>
          {by !== null && (handoff?.state === "promised" || handoff?.state === "queued") && (
            <>
              <dt>{t.followUpWhen}</dt>
              <dd>{moment(LOCALE, by, now)}</dd>
            </>
          )}
          {owner !== null && handoff?.state === "promised" && (
            <>
              <dt>{t.owner}</dt>
              <dd>{owner}</dd>
            </>
          )}
          {contact !== null && (
            <>
              <dt>{t.contact}</dt>
              <dd>
                <Linked text={listed([contact.email ?? "", contact.phone ?? ""])} />
              </dd>
            </>
          )}
          <dt>{t.language}</dt>
          <dd>{languageName(customer?.locale ?? conversation.info?.locale ?? null)}</dd>
        </dl>
      </section>
      <section>
        <h2>{t.transcript}</h2>
        {offered !== null && (
          <>
            <p class="meta">{t.transcriptOffered}</p>
            <Completeness events={offered.events} count={offered.count} headHash={offered.head_hash} />
          </>
        )}
        <button type="button" class="button plain" onClick={() => void load()}>
          <Icon path={downloadIcon} size={16} />
          {t.download}
        </button>
        {failed && <p class="error-text">{t.downloadFailed}</p>}
      </section>
    </>
  );
}

/** Marks what is on the screen as read while the page is in front. */
function useReading(conversation: DeskConversation, client: AgentClient): void {
  const [visible, setVisible] = useState(() => !document.hidden);
  useEffect(() => {
    const look = (): void => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  const { id } = conversation;
  const { cursor } = conversation.log;
  useEffect(() => {
    if (visible && cursor > 0) client.read(id, cursor);
  }, [client, id, visible, cursor]);
}

const isLive = ({ handoff }: DeskConversation): boolean =>
  handoff !== null && handoff.state !== "resolved" && handoff.state !== "withdrawn";

function modesOf(conversation: DeskConversation): readonly Mode[] {
  switch (conversation.hold) {
    case "held":
    case "promised":
      return ["message", "note"];
    case "wrap_up":
      return ["note"];
    case "watched":
      return isLive(conversation) ? ["whisper"] : [];
    default:
      return [];
  }
}

/** A conversation that stays in the list until it is put aside: what it is, and the way to do that. */
function DismissStrip({ text, client, id, children }: { text: string; client: AgentClient; id: string; children?: ComponentChildren }) {
  return (
    <p class="strip calm">
      <span class="grow">{text}</span>
      {children}
      <button type="button" class="button" onClick={() => client.store.dispatch({ type: "dismissed", conversation_id: id })}>
        {t.dismiss}
      </button>
    </p>
  );
}

/** The end of a conversation: how long the seat is still kept for notes. */
function WrapUpStrip({ keptUntil, undo, onDone }: { keptUntil: string | null; undo: ComponentChildren; onDone: () => void }) {
  const now = useNow(1_000);
  const left = keptUntil === null ? 0 : Date.parse(keptUntil) - now.getTime();
  return (
    <p class="strip calm">
      <span class="grow">{left > 0 ? fill(t.wrapUpText, { time: lasting(LOCALE, left) }) : t.wrapUpDone}</span>
      {left > 0 && undo}
      <button type="button" class={left > 0 ? "button primary" : "button"} onClick={onDone}>
        {left > 0 ? t.readyNow : t.dismiss}
      </button>
    </p>
  );
}

function Reminder({ conversation }: { conversation: DeskConversation }) {
  const now = useNow(60_000);
  const of = reminder(conversation);
  const by = conversation.handoff?.promise?.answer_by ?? null;
  if (of === null || (of === "promise" && by === null)) return null;
  return (
    <p class="strip warn">
      <Icon path={bellIcon} size={17} />
      {of === "answer" ? t.reminded : fill(t.remindedPromise, { time: moment(LOCALE, by ?? "", now) })}
    </p>
  );
}

function BlockStrip({ block }: { block: Block }) {
  const now = useNow(60_000);
  return (
    <p class="strip bad" data-testid="blocked-strip">
      <Icon path={blockIcon} size={17} />
      <span class="grow">
        {fill(t.blocked, { name: block.by.name, time: moment(LOCALE, block.at, now) })}
        {block.reason !== "" && ` · ${block.reason}`}
      </span>
    </p>
  );
}

/** Whichever of the two has changed last. */
function useLatest<T>(a: T | null, b: T | null): T | null {
  const known = useRef({ a, b, latest: a });
  if (known.current.a !== a) known.current = { a, b, latest: a };
  else if (known.current.b !== b) known.current = { a, b, latest: b };
  return known.current.latest;
}

export function Conversation(props: Props) {
  const { conversation, state, client, drafts, acting, details, reveal, onAct, onDone, onDetails, onTakeBack, onError } = props;
  const [taken, setTaken] = useState<Ask | null>(null);
  const up = state.connection === "connected";
  useReading(conversation, client);
  const { id, handoff, hold, log } = conversation;
  const { me } = state;
  const actor = useMemo((): Actor | null => (me === null ? null : { kind: "agent", id: me.id, name: me.name }), [me]);
  const retry = useCallback((clientId: string) => client.retry(id, clientId), [client, id]);
  const drop = useCallback((clientId: string) => client.drop(id, clientId), [client, id]);
  const name = customerName(conversation.customer);
  const reference = handoff?.reference ?? "";
  const own = isOwn(conversation);
  const modes = modesOf(conversation);
  const asked = log.events.findLast((event) => event.type === "handoff_requested")?.seq ?? null;

  const send = async (mode: Mode, text: string): Promise<boolean> => {
    if (mode === "message") {
      client.say(id, text);
      return true;
    }
    const failed = await client.act(mode, id, { text });
    onError(failed);
    return failed === null;
  };

  const ask = useLatest(props.ask, taken);
  const undo = canTakeBack(conversation) && (
    <button type="button" class="button" onClick={onTakeBack}>
      <Icon path={undoIcon} size={16} />
      {t.takeBack}
    </button>
  );
  const release = hold === "watched" ? client.unwatch : client.wrapUpDone;
  // A form that was begun beside the conversation is not lost where the details lie over it.
  const open = details || acting !== null;
  const toggle = (): void => {
    if (open) onAct(null);
    onDetails(!open);
  };
  return (
    <div class={open ? "with-details open" : "with-details"}>
      <section class="talk" aria-label={`${name} ${reference}`}>
        <header class="talk-head">
          <div>
            <h1>{name}</h1>
            <p class="meta">
              {reference}
              {conversation.customer?.returning === true && ` · ${t.returning}`}
            </p>
          </div>
          <Completeness events={log.events} count={log.head} headHash={null} />
          <button
            type="button"
            class="icon-button details-button"
            aria-label={open ? t.hideDetails : t.details}
            aria-expanded={open}
            onClick={toggle}
          >
            <Icon path={infoIcon} />
          </button>
        </header>
        <Transcript
          events={log.events}
          outbox={conversation.outbox}
          me={actor}
          askedSeq={asked}
          seenSeq={conversation.seen_seq}
          typing={conversation.typing}
          reveal={reveal}
          onRetry={retry}
          onDrop={drop}
        />
        {conversation.block !== null && <BlockStrip block={conversation.block} />}
        <div role="alert">
          {own && <Reminder conversation={conversation} />}
        </div>
        {hold === "wrap_up" && (
          <WrapUpStrip
            keptUntil={state.wrap_ups.find(({ conversation_id }) => conversation_id === id)?.until ?? null}
            undo={undo}
            onDone={() => void release(id).then(onError)}
          />
        )}
        {hold === "watched" && (
          <p class="strip calm">
            <span class="grow">{t.watched}</span>
            <button type="button" class="button" onClick={() => void release(id).then(onError)}>
              {t.stopWatching}
            </button>
          </p>
        )}
        {hold === "read" && <DismissStrip text={t.openedText} client={client} id={id} />}
        {hold === "ended" && (
          <DismissStrip text={known(t.endedReasons, conversation.ended_reason ?? "other")} client={client} id={id}>
            {undo}
          </DismissStrip>
        )}
        <Suggestions
          conversation={conversation}
          client={client}
          up={up}
          onTake={(text) => setTaken({ kind: "insert", text })}
        />
        {modes.length > 0 && (
          <Composer
            conversationId={id}
            customer={name}
            locale={conversation.customer?.locale ?? conversation.info?.locale ?? null}
            reference={reference}
            modes={modes}
            drafts={drafts}
            canned={ownCanned(state)}
            places={placesOf(conversation, me)}
            ask={ask}
            onSend={send}
            onTyping={() => client.typing(id)}
          />
        )}
      </section>
      <aside class="details" aria-label={t.details}>
        {own && (
          <Actions
            conversation={conversation}
            state={state}
            client={client}
            acting={acting}
            onAct={onAct}
            onDone={onDone}
            onError={onError}
          />
        )}
        {!own && <Supervise conversation={conversation} state={state} client={client} onError={onError} />}
        <Facts conversation={conversation} client={client} />
        <Past conversation={conversation} client={client} up={up} />
      </aside>
    </div>
  );
}
