/** Who changed what, the latest first. */

import { useCallback, useEffect, useState } from "preact/hooks";

import type { Office } from "../../client/office";
import { asWireError } from "../../client/http";
import type { AuditChange, AuditEntry } from "../../protocol/administration";
import { fill } from "../../ui/i18n";
import { errorText, label, LOCALE, t } from "../words";
import { Head } from "./parts";

/** A value as people read it: lists by commas, days by their spans, nothing as a dash. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) {
    if (value.length === 0) return "–";
    const span = value.length === 2 && value.every((one) => typeof one === "string" && /^\d\d:\d\d$/.test(one));
    return value.map(inWords).join(span ? "–" : ", ");
  }
  if (typeof value === "object") {
    return Object.entries(value)
      .filter(([, one]) => !Array.isArray(one) || one.length > 0)
      .map(([key, one]) => `${key} ${inWords(one)}`)
      .join("; ") || "–";
  }
  return String(value);
}

function Change({ change }: { change: AuditChange }) {
  const before = inWords(change.before);
  return (
    <li>
      <span class="field-name">{label(t.auditFields, change.field)}</span>{" "}
      {before !== "–" && (
        <>
          <del>{before}</del> <span aria-hidden="true">→</span>{" "}
        </>
      )}
      <ins>{inWords(change.after)}</ins>
    </li>
  );
}

const at = (moment: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(moment));

export function Audit({ office }: { office: Office }) {
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
  return (
    <>
      <Head title={t.audit} text={t.auditText} />
      <p class="error-text" role="alert">
        {fault}
      </p>
      <ol class="audit" aria-busy={entries === null}>
        {(entries ?? []).map((entry) => (
          <li key={entry.number} data-testid="audit-entry">
            <time dateTime={entry.at}>{at(entry.at)}</time>
            <div>
              <p>{fill(label(t.auditActions, entry.action), { who: entry.actor, what: entry.subject })}</p>
              {entry.changes.length > 0 && (
                <ul>
                  {entry.changes.map((change) => (
                    <Change key={change.field} change={change} />
                  ))}
                </ul>
              )}
            </div>
          </li>
        ))}
      </ol>
      {more && (
        <button type="button" class="button" onClick={() => void fetchBelow(entries?.at(-1)?.number ?? null)}>
          {t.showEarlier}
        </button>
      )}
    </>
  );
}
