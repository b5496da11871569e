/** Opening hours: spans a day, holidays, the time zone; or those of the desk file. */

import { useState } from "preact/hooks";

import type { Office } from "../../client/office";
import { asWireError } from "../../client/http";
import { DAYS, parseHoursProblems, type AdministeredHours, type Day, type Span, type Week } from "../../protocol/administration";
import type { WireError } from "../../protocol/model";
import { closeIcon, Icon } from "../../ui/icons";
import { dayOf, fill, weekdayName } from "../../ui/i18n";
import { formErrorText, known, LOCALE, t } from "../words";
import { Dialog, Field, Head } from "./parts";

const dayName = (day: Day): string => weekdayName(LOCALE, DAYS.indexOf(day), "long");

const dateName = (date: string): string => dayOf(LOCALE, date, { dateStyle: "full" });

/** A browser's time field ends at 23:59; the end of the day is 24:00 on the wire. */
const shownEnd = (end: string): string => (end === "24:00" ? "00:00" : end);
const sentEnd = (end: string): string => (end === "00:00" ? "24:00" : end);

/** What is wrong with the hours that were sent, each in a sentence. */
function hoursFault(error: WireError): string {
  const problems = parseHoursProblems(error.details);
  const isDay = (of: string): of is Day => (DAYS as readonly string[]).includes(of);
  const said = problems.map(({ code, of }) => fill(known(t.hoursProblems, code), { of: isDay(of) ? dayName(of) : of }));
  return said.length === 0 ? formErrorText(error) : said.join(" ");
}

const ZONES = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];

function DayRow({ day, spans, onSpans }: { day: Day; spans: readonly Span[]; onSpans: (spans: readonly Span[]) => void }) {
  const name = dayName(day);
  const put = (index: number, span: Span): void => onSpans(spans.map((one, at) => (at === index ? span : one)));
  return (
    <div class="day-row" role="group" aria-label={name} data-testid={`hours-${day}`}>
      <span class="day-name">{name}</span>
      <div class="spans">
        {spans.length === 0 && <span class="meta">{t.closedAllDay}</span>}
        {spans.map(([from, to], index) => (
          <span key={index} class="span">
            <input
              type="time"
              class="input"
              aria-label={fill(t.opensAt, { day: name })}
              value={from}
              required
              onInput={(event) => put(index, [event.currentTarget.value, to])}
            />
            <span aria-hidden="true">–</span>
            <input
              type="time"
              class="input"
              aria-label={fill(t.closesAt, { day: name })}
              value={shownEnd(to)}
              required
              onInput={(event) => put(index, [from, sentEnd(event.currentTarget.value)])}
            />
            <button
              type="button"
              class="icon-button"
              aria-label={fill(t.removeSpan, { day: name })}
              title={t.removeIt}
              onClick={() => onSpans(spans.filter((_, at) => at !== index))}
            >
              <Icon path={closeIcon} size={15} />
            </button>
            {from === "00:00" && to === "24:00" && <span class="meta">{t.openAllDay}</span>}
          </span>
        ))}
      </div>
      <button
        type="button"
        class="button plain"
        aria-label={fill(t.addSpanOn, { day: name })}
        onClick={() => onSpans([...spans, spans.length === 0 ? ["09:00", "17:00"] : [spans.at(-1)?.[1] ?? "17:00", "24:00"]])}
      >
        {t.addSpan}
      </button>
    </div>
  );
}

export function Hours({ hours, office, onChanged }: { hours: AdministeredHours; office: Office; onChanged: () => void }) {
  const [zone, setZone] = useState(hours.timeZone);
  const [week, setWeek] = useState<Week>(hours.week);
  const [holidays, setHolidays] = useState(hours.holidays);
  const [fresh, setFresh] = useState("");
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const changed =
    zone !== hours.timeZone || JSON.stringify(week) !== JSON.stringify(hours.week) || holidays.join() !== hours.holidays.join();
  const touch = (act: () => void): void => {
    setSaved(false);
    act();
  };

  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      await office.putHours({ timeZone: zone.trim(), week, holidays }, hours.version);
      setSaved(true);
      onChanged();
    } catch (error) {
      setFault(hoursFault(asWireError(error)));
    }
    setBusy(false);
  };

  return (
    <>
      <Head title={t.hours} text={t.hoursText}>
        <span class={hours.ofFile ? "badge" : "badge good"} data-testid="hours-source">
          {hours.ofFile ? t.hoursOfFile : t.hoursOfConsole}
        </span>
      </Head>
      <form
        class="hours"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="week">
          {DAYS.map((day) => (
            <DayRow key={day} day={day} spans={week[day]} onSpans={(spans) => touch(() => setWeek({ ...week, [day]: spans }))} />
          ))}
        </div>
        <div class="rest">
          <div class="two">
            <Field label={t.timeZone} value={zone} onValue={(value) => touch(() => setZone(value))} options={ZONES} max={64} required />
          </div>
          <fieldset class="holidays">
            <legend>{t.holidays}</legend>
            <ul>
              {holidays.map((date) => (
                <li key={date}>
                  {dateName(date)}
                  <button
                    type="button"
                    class="icon-button"
                    aria-label={fill(t.removeOf, { name: dateName(date) })}
                    onClick={() => touch(() => setHolidays(holidays.filter((one) => one !== date)))}
                  >
                    <Icon path={closeIcon} size={15} />
                  </button>
                </li>
              ))}
              {holidays.length === 0 && <li class="meta">{t.noHolidays}</li>}
            </ul>
            <div class="add">
              <Field label={t.holiday} type="date" value={fresh} onValue={setFresh} />
              <button
                type="button"
                class="button"
                disabled={fresh === "" || holidays.includes(fresh)}
                onClick={() =>
                  touch(() => {
                    setHolidays([...holidays, fresh].toSorted());
                    setFresh("");
                  })
                }
              >
                {t.addHoliday}
              </button>
            </div>
          </fieldset>
        </div>
        <p class="meta">{t.hoursNote}</p>
        <p class="error-text" role="alert">
          {fault}
        </p>
        <div class="act-foot">
          <button type="submit" class="button primary" disabled={!changed || busy}>
            {t.save}
          </button>
          {!hours.ofFile && (
            <button type="button" class="button" onClick={() => setAsking(true)}>
              {t.hoursBack}
            </button>
          )}
          <span role="status" class="meta">
            {saved && !changed ? t.saved : ""}
          </span>
        </div>
      </form>
      {asking && (
        <Dialog
          title={t.hoursBack}
          confirm={t.hoursBack}
          onConfirm={async () => {
            await office.giveHoursBack();
            onChanged();
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t.hoursBackText}</p>
        </Dialog>
      )}
    </>
  );
}
