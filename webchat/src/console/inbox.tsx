/** Offers, held conversations, wrap-up, promises, and who waits. */

import { useMemo } from "preact/hooks";
import type { ComponentChildren, RefObject } from "preact";

import type { AgentClient } from "../client/agent";
import { byMoment, lastMessage, mayOpen, queueBeside, unansweredSince, unreadCount, type DeskConversation, type DeskState, type Hold } from "../core/desk";
import { excerpt, findIn } from "../core/search";
import { initials } from "../core/view";
import type { CustomerInfo, FoundConversation, Offer, QueueEntry } from "../protocol/model";
import { ago, fill, lasting, moment, plural } from "../ui/i18n";
import { useNow, useStore } from "../ui/hooks";
import { pure } from "../ui/pure";
import { Icon, penIcon, searchIcon } from "../ui/icons";
import type { Selection } from "./app";
import type { Drafts } from "./drafts";
import { FoundElsewhere, useSearch } from "./found";
import { Countdown } from "./offer";
import { known, LOCALE, t } from "./words";

export function customerName(customer: CustomerInfo | null): string {
  return customer?.name ?? t.customer;
}

/** Letters for the customer's picture: of the name, else of the reference, so that two anonymous ones differ. */
export function customerLetters(customer: CustomerInfo | null, reference: string): string {
  return (customer?.name ?? null) === null ? reference.slice(0, 2) : initials(customer?.name ?? "");
}

export function Avatar({ customer, reference }: { customer: CustomerInfo | null; reference: string }) {
  return (
    <span class="avatar customer" aria-hidden="true">
      {customerLetters(customer, reference)}
    </span>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count: string | number;
  readonly children: ComponentChildren;
}

function Section({ title, count, children }: SectionProps) {
  return (
    <section class="list">
      <h2>
        {title} <span>{count}</span>
      </h2>
      {children}
    </section>
  );
}

interface OfferCardProps {
  readonly offer: Offer;
  readonly chosen: boolean;
  /** Whether the key accepts this one. */
  readonly hasKey: boolean;
  readonly onSelect: () => void;
  readonly onAccept: () => void;
}

function OfferCard({ offer, chosen, hasKey, onSelect, onAccept }: OfferCardProps) {
  const now = useNow(30_000);
  return (
    <li class={`offer-card${chosen ? " chosen" : ""}`} data-testid="offer-card">
      <button type="button" class="row-button" onClick={onSelect} aria-current={chosen}>
        <Avatar customer={offer.customer} reference={offer.reference} />
        <span class="text">
          <strong>{customerName(offer.customer)}</strong>
          <span>{known(t.reasons, offer.reason)}</span>
          <span class="meta">
            {offer.reference} · {fill(t.asked, { time: ago(LOCALE, offer.requested_at, now) })}
          </span>
        </span>
      </button>
      <div class="offer-foot">
        <Countdown expiresAt={offer.expires_at} />
        <button type="button" class="button primary" onClick={onAccept} data-testid="accept">
          {t.accept} {hasKey && <kbd>A</kbd>}
        </button>
      </div>
    </li>
  );
}

interface RowProps {
  readonly conversation: DeskConversation;
  /** The reader's id. */
  readonly me: string | null;
  readonly chosen: boolean;
  /** Whether something is written here that was not sent. */
  readonly draft: boolean;
  /** Until when the seat is kept for notes. */
  readonly keptUntil: string | null;
  readonly now: Date;
  /** What a search has found in it. */
  readonly words: string | null;
  /** Its number in the log. */
  readonly seq: number | null;
  readonly onSelect: (conversationId: string, seq: number | null) => void;
}

/** How long the seat is still kept after a conversation, in words. */
export function wrapUpLeft(keptUntil: string | null, now: Date): string {
  const left = keptUntil === null ? 0 : Date.parse(keptUntil) - now.getTime();
  return left <= 0 ? t.wrapUpOver : fill(t.wrapUpLeft, { time: lasting(LOCALE, left) });
}

/** What was said last, and by whom where it was not the customer. */
function LastWords({ conversation, me }: { conversation: DeskConversation; me: string | null }) {
  const last = lastMessage(conversation);
  if (last === null) return null;
  const { kind, id, name } = last.actor;
  const whose = kind === "customer" ? null : kind === "bot" ? t.assistant : id === me ? t.you : name;
  return (
    <>
      {whose !== null && <span class="whose">{whose}: </span>}
      {last.text}
    </>
  );
}

const ConversationRow = pure(({ conversation, me, chosen, draft, keptUntil, now, words, seq, onSelect }: RowProps) => {
  const unread = unreadCount(conversation);
  const since = conversation.hold === "held" ? unansweredSince(conversation) : null;
  const promise = conversation.hold === "promised" ? (conversation.handoff?.promise ?? null) : null;
  const name = customerName(conversation.customer);
  return (
    <li>
      <button
        type="button"
        class={`row-button${chosen ? " chosen" : ""}`}
        onClick={() => onSelect(conversation.id, seq)}
        aria-current={chosen}
      >
        <Avatar customer={conversation.customer} reference={conversation.handoff?.reference ?? ""} />
        <span class="text">
          <strong class="title">
            <span class="name">{name}</span> <span class="meta">{conversation.handoff?.reference}</span>
            {draft && (
              <span class="draft" title={t.draft}>
                <Icon path={penIcon} size={15} />
                <span class="visually-hidden">{t.draft}</span>
              </span>
            )}
            {unread > 0 && (
              <span class="unread" aria-label={plural(LOCALE, t.unread, unread)}>
                {unread}
              </span>
            )}
          </strong>
          <span class="words">{words ?? <LastWords conversation={conversation} me={me} />}</span>
          {conversation.hold === "wrap_up" && <span class="meta">{wrapUpLeft(keptUntil, now)}</span>}
          {promise !== null && <Owed by={promise.answer_by} owner={t.you} now={now} />}
          {since !== null && <span class="due">{fill(t.unanswered, { time: ago(LOCALE, since, now) })}</span>}
        </span>
      </button>
    </li>
  );
});

const isLate = (by: string, now: Date): boolean => Date.parse(by) < now.getTime();

/** By when an answer is owed, and by whom where somebody promised it. */
function Owed({ by, owner, now }: { by: string | null; owner: string | null; now: Date }) {
  if (by === null && owner === null) return null;
  return (
    <span class="meta">
      {by !== null && <strong class={isLate(by, now) ? "bad" : ""}>{fill(t.answerBy, { time: moment(LOCALE, by, now) })}</strong>}
      {by !== null && owner !== null && " · "}
      {owner}
    </span>
  );
}

interface QueueRowProps {
  readonly entry: QueueEntry;
  readonly now: Date;
  readonly chosen: boolean;
  /** `null` for those who may not open it. */
  readonly onOpen: (() => void) | null;
}

function QueueRow({ entry, now, chosen, onOpen }: QueueRowProps) {
  const { answer_by: by, owner } = entry;
  const shown = (
    <>
      <Avatar customer={entry.customer} reference={entry.reference} />
      <span class="text">
        <strong class="title">
          <span class="name">{customerName(entry.customer)}</span> <span class="meta">{entry.reference}</span>
        </strong>
        <span>{known(t.reasons, entry.reason)}</span>
        <Owed by={by} owner={entry.state === "promised" ? owner : null} now={now} />
      </span>
    </>
  );
  if (onOpen === null) return <li class="queue-row">{shown}</li>;
  return (
    <li>
      <button type="button" class={`row-button${chosen ? " chosen" : ""}`} aria-current={chosen} onClick={onOpen}>
        {shown}
      </button>
    </li>
  );
}

const HELD: readonly { readonly hold: Hold; readonly title: string }[] = [
  { hold: "held", title: t.mine },
  { hold: "wrap_up", title: t.wrapUp },
  { hold: "watched", title: t.watched },
  { hold: "read", title: t.opened },
];

const SHOWN: readonly Hold[] = ["held", "wrap_up", "watched", "read", "promised", "ended"];

/** The agent's conversations in the order of the inbox. */
export const inOrder = (state: DeskState): readonly DeskConversation[] =>
  SHOWN.flatMap((hold) => state.conversations.filter((one) => one.hold === hold));

interface Props {
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly drafts: Drafts;
  readonly selection: Selection;
  readonly keyOfferId: string | null;
  readonly query: string;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onQuery: (query: string) => void;
  /** Shows a conversation, at something said in it. */
  readonly onShow: (conversationId: string, seq: number | null) => void;
  readonly onSelect: (selection: Selection) => void;
  readonly onAccept: (offer: Offer) => void;
  readonly onOpenFound: (found: FoundConversation) => void;
  readonly onOpenQueued: (entry: QueueEntry) => void;
}

export function Inbox(props: Props) {
  const { state, client, drafts, selection, keyOfferId, query, searchField, onQuery, onSelect, onShow, onAccept } = props;
  const { onOpenFound, onOpenQueued } = props;
  const now = useNow(state.wrap_ups.length > 0 ? 1_000 : 10_000);
  useStore(drafts.store, (texts) => texts); // the badge of a draft comes and goes with it
  const row = (conversation: DeskConversation, words: string | null = null, seq: number | null = null) => (
    <ConversationRow
      key={conversation.id}
      conversation={conversation}
      me={state.me?.id ?? null}
      chosen={selection?.kind === "conversation" && selection.id === conversation.id}
      draft={selection?.id !== conversation.id && drafts.has(conversation.id)}
      keptUntil={state.wrap_ups.find(({ conversation_id }) => conversation_id === conversation.id)?.until ?? null}
      now={now}
      words={words}
      seq={seq}
      onSelect={onShow}
    />
  );
  const of = (hold: Hold): DeskConversation[] => state.conversations.filter((one) => one.hold === hold);
  const { waiting, promised } = queueBeside(state);
  const found = useMemo(
    () => findIn(inOrder(state), query, ({ customer }) => customerName(customer)),
    [state.conversations, query],
  );
  const search = useSearch(client, query, state.connection === "connected");
  const shown = useMemo(() => new Set(found.map(({ conversation }) => conversation.id)), [found]);
  const queueRow = (entry: QueueEntry) => (
    <QueueRow
      key={entry.handoff_id}
      entry={entry}
      now={now}
      chosen={selection?.kind === "conversation" && selection.id === entry.conversation_id}
      onOpen={mayOpen(state, entry) ? () => onOpenQueued(entry) : null}
    />
  );
  const owed = [
    ...of("promised").map((one) => ({ by: one.handoff?.promise?.answer_by ?? null, shown: row(one) })),
    ...promised.map((entry) => ({ by: entry.answer_by, shown: queueRow(entry) })),
  ].toSorted(byMoment(({ by }) => by));
  return (
    <nav class="inbox" aria-label={t.inbox}>
      <div class="search" role="search">
        <Icon path={searchIcon} size={16} />
        <input
          ref={searchField}
          type="search"
          class="input"
          aria-label={t.search}
          placeholder={t.search}
          value={query}
          onInput={(event) => onQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = found;
            const elsewhere = search.state === "there" ? search.found[0] : undefined;
            if (event.key === "Escape") {
              onQuery("");
              event.currentTarget.blur();
            } else if (event.key !== "Enter" || event.isComposing) return;
            else if (first !== undefined) onShow(first.conversation.id, first.seq);
            else if (elsewhere !== undefined) onOpenFound(elsewhere);
          }}
        />
      </div>
      {query.trim() !== "" && (
        <>
          <Section title={t.foundHere} count={found.length}>
            {found.length === 0 ? (
              <p class="none" role="status">
                {t.nothingFound}
              </p>
            ) : (
              <ul>{found.map(({ conversation, seq, text }) => row(conversation, text === null ? null : excerpt(text, query), seq))}</ul>
            )}
          </Section>
          <FoundElsewhere
            search={search}
            shown={shown}
            query={query}
            chosenId={selection?.kind === "conversation" ? selection.id : null}
            onOpen={onOpenFound}
          />
        </>
      )}
      {state.offers.length > 0 && (
        <Section title={t.offers} count={state.offers.length}>
          <ul>
            {state.offers.map((offer) => (
              <OfferCard
                key={offer.offer_id}
                offer={offer}
                chosen={selection?.kind === "offer" && selection.id === offer.offer_id}
                hasKey={offer.offer_id === keyOfferId}
                onSelect={() => onSelect({ kind: "offer", id: offer.offer_id })}
                onAccept={() => onAccept(offer)}
              />
            ))}
          </ul>
        </Section>
      )}
      {query.trim() === "" && HELD.map(({ hold, title }) => {
        const held = of(hold);
        if (held.length === 0 && hold !== "held") return null;
        const count =
          hold === "held" ? fill(t.seats, { taken: held.length, capacity: state.capacity }) : held.length;
        return (
          <Section key={hold} title={title} count={count}>
            {held.length === 0 ? <p class="none">{t.nothingHeld}</p> : <ul>{held.map((one) => row(one))}</ul>}
          </Section>
        );
      })}
      {query.trim() === "" && (
        <>
          <Section title={t.waiting} count={waiting.length}>
            {waiting.length === 0 ? <p class="none">{t.noneWaiting}</p> : <ul>{waiting.map(queueRow)}</ul>}
          </Section>
          <Section title={t.promised} count={owed.length}>
            {owed.length === 0 ? <p class="none">{t.nonePromised}</p> : <ul>{owed.map(({ shown: one }) => one)}</ul>}
          </Section>
          {of("ended").length > 0 && (
            <Section title={t.ended} count={of("ended").length}>
              <ul>{of("ended").map((one) => row(one))}</ul>
            </Section>
          )}
        </>
      )}
    </nav>
  );
}
