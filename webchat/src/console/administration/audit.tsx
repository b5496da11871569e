/** Who changed what, the latest first. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import type { Office } from "../../client/office";
import { asWireError } from "../../client/http";
import type { AuditEntry } from "../../protocol/administration";
import { teamName } from "../../core/desk";
import type { TeamName } from "../../protocol/model";
import { clockTime, dayName, fill } from "../../ui/i18n";
import { useNow } from "../../ui/hooks";
import { errorText, label, LOCALE, t } from "../words";
import { changesInWords, type AuditWords, type ChangeInWords } from "./audit-words";
import { Head } from "./parts";

function Change({ change: { field, before, after } }: { change: ChangeInWords }) {
  return (
    <>
      <dt>{label(t.auditFields, field)}</dt>
      <dd>
        {before !== null && <del dir="auto">{before}</del>}
        {before !== null && after !== null && <span class="arrow" aria-hidden="true"> → </span>}
        {after !== null && <ins dir="auto">{after}</ins>}
      </dd>
    </>
  );
}

const whole = (moment: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "long" }).format(new Date(moment));

/** The entries of a day under its name: `at` is the same for all of them. */
function byDay(entries: readonly AuditEntry[]): readonly (readonly AuditEntry[])[] {
  const days: AuditEntry[][] = [];
  for (const entry of entries) {
    const last = days.at(-1);
    if (last?.[0] !== undefined && new Date(last[0].at).toDateString() === new Date(entry.at).toDateString()) last.push(entry);
    else days.push([entry]);
  }
  return days;
}

export function Audit({ office, teams }: { office: Office; teams: readonly TeamName[] }) {
  const now = useNow(60_000);
  const [entries, setEntries] = useState<readonly AuditEntry[] | null>(null);
  const [more, setMore] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const fetchBelow = useCallback(
    async (before: number | null): Promise<void> => {
      try {
        const page = await office.audit(before);
        setEntries((known) => [...(before === null ? [] : (known ?? [])), ...page.entries]);
        setMore(page.more);
        setFault(null);
      } catch (error) {
        setFault(errorText(asWireError(error)));
      }
    },
    [office],
  );
  useEffect(() => void fetchBelow(null), [fetchBelow]);
  const words = useMemo(
    (): AuditWords => ({
      locale: LOCALE,
      levels: t.levels,
      anyLanguage: t.anyLanguage,
      anyTeam: t.anyTeam,
      asEverybody: t.asEverybody,
      closedAllDay: t.closedAllDay,
      nothing: "–",
      teamName: (key) => teamName(teams, key),
    }),
    [teams],
  );
  return (
    <>
      <Head title={t.audit} text={t.auditText} />
      {fault !== null && (
        <p class="strip bad" role="alert">
          <span class="grow">{fault}</span>
          <button type="button" class="button" onClick={() => void fetchBelow(entries?.at(-1)?.number ?? null)}>
            {t.tryAgain}
          </button>
        </p>
      )}
      {entries?.length === 0 && <p class="none">{t.auditNone}</p>}
      <div aria-busy={entries === null && fault === null}>
        {byDay(entries ?? []).map((day) => (
          <section key={day[0]?.number} class="audit-day">
            <h3>{dayName(LOCALE, day[0]?.at ?? "", now)}</h3>
            <ol class="audit">
              {day.map((entry) => (
                <li key={entry.number} data-testid="audit-entry">
                  <time dateTime={entry.at} title={whole(entry.at)}>
                    {clockTime(LOCALE, entry.at)}
                  </time>
                  <div>
                    <p>{fill(label(t.auditActions, entry.action), { who: entry.actor ?? t.operator, what: entry.subject })}</p>
                    {entry.changes.length > 0 && (
                      <dl>
                        {changesInWords(entry, words).map((change) => (
                          <Change key={change.field} change={change} />
                        ))}
                      </dl>
                    )}
                  </div>
                </li>
              ))}
            </ol>
          </section>
        ))}
      </div>
      {more && (
        <button type="button" class="button" onClick={() => void fetchBelow(entries?.at(-1)?.number ?? null)}>
          {t.showEarlier}
        </button>
      )}
    </>
  );
}
