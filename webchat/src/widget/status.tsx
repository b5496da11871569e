/** Whose turn it is, the way to a person, and what the customer may choose while one is on the way. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import { control, isAskingForPerson, isLive, promiseIsBroken, type CustomerState } from "../core/customer";
import type { Contact, Handoff } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { clockIcon, Icon, personIcon, warningIcon } from "../ui/icons";
import { fill, moment, plural } from "../ui/i18n";
import { Avatar } from "./messages";
import { useWords } from "./words";

/** Who answers now, truthfully, beside the button that is there in every state. */
export function ControlBar({ state, onPerson }: { state: CustomerState; onPerson: () => void }) {
  const { t } = useWords();
  const { handoff } = state;
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
  }
  return (
    <div class={`control ${asking ? "waiting" : holder}`}>
      <div class="holder" role="status">
        {agent === null ? (
          holder === "waiting" || asking ? (
            <span class="avatar pulse" aria-hidden="true">
              <Icon path={personIcon} size={18} />
            </span>
          ) : (
            <Avatar actor={{ kind: "bot", id: null, name: null }} />
          )
        ) : (
          <Avatar actor={agent} />
        )}
        <p>
          <strong>{line}</strong>
          {hint !== "" && <span>{hint}</span>}
        </p>
      </div>
      <button type="button" class="person-button" onClick={onPerson} data-testid="talk-to-person">
        <Icon path={personIcon} size={17} />
        {t.talkToPerson}
      </button>
    </div>
  );
}

/** What the server takes for a phone number: signs of one, and at least five of them digits. */
const isPhone = (text: string): boolean =>
  /^[0-9+()/ .-]{5,40}$/.test(text) && text.replace(/\D/g, "").length >= 5;

interface CallbackProps {
  readonly client: CustomerClient;
  readonly onDone: () => void;
}

function CallbackForm({ client, onDone }: CallbackProps) {
  const { t } = useWords();
  const [by, setBy] = useState<"email" | "phone">("email");
  const [address, setAddress] = useState("");
  const [when, setWhen] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), [by]);

  const send = (): void => {
    const given = address.trim();
    if (by === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given)) return setFault(t.badEmail);
    if (by === "phone" && !isPhone(given)) return setFault(t.badPhone);
    const at = when === "" ? null : new Date(when);
    if (at !== null && !(at.getTime() > Date.now())) return setFault(t.badMoment);
    client.ask("callback", { contact: { [by]: given }, ...(at === null ? {} : { at: at.toISOString() }) });
    onDone();
  };

  return (
    <form
      class="callback"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset>
        <legend>{t.callbackTitle}</legend>
        <div class="switch">
          {(["email", "phone"] as const).map((kind) => (
            <label key={kind} class={by === kind ? "on" : ""}>
              <input
                type="radio"
                name="by"
                class="cover"
                checked={by === kind}
                onChange={() => {
                  setBy(kind);
                  setFault(null);
                }}
              />
              {kind === "email" ? t.callbackEmail : t.callbackPhone}
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field">
        <label for="callback-address">{by === "email" ? t.callbackEmailLabel : t.callbackPhoneLabel}</label>
        <input
          id="callback-address"
          ref={first}
          class="input"
          type="text"
          inputMode={by === "email" ? "email" : "tel"}
          autocomplete={by === "email" ? "email" : "tel"}
          value={address}
          aria-invalid={fault !== null}
          aria-describedby="callback-fault"
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="callback-when">{t.callbackWhen}</label>
        <input
          id="callback-when"
          class="input"
          type="datetime-local"
          value={when}
          onInput={(event) => setWhen(event.currentTarget.value)}
        />
      </div>
      <p id="callback-fault" class="error-text" role="alert">
        {fault}
      </p>
      <div class="choices">
        <button type="submit" class="button primary">
          {t.callbackSend}
        </button>
        <button type="button" class="button plain" onClick={onDone}>
          {t.cancel}
        </button>
      </div>
    </form>
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
            : plural(locale, t.place, handoff.place)}
      </p>
      <p class="facts">
        {handoff.state === "offered" && <span>{t.offered}</span>}
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
  readonly state: CustomerState;
  readonly handoff: Handoff;
  readonly client: CustomerClient;
  readonly card: RefObject<HTMLElement | null>;
  readonly onWait: () => void;
}

/** What is known of a live handoff, and the choices: wait, be contacted, go back to the assistant. */
export function HandoffCard({ state, handoff, client, card, onWait }: CardProps) {
  const { t } = useWords();
  const [asksContact, setAsksContact] = useState(false);
  const [stays, setStays] = useState(false);
  const broken = promiseIsBroken(state.log);
  const promised = handoff.state === "promised";
  const withdrawing = state.outbox.some(({ request }) => request === "withdraw");

  return (
    <section class="card" ref={card} tabIndex={-1} aria-label={t.answersWaiting} data-testid="handoff-card">
      <Facts state={state} handoff={handoff} broken={broken} />
      {stays && !asksContact && !promised && <p class="reassure">{t.waitingOn}</p>}
      {asksContact ? (
        <CallbackForm client={client} onDone={() => setAsksContact(false)} />
      ) : (
        <div class="choices" role="group" aria-label={t.choices}>
          {promised && (
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
          {handoff.state !== "active" && (
            <button type="button" class="button" onClick={() => setAsksContact(true)}>
              {t.callMe}
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

interface RateProps {
  readonly name: string | null;
  readonly client: CustomerClient;
  readonly onLater: () => void;
}

export function RateCard({ name, client, onLater }: RateProps) {
  const { t } = useWords();
  const [score, setScore] = useState<number | null>(null);
  const [comment, setComment] = useState("");
  return (
    <form
      class="card rate"
      onSubmit={(event) => {
        event.preventDefault();
        if (score === null) return;
        client.ask("rate", { score, ...(comment.trim() === "" ? {} : { comment: comment.trim() }) });
      }}
    >
      <fieldset>
        <legend class="headline">{name === null ? t.rateTitlePlain : fill(t.rateTitle, { name })}</legend>
        <div class="scores">
          {t.rateScore.map((label, index) => (
            <label key={label} class={score === index + 1 ? "on" : ""} title={label}>
              <input
                type="radio"
                name="score"
                class="cover"
                value={index + 1}
                checked={score === index + 1}
                onChange={() => setScore(index + 1)}
              />
              <span aria-hidden="true">{index + 1}</span>
              <span class="visually-hidden">{`${index + 1}: ${label}`}</span>
            </label>
          ))}
        </div>
        <p class="ends" aria-hidden="true">
          <span>{t.rateScore[0]}</span>
          <span>{score === null ? "" : t.rateScore[score - 1]}</span>
          <span>{t.rateScore.at(-1)}</span>
        </p>
      </fieldset>
      {score !== null && (
        <>
          <label class="visually-hidden" for="rate-comment">
            {t.rateComment}
          </label>
          <textarea
            id="rate-comment"
            class="input"
            rows={2}
            maxLength={1000}
            placeholder={t.rateComment}
            value={comment}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
        </>
      )}
      <div class="choices">
        <button type="submit" class="button primary" disabled={score === null}>
          {t.rateSend}
        </button>
        <button type="button" class="button plain" onClick={onLater}>
          {t.rateLater}
        </button>
      </div>
    </form>
  );
}
