/** What is known of a live handoff, and what the customer may choose. Loaded as soon as the chat is connected. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import { control, promiseIsBroken, type CustomerState } from "../core/customer";
import { usualWait } from "../core/wait";
import type { Contact, Handoff, OpeningHours } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { clockIcon, Icon, warningIcon } from "../ui/icons";
import { fill, within } from "../ui/i18n";
import { Later } from "./later";
import { byMoment, useWords, waitText } from "./words";

const loadForms = () => import("./forms");

const contactText = (contact: Contact): string => contact.email ?? contact.phone ?? "";

function Facts({ state, handoff, broken }: { state: CustomerState; handoff: Handoff; broken: boolean }) {
  const words = useWords();
  const { locale, t } = words;
  const now = useNow(30_000);
  const by = handoff.promise?.answer_by ?? handoff.answer_by;
  const soon = handoff.state === "promised" && by !== null ? within(locale, by, now) : "";
  const time = by === null ? null : byMoment(words, by, now);
  const reference = <span class="reference">{fill(t.reference, { reference: handoff.reference })}</span>;
  const owner = handoff.promise?.owner ?? null;
  const contact = handoff.promise?.contact ?? null;
  const wait = handoff.state === "queued" ? usualWait(handoff.wait_estimate_s, handoff.requested_at, now) : null;
  const late = by !== null && Date.parse(by) < now.getTime();
  if (handoff.state === "active") return <p class="facts">{reference}</p>;
  return (
    <>
      {broken && (
        <p class="apology">
          <Icon path={warningIcon} size={18} />
          <span>
            <strong>{t.promiseBroken}</strong> {control(state.handoff) === "waiting" && t.promiseBrokenNext}
          </span>
        </p>
      )}
      {/* Of a promise the log tells. */}
      <p class="headline" role={handoff.state === "promised" ? undefined : "status"}>
        {handoff.state === "promised" && time !== null
          ? fill(t.promised, { time })
          : handoff.place === null
            ? t.answersWaiting
            : handoff.place === 1
              ? t.placeNext
              : fill(t.place, { place: new Intl.NumberFormat(locale).format(handoff.place) })}
      </p>
      <p class="facts">
        {soon !== "" && <span class="by">{soon}</span>}
        {handoff.state === "offered" && <span class="now">{t.offered}</span>}
        {handoff.state !== "promised" && time !== null && !late && (
          <span class="by">
            <Icon path={clockIcon} size={15} />
            {fill(t.answerBy, { time })}
          </span>
        )}
        {wait !== null && !broken && <span data-testid="usual-wait">{waitText(words, wait)}</span>}
        {owner !== null && <span>{fill(t.promisedBy, { owner })}</span>}
        {contact !== null && <span>{fill(t.promisedTo, { contact: contactText(contact) })}</span>}
        {reference}
      </p>
    </>
  );
}

interface CardProps {
  readonly hours: OpeningHours | null;
  readonly state: CustomerState;
  readonly handoff: Handoff;
  readonly client: CustomerClient;
  readonly card: RefObject<HTMLElement | null>;
  /** Whether the customer's own act brings the card, which then gets the focus. */
  readonly wantsFocus: { current: boolean };
  readonly onWait: () => void;
}

/** The choices: wait, be contacted, go back to the assistant. */
export function HandoffCard({ hours, state, handoff, client, card, wantsFocus, onWait }: CardProps) {
  const { t } = useWords();
  const { blocked } = state;
  const [asksContact, setAsksContact] = useState(false);
  const [stays, setStays] = useState(false);
  const broken = promiseIsBroken(state.log);
  const promised = handoff.state === "promised";
  const withdrawing = state.outbox.some(({ request }) => request === "withdraw");

  useEffect(() => {
    if (wantsFocus.current) card.current?.focus();
    wantsFocus.current = false;
  }, [card, wantsFocus]);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current && !asksContact) card.current?.focus();
    asked.current = asksContact;
  }, [asksContact, card]);

  return (
    <section
      class="card"
      ref={card}
      tabIndex={-1}
      aria-label={t.answersWaiting}
      data-testid="handoff-card"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !asksContact) return;
        event.stopPropagation();
        setAsksContact(false);
      }}
    >
      {!asksContact && <Facts state={state} handoff={handoff} broken={broken} />}
      {stays && !asksContact && !promised && <p class="reassure">{t.waitingOn}</p>}
      {asksContact ? (
        <Later load={loadForms}>
          {({ CallbackForm }) => <CallbackForm client={client} hours={hours} onDone={() => setAsksContact(false)} />}
        </Later>
      ) : (
        <div class="choices" role="group" aria-label={t.choices}>
          {promised && blocked === null && (
            <button type="button" class="button" onClick={() => client.ask("request_human", {})}>
              {t.askNow}
            </button>
          )}
          {!promised && handoff.state !== "active" && !stays && (
            <button
              type="button"
              class="button"
              onClick={() => {
                setStays(true);
                onWait();
              }}
            >
              {t.keepWaiting}
            </button>
          )}
          {handoff.state !== "active" && blocked === null && (
            <button type="button" class="button" onClick={() => setAsksContact(true)}>
              {handoff.promise?.contact ? t.callOther : t.callMe}
            </button>
          )}
          <button type="button" class="button plain" disabled={withdrawing} onClick={() => client.ask("withdraw", {})}>
            {t.withdraw}
          </button>
        </div>
      )}
    </section>
  );
}
