/** Whose turn it is, the way to a person, and what the customer may choose while one is on the way. */

import { useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import { control, isAskingForPerson, isLive, promiseIsBroken, type CustomerState } from "../core/customer";
import type { Contact, Handoff, OpeningHours } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { blockIcon, checkIcon, clockIcon, Icon, personIcon, warningIcon } from "../ui/icons";
import { fill, moment, within } from "../ui/i18n";
import { Avatar } from "./messages";
import { Later } from "./later";
import { useWords } from "./words";

const loadForms = () => import("./forms");

/** Who answers now, truthfully, beside the button that is there in every state. */
export function ControlBar({ state, onPerson }: { state: CustomerState; onPerson: () => void }) {
  const { locale, t } = useWords();
  const now = useNow(60_000);
  const { handoff, blocked } = state;
  const asking = isAskingForPerson(state.outbox) && !isLive(handoff);
  const holder = control(handoff);
  const agent = holder === "agent" ? (handoff?.agent ?? null) : null;
  let line = t.answersBot;
  let hint = t.answersBotHint;
  if (agent !== null) {
    line = agent.name;
    hint = fill(t.roleAt, { role: agent.role, employer: agent.employer });
  } else if (holder === "waiting") {
    line = t.answersWaiting;
    hint = t.answersWaitingHint;
  } else if (asking) {
    line = t.answersAsking;
    hint = "";
  } else if (blocked !== null) {
    line = t.blockedTitle;
    hint = t.blockedHint;
  } else if (handoff?.state === "promised" && handoff.answer_by !== null) {
    hint = fill(t.answersPromised, { time: moment(locale, handoff.answer_by, now) });
  }
  return (
    <div class={`control ${asking ? "waiting" : holder}`}>
      <div class="holder" role="status" id="who-answers">
        {agent === null ? (
          holder === "waiting" || asking ? (
            <span class="avatar pulse" aria-hidden="true">
              <Icon path={personIcon} size={18} />
            </span>
          ) : blocked === null ? (
            <Avatar actor={{ kind: "bot", id: null, name: null }} />
          ) : (
            <span class="avatar customer" aria-hidden="true">
              <Icon path={blockIcon} size={18} />
            </span>
          )
        ) : (
          <Avatar actor={agent} />
        )}
        <p>
          <strong>{line}</strong>
          {hint !== "" && <span>{hint}</span>}
        </p>
      </div>
      <button
        type="button"
        class="person-button"
        aria-describedby="who-answers"
        onClick={onPerson}
        data-testid="talk-to-person"
      >
        <Icon path={asking || isLive(handoff) ? checkIcon : personIcon} size={17} />
        {t.talkToPerson}
      </button>
    </div>
  );
}

const contactText = (contact: Contact): string => contact.email ?? contact.phone ?? "";

function Facts({ state, handoff, broken }: { state: CustomerState; handoff: Handoff; broken: boolean }) {
  const { locale, t } = useWords();
  const now = useNow(30_000);
  const by = handoff.promise?.answer_by ?? handoff.answer_by;
  const time = by === null ? null : moment(locale, by, now);
  const reference = <span class="reference">{fill(t.reference, { reference: handoff.reference })}</span>;
  const owner = handoff.promise?.owner ?? null;
  const contact = handoff.promise?.contact ?? null;
  const late = by !== null && Date.parse(by) < now.getTime();
  if (handoff.state === "active") return <p class="facts">{reference}</p>;
  return (
    <>
      {broken && (
        <p class="sorry">
          <Icon path={warningIcon} size={18} />
          <span>
            <strong>{t.promiseBroken}</strong> {control(state.handoff) === "waiting" && t.promiseBrokenNext}
          </span>
        </p>
      )}
      <p class="headline">
        {handoff.state === "promised" && time !== null
          ? fill(t.promised, { time })
          : handoff.place === null
            ? t.answersWaiting
            : handoff.place === 1
              ? t.placeNext
              : fill(t.place, { place: new Intl.NumberFormat(locale).format(handoff.place) })}
      </p>
      <p class="facts">
        {handoff.state === "promised" && by !== null && <span class="by">{within(locale, by, now)}</span>}
        {handoff.state === "offered" && <span class="now">{t.offered}</span>}
        {handoff.state !== "promised" && time !== null && !late && (
          <span class="by">
            <Icon path={clockIcon} size={15} />
            {fill(t.answerBy, { time })}
          </span>
        )}
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
  readonly onWait: () => void;
}

/** What is known of a live handoff, and the choices: wait, be contacted, go back to the assistant. */
export function HandoffCard({ hours, state, handoff, client, card, onWait }: CardProps) {
  const { t } = useWords();
  const { blocked } = state;
  const [asksContact, setAsksContact] = useState(false);
  const [stays, setStays] = useState(false);
  const broken = promiseIsBroken(state.log);
  const promised = handoff.state === "promised";
  const withdrawing = state.outbox.some(({ request }) => request === "withdraw");

  return (
    <section class="card" ref={card} tabIndex={-1} aria-label={t.answersWaiting} data-testid="handoff-card">
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
