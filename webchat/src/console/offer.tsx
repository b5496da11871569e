/** An offer: who, why, since when, how long it stands, and the whole transcript at once. */

import { teamName } from "../core/desk";
import type { Log } from "../core/log";
import type { Offer, TeamName } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { fill, languageName as languageIn, moment, plural } from "../ui/i18n";
import { Completeness } from "./completeness";
import { customerName } from "./inbox";
import { Transcript } from "./transcript";
import { known, LOCALE, t } from "./words";

/** Seconds left, counted by the browser's clock; the server decides. */
export function Countdown({ expiresAt }: { expiresAt: string }) {
  const now = useNow(250);
  const seconds = Math.max(0, Math.ceil((Date.parse(expiresAt) - now.getTime()) / 1_000));
  return (
    <span class={seconds <= 5 ? "countdown urgent" : "countdown"}>
      {seconds === 0 ? t.expired : plural(LOCALE, t.expires, seconds)}
    </span>
  );
}

/** The customer's language in the agent's words, without the country: "German", not "German (Germany)". */
export function languageName(locale: string | null): string {
  return locale === null ? "" : languageIn(LOCALE, locale.replace(/-(?:[a-z]{2}|\d{3})$/i, ""));
}

const MATCHES: Readonly<Record<string, string>> = t.matched;

/** Why routing chose this agent, as one line: what decided, and by what they fit. */
function chosenBy(offer: Offer, teams: readonly TeamName[]): string {
  const fits = offer.matched.flatMap((match) => {
    const [kind = "", code = ""] = match.split("=", 2);
    const sentence = Object.hasOwn(MATCHES, kind) ? MATCHES[kind] : undefined;
    if (sentence === undefined) return [];
    switch (kind) {
      case "language":
        return [fill(sentence, { value: languageName(code) })];
      case "team":
        return [fill(sentence, { value: teamName(teams, code) })];
      case "widened":
        return [fill(sentence, { value: code === "any_team" ? t.matched.any_team : teamName(teams, code) })];
      default:
        return [fill(sentence, { value: code })];
    }
  });
  return [known(t.chosenBy, offer.chosen_by), ...fits].join("\u00a0· ");
}

interface Props {
  readonly offer: Offer;
  readonly teams: readonly TeamName[];
  /** The log since, when the customer wrote on while the offer stands. */
  readonly log: Log | null;
  readonly onAccept: () => void;
  readonly onDecline: () => void;
}

export function OfferView({ offer, teams, log, onAccept, onDecline }: Props) {
  const now = useNow(30_000);
  const { transcript, customer } = offer;
  const asked = transcript.events.findLast((event) => event.type === "handoff_requested")?.seq ?? null;
  return (
    <section class="talk" aria-label={t.offer}>
      <header class="talk-head">
        <div>
          <h1>{fill(t.offerFrom, { customer: customerName(customer) })}</h1>
          <p class="meta">
            {offer.reference} · {languageName(customer.locale)}
            {customer.returning && ` · ${t.returning}`} · {fill(t.asked, { time: moment(LOCALE, offer.requested_at, now) })}
            {offer.answer_by !== null && ` · ${fill(t.answerBy, { time: moment(LOCALE, offer.answer_by, now) })}`}
          </p>
        </div>
        <Completeness events={transcript.events} count={transcript.count} headHash={transcript.head_hash} />
      </header>
      <dl class="reason">
        <div>
          <dt>{t.reason}</dt>
          <dd>{known(t.reasons, offer.reason)}</dd>
        </div>
        <div>
          <dt>{t.chosenTitle}</dt>
          <dd data-testid="chosen-by">{chosenBy(offer, teams)}</dd>
        </div>
      </dl>
      <Transcript events={log?.events ?? transcript.events} outbox={[]} me={null} askedSeq={asked} seenSeq={0} typing={null} />
      <footer class="offer-bar">
        <Countdown expiresAt={offer.expires_at} />
        <span class="grow" />
        <button type="button" class="button" onClick={onDecline}>
          {t.decline}
        </button>
        <button type="button" class="button primary big" onClick={onAccept}>
          {t.accept} <kbd>A</kbd>
        </button>
      </footer>
    </section>
  );
}
