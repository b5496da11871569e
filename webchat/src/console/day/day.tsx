/** Today on the board: requests by reason, first answers and promises as charts, with their tables and what is behind. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import type { Office } from "../../client/office";
import { asWireError } from "../../client/http";
import { byFrequency, requestCount, roundCount, roundSeconds, shownHours } from "../../core/charts";
import type { DayFigures, HourFigures, PastHandoffs } from "../../protocol/administration";
import { useWhileThere } from "../../ui/hooks";
import { fill, lasting, plural } from "../../ui/i18n";
import type { OnError } from "../app";
import { Modal } from "../modal";
import { known, label, LOCALE, t } from "../words";
import { Columns, Curve, type Slot } from "./charts";
import "./day.css";

const LOOK_EVERY_MS = 20_000;
const AFTER_NEWS_MS = 5_500; // longer than the server keeps the figures that it has
const AIM_S = 60;
const HOUR_MS = 3_600_000;

const seconds = (value: number | null): string => (value === null ? "–" : lasting(LOCALE, 1_000 * value));
const number = (value: number): string => new Intl.NumberFormat(LOCALE).format(value);

/** The figures of the day, looked at anew now and then, and soon after `news` has changed. */
function useDay(office: Office, news: string, onError: OnError): DayFigures | null {
  const [day, setDay] = useState<DayFigures | null>(null);
  const gone = useRef(false);
  const look = useCallback((): void => {
    if (document.hidden) return;
    office.today().then(
      (figures) => {
        if (!gone.current) setDay(figures);
      },
      (error: unknown) => {
        const failed = asWireError(error);
        if (!gone.current && failed.code !== "offline") onError(failed);
      },
    );
  }, [office, onError]);
  useEffect(() => {
    gone.current = false;
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      gone.current = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [look]);
  const told = useRef(news);
  useEffect(() => {
    if (news === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = news;
      look();
    }, AFTER_NEWS_MS);
    return () => clearTimeout(timer);
  }, [look, news]);
  return day;
}

function Card({ id, title, figure, said, chart, table, children }: {
  id: string;
  title: string;
  figure: string;
  said: string;
  chart: ComponentChildren;
  table: ComponentChildren;
  children?: ComponentChildren;
}) {
  const [asTable, setAsTable] = useState(false);
  return (
    <section class="card" aria-labelledby={`${id}-title`} data-testid={id}>
      <header>
        <h3 id={`${id}-title`}>{title}</h3>
        <button type="button" class="button plain" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {t.asTable}
          <span class="visually-hidden">: {title}</span>
        </button>
      </header>
      <p class="said">
        <strong>{figure}</strong> {said}
      </p>
      {!asTable && chart}
      <div class={asTable ? "table-frame" : "visually-hidden"} {...(asTable ? { role: "group", "aria-label": title, tabIndex: 0 } : {})}>
        {table}
      </div>
      {children}
    </section>
  );
}

interface Clock {
  readonly at: (from: string) => string;
  readonly span: (from: string) => string;
}

/** The desk's time zone in words, for whoever reads this in another. */
function zoneName(timeZone: string): string {
  const format = new Intl.DateTimeFormat(LOCALE, { timeZone, timeZoneName: "longGeneric" });
  if (format.resolvedOptions().timeZone === new Intl.DateTimeFormat().resolvedOptions().timeZone) return "";
  return format.formatToParts(new Date()).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function clockOf(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", timeZone });
  return {
    at: (from) => format.format(new Date(from)),
    span: (from) => format.formatRange(new Date(from), new Date(Date.parse(from) + HOUR_MS)),
  };
}

interface ChartProps {
  readonly day: DayFigures;
  readonly hours: readonly HourFigures[];
  readonly clock: Clock;
  readonly onPick: (hour: HourFigures, reason: string | null) => void;
}

function Requests({ day, hours, clock, onPick, onReason }: ChartProps & { onReason: (reason: string) => void }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const reasons = byFrequency(day.day.requests);
  const total = requestCount(day.day);
  const most = Math.max(1, ...reasons.map(([, count]) => count));
  const slots: Slot[] = hours.map((hour) => {
    const count = chosen === null ? requestCount(hour) : (hour.requests[chosen] ?? 0);
    const of = chosen === null ? plural(LOCALE, t.requestsN, count) : `${number(count)} · ${known(t.reasons, chosen)}`;
    return { key: hour.from, label: clock.at(hour.from), said: `${clock.span(hour.from)}: ${of}`, empty: count === 0 };
  });
  const table = (
    <table>
      <caption class="visually-hidden">{t.dayRequests}</caption>
      <thead>
        <tr>
          <th scope="col">{t.hour}</th>
          {reasons.map(([reason]) => (
            <th key={reason} scope="col">
              {known(t.reasons, reason)}
            </th>
          ))}
          <th scope="col">{t.all}</th>
        </tr>
      </thead>
      <tbody>
        {hours.map((hour) => (
          <tr key={hour.from}>
            <th scope="row">{clock.span(hour.from)}</th>
            {reasons.map(([reason]) => (
              <td key={reason}>{number(hour.requests[reason] ?? 0)}</td>
            ))}
            <td>{number(requestCount(hour))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
  return (
    <Card
      id="day-requests"
      title={t.dayRequests}
      figure={number(total)}
      said={plural(LOCALE, t.dayRequestsSaid, total)}
      table={table}
      chart={
        <Columns
          title={t.dayRequests}
          slots={slots}
          end={roundCount(Math.max(0, ...hours.map(requestCount)))}
          mark={number}
          onPick={(index) => {
            const hour = hours[index];
            if (hour !== undefined) onPick(hour, chosen);
          }}
          parts={[
            { key: "chosen", class: "", values: hours.map((hour) => (chosen === null ? requestCount(hour) : (hour.requests[chosen] ?? 0))) },
            {
              key: "others",
              class: "pale",
              values: hours.map((hour) => (chosen === null ? 0 : requestCount(hour) - (hour.requests[chosen] ?? 0))),
            },
          ]}
        />
      }
    >
      {reasons.length > 0 && (
        <ul class="reasons" aria-label={t.reason}>
          {reasons.map(([reason, count]) => (
            <li key={reason}>
              <button type="button" aria-pressed={chosen === reason} onClick={() => setChosen(chosen === reason ? null : reason)}>
                <span class="name">{known(t.reasons, reason)}</span>
                <span class="of" aria-hidden="true">
                  <i style={{ inlineSize: `${(100 * count) / most}%` }} />
                </span>
                <span class="count-of">{number(count)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {chosen !== null && (
        <button type="button" class="button plain show" onClick={() => onReason(chosen)}>
          {t.showThem}
        </button>
      )}
    </Card>
  );
}

function FirstAnswers({ day, hours, clock, onPick }: ChartProps) {
  const { answered, soon, medianS } = day.day;
  const slowest = Math.max(2 * AIM_S, ...hours.map(({ slowestTenthS }) => slowestTenthS ?? 0));
  const slots: Slot[] = hours.map((hour) => ({
    key: hour.from,
    label: clock.at(hour.from),
    said:
      hour.answered === 0
        ? `${clock.span(hour.from)}: ${t.dayNoAnswers}`
        : fill(t.dayAnswersOf, {
            time: clock.span(hour.from),
            median: seconds(hour.medianS),
            slow: seconds(hour.slowestTenthS),
          }),
    empty: hour.answered === 0,
  }));
  return (
    <Card
      id="day-answers"
      title={t.dayAnswers}
      figure={seconds(medianS)}
      said={answered === 0 ? t.dayNoAnswers : fill(t.dayAnswersSaid, { soon: number(soon), count: number(answered) })}
      chart={
        <Curve
          title={t.dayAnswers}
          slots={slots}
          end={roundSeconds(slowest)}
          mark={(value) => (value === 0 ? "0" : seconds(value))}
          middle={hours.map((hour) => hour.medianS)}
          slow={hours.map((hour) => hour.slowestTenthS)}
          aim={AIM_S}
          aimLabel={seconds(AIM_S)}
          onPick={(index) => {
            const hour = hours[index];
            if (hour !== undefined) onPick(hour, null);
          }}
        />
      }
      table={
        <table>
          <caption class="visually-hidden">{t.dayAnswers}</caption>
          <thead>
            <tr>
              <th scope="col">{t.hour}</th>
              <th scope="col">{t.answered}</th>
              <th scope="col">{t.halfWithin}</th>
              <th scope="col">{t.nineTenthsWithin}</th>
              <th scope="col">{t.withinAMinute}</th>
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour.from}>
                <th scope="row">{clock.span(hour.from)}</th>
                <td>{number(hour.answered)}</td>
                <td>{seconds(hour.medianS)}</td>
                <td>{seconds(hour.slowestTenthS)}</td>
                <td>{number(hour.soon)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    >
      <p class="key" aria-hidden="true">
        <span class="key-dot" /> {t.halfWithin} <span class="key-whisker" /> {t.nineTenthsWithin}
      </p>
    </Card>
  );
}

function Promises({ day, hours, clock }: Omit<ChartProps, "onPick">) {
  const { kept, broken } = day.day;
  const slots: Slot[] = hours.map((hour) => ({
    key: hour.from,
    label: clock.at(hour.from),
    said: fill(t.dayPromisesOf, { time: clock.span(hour.from), kept: number(hour.kept), broken: number(hour.broken) }),
    empty: hour.kept + hour.broken === 0,
  }));
  return (
    <Card
      id="day-promises"
      title={t.dayPromises}
      figure={number(kept)}
      said={kept + broken === 0 ? t.dayNoPromises : fill(t.dayPromisesSaid, { all: number(kept + broken), broken: number(broken) })}
      chart={
        <Columns
          title={t.dayPromises}
          slots={slots}
          end={roundCount(Math.max(0, ...hours.map((hour) => hour.kept + hour.broken)))}
          mark={number}
          parts={[
            { key: "kept", class: "kept", values: hours.map((hour) => hour.kept) },
            { key: "broken", class: "broken", values: hours.map((hour) => hour.broken) },
          ]}
        />
      }
      table={
        <table>
          <caption class="visually-hidden">{t.dayPromises}</caption>
          <thead>
            <tr>
              <th scope="col">{t.hour}</th>
              <th scope="col">{t.kept}</th>
              <th scope="col">{t.brokenOnes}</th>
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour.from}>
                <th scope="row">{clock.span(hour.from)}</th>
                <td>{number(hour.kept)}</td>
                <td>{number(hour.broken)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    >
      <p class="key" aria-hidden="true">
        <span class="key-box kept" /> {t.kept} <span class="key-box broken" /> {t.brokenOnes}
      </p>
    </Card>
  );
}

interface Behind {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
}

function BehindList({ behind, office, clock, onError, onWatch, onClose }: {
  behind: Behind;
  office: Office;
  clock: Clock;
  onError: OnError;
  onWatch: (conversationId: string) => void;
  onClose: () => void;
}) {
  const [found, setFound] = useState<PastHandoffs | null>(null);
  const close = useWhileThere(onClose);
  useEffect(() => {
    office.behind(behind.from, behind.to, behind.reason).then(setFound, (error: unknown) => {
      onError(asWireError(error));
      close();
    });
  }, [office, behind]);
  return (
    <Modal title={behind.title} onClose={onClose}>
      {found === null ? (
        <p class="meta" role="status">
          {t.loading}
        </p>
      ) : (
        <ul class="behind">
          {found.rows.map((row) => (
            <li key={row.handoffId} data-testid="behind">
              <span class="text">
                <strong>
                  {row.reference} <span class={`badge state-${row.state}`}>{label(t.states, row.state)}</span>
                </strong>
                <span>{[clock.at(row.requestedAt), known(t.reasons, row.reason)].join(" · ")}</span>
                <span class="meta">
                  {[
                    row.agentName,
                    row.firstAnswerS === null ? t.notAnsweredYet : fill(t.answeredAfter, { time: seconds(row.firstAnswerS) }),
                    row.broken > 0 ? plural(LOCALE, t.promisesBrokenN, row.broken) : null,
                  ]
                    .filter((one) => one !== null)
                    .join(" · ")}
                </span>
              </span>
              <button type="button" class="button" aria-label={fill(t.openOf, { reference: row.reference })} onClick={() => onWatch(row.conversationId)}>
                {t.openIt}
              </button>
            </li>
          ))}
        </ul>
      )}
      {found !== null && found.rows.length === 0 && <p class="none">{t.boardNoneOf}</p>}
      {found !== null && found.count > found.rows.length && (
        <p class="meta">{plural(LOCALE, t.boardMore, found.count - found.rows.length)}</p>
      )}
      <div class="act-foot">
        <button type="button" class="button plain" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Modal>
  );
}

interface TodayProps {
  readonly office: Office;
  /** Changes when the figures may have. */
  readonly news: string;
  readonly onError: OnError;
  readonly onWatch: (conversationId: string) => void;
}

export function Today({ office, news, onError, onWatch }: TodayProps) {
  const day = useDay(office, news, onError);
  const [behind, setBehind] = useState<Behind | null>(null);
  const close = useCallback(() => setBehind(null), []);
  if (day === null) return <section class="today" aria-busy="true" />;
  const hours = shownHours(day);
  const clock = clockOf(day.timeZone);
  const onPick = (hour: HourFigures, reason: string | null): void =>
    setBehind({
      title: [clock.span(hour.from), ...(reason === null ? [] : [known(t.reasons, reason)])].join(" · "),
      from: hour.from,
      to: new Date(Date.parse(hour.from) + HOUR_MS).toISOString(),
      reason,
    });
  const first = day.hours[0]?.from ?? "";
  const last = day.hours.at(-1)?.from ?? "";
  return (
    <section class="today" aria-labelledby="day-title">
      <h2 id="day-title">
        {t.today} <span class="meta">{zoneName(day.timeZone)}</span>
      </h2>
      {!day.complete && <p class="meta">{t.dayIncomplete}</p>}
      <div class="cards">
        <Requests
          day={day}
          hours={hours}
          clock={clock}
          onPick={onPick}
          onReason={(reason) =>
            setBehind({
              title: `${t.today} · ${known(t.reasons, reason)}`,
              from: first,
              to: new Date(Date.parse(last) + HOUR_MS).toISOString(),
              reason,
            })
          }
        />
        <FirstAnswers day={day} hours={hours} clock={clock} onPick={onPick} />
        <Promises day={day} hours={hours} clock={clock} />
      </div>
      {behind !== null && (
        <BehindList
          behind={behind}
          office={office}
          clock={clock}
          onError={onError}
          onClose={close}
          onWatch={(id) => {
            close();
            onWatch(id);
          }}
        />
      )}
    </section>
  );
}
