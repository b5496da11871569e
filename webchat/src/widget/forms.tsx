/** What a customer fills in now and then: how to be contacted, and how it was. Loaded when it is wanted. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import { callbackMoments, isOpen, nextOpen } from "../core/callback";
import type { OpeningHours } from "../protocol/model";
import { serverNow } from "../ui/clock";
import { fill, moment } from "../ui/i18n";
import { wear } from "../ui/wear";
import style from "./forms.css?inline";
import { atMoment, useWords } from "./words";

wear(style);

/** What the server takes for a phone number: signs of one, and at least five of them digits. */
const isPhone = (text: string): boolean =>
  /^[0-9+()/ .-]{5,40}$/.test(text) && text.replace(/\D/g, "").length >= 5;

interface CallbackProps {
  readonly client: CustomerClient;
  readonly hours: OpeningHours | null;
  readonly onDone: () => void;
}

const SOON = "";
const OTHER = "other";

export function CallbackForm({ client, hours, onDone }: CallbackProps) {
  const words = useWords();
  const { locale, t } = words;
  const [moments] = useState(() => callbackMoments(hours, serverNow()).map((at) => at.toISOString()));
  const [choice, setChoice] = useState(SOON);
  const [by, setBy] = useState<"email" | "phone">("email");
  const [address, setAddress] = useState("");
  const [when, setWhen] = useState("");
  const [fault, setFault] = useState<{ readonly of: "address" | "moment"; readonly text: string } | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const other = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), [by]);
  useEffect(() => other.current?.focus(), [choice]);
  useEffect(() => {
    if (fault !== null) document.getElementById(`callback-${fault.of}-fault`)?.scrollIntoView({ block: "nearest" });
  }, [fault]);

  /** Said where it is wrong, and the cursor goes there: the rest of the form may be out of sight. */
  const wrong = (of: "address" | "moment", text: string): void => {
    setFault({ of, text });
    (of === "address" ? first : other).current?.focus();
  };

  const said = (of: "address" | "moment") => (
    <p id={`callback-${of}-fault`} class="error-text" role="alert">
      {fault?.of === of ? fault.text : ""}
    </p>
  );

  const send = (): void => {
    const given = address.trim();
    if (by === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given)) return wrong("address", t.badEmail);
    if (by === "phone" && !isPhone(given)) return wrong("address", t.badPhone);
    const at = choice === SOON ? null : new Date(choice === OTHER ? when : choice);
    if (at !== null && !(at.getTime() > serverNow().getTime())) return wrong("moment", t.badMoment);
    if (at !== null && hours !== null && !isOpen(hours, at)) {
      const opens = nextOpen(hours, at);
      return wrong("moment", opens === null ? t.closedNow : fill(t.openAgain, { time: atMoment(words, opens.toISOString(), serverNow()) }));
    }
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
          aria-invalid={fault?.of === "address"}
          aria-describedby="callback-address-fault"
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
        {said("address")}
      </div>
      <fieldset>
        <legend>{t.callbackWhen}</legend>
        <div class="chips">
          {[SOON, ...moments, OTHER].map((at) => (
            <label key={at} class={choice === at ? "on" : ""}>
              <input
                type="radio"
                name="when"
                class="cover"
                checked={choice === at}
                onChange={() => {
                  setChoice(at);
                  setFault(null);
                }}
              />
              {at === SOON ? t.callbackSoon : at === OTHER ? t.callbackOther : moment(locale, at, serverNow())}
            </label>
          ))}
        </div>
      </fieldset>
      {choice === OTHER && (
        <div class="field">
          <label for="callback-at">{t.callbackAt}</label>
          <input
            id="callback-at"
            ref={other}
            class="input"
            type="datetime-local"
            value={when}
            aria-invalid={fault?.of === "moment"}
            aria-describedby="callback-moment-fault"
            onInput={(event) => setWhen(event.currentTarget.value)}
          />
        </div>
      )}
      {said("moment")}
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
        {score === null ? (
          <p class="ends" aria-hidden="true">
            <span>{t.rateScore[0]}</span>
            <span>{t.rateScore.at(-1)}</span>
          </p>
        ) : (
          <p class={`ends of-${score}`} aria-hidden="true">
            <strong>{t.rateScore[score - 1]}</strong>
          </p>
        )}
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
