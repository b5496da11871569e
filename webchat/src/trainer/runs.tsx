/** Training runs: what one does while it does it, what its model would answer otherwise, and whether it may serve. */

import { useEffect, useRef, useState } from "preact/hooks";

import { LOCALE } from "../console/words";
import { offerOf } from "../core/serving";
import { fill, plural } from "../ui/i18n";
import type { Condition, Loss, Outcome, Result, Run } from "./api";
import { Confirm, Empty, Fault, Name, percent, useAct, useLoaded, type Shop } from "./kit";
import { said, t, when } from "./words";

const STEPS = ["check", "validate", "train", "person", "stories", "listen", "compare"] as const;
const LOOK_EVERY_MS = 1_500;
const SHOWN = 60; // changed answers, and rows of a table, at first

function Progress({ run }: { run: Run }) {
  return (
    <ol class="progress">
      {STEPS.map((step) => {
        const done = run.done.find((one) => one.name === step);
        const now = run.status === "running" && run.step === step;
        return (
          <li key={step} class={done !== undefined ? "done" : now ? "now" : ""} aria-current={now ? "step" : undefined}>
            <span>{t.runs.steps[step]}</span>
            {done !== undefined && <span class="hint">{Math.round(done.seconds)} s</span>}
            {now && run.count !== undefined && (
              <span class="hint">{fill(t.runs.countOf, { now: run.count.now.toLocaleString(LOCALE), of: run.count.of.toLocaleString(LOCALE) })}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function figures(one: Condition): string {
  const shown = (n: number): string | number => (one.name === "overall" ? percent(n) : n);
  if (one.now === undefined) return "";
  return fill(t.runs.conditionFigures[one.name] ?? "", {
    now: shown(one.now),
    of: one.of ?? "–",
    before: one.before === undefined ? "–" : shown(one.before),
  });
}

function named(one: string | Loss): string {
  if (typeof one === "string") return fill(t.runs.quoted, { text: one });
  return `${one.intent}: ${t.runs[one.figure]} ${percent(one.before)} → ${percent(one.now)}`;
}

/** A condition with its figures, what it is about, and, where it does not hold, what a trainer can do. */
function ConditionRow({ one }: { one: Condition }) {
  const about = one.named ?? [];
  const more = (one.named_count ?? 0) - about.length;
  return (
    <li class="condition">
      <span class={one.ok ? "badge good" : "badge bad"}>{one.ok ? t.runs.yes : t.runs.no}</span>
      <div class="grow">
        <p class="row">
          <span class="grow">{t.runs.conditions[one.name] ?? one.name}</span>
          <span class="hint">{figures(one)}</span>
        </p>
        {about.length > 0 && (
          <p class="hint">
            {t.runs.conditionNamed[one.name]} <span dir="auto">{about.map(named).join(" · ")}</span>
            {more > 0 && ` ${fill(t.runs.andMore, { n: more })}`}
          </p>
        )}
        {!one.ok && <p>{t.runs.next[one.name]}</p>}
      </div>
    </li>
  );
}

function Gate({ result }: { result: Result }) {
  return (
    <section class="card">
      <h2 class="row">
        {t.runs.gate} <span class={result.gate.passed ? "badge good" : "badge bad"}>{result.gate.passed ? t.runs.yes : t.runs.no}</span>
      </h2>
      {!result.gate.passed && <p>{t.runs.refusedHint}</p>}
      <ul class="conditions">
        {result.gate.conditions.map((one) => (
          <ConditionRow key={one.name} one={one} />
        ))}
      </ul>
    </section>
  );
}

function outcome(one: Outcome): string {
  const answer = one.outcome === "clarify" ? one.choices.join(" / ") : (t.runs.outcomes[one.outcome] ?? one.outcome);
  const person = t.runs.person[one.person] ?? "";
  return person === "" ? answer : `${answer} + ${person}`;
}

const meantText = (meant: string | null): string => (meant === null ? t.runs.notKnown : (t.runs.meanings[meant] ?? meant));

/** What trainers taught: whether it is understood now, what is not first. */
function Taught({ result }: { result: Result }) {
  const rows = result.taught ?? [];
  if (rows.length === 0) return null;
  const learned = rows.filter((one) => one.learned).length;
  return (
    <section>
      <h2>{fill(t.runs.taught, { n: learned, of: rows.length })}</h2>
      <p class="hint">{t.runs.taughtHint}</p>
      <div class="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.runs.message}</th>
              <th scope="col">{t.runs.meant}</th>
              <th scope="col">{t.runs.before}</th>
              <th scope="col">{t.runs.after}</th>
              <th scope="col">{t.runs.verdict}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.language + one.text}>
                <td lang={one.language} dir="auto">
                  {one.text}
                </td>
                <td>
                  <Name of={meantText(one.meant)} />
                </td>
                <td>{one.current === null ? "–" : <Name of={outcome(one.current)} />}</td>
                <td>
                  <Name of={outcome(one.candidate)} />
                </td>
                <td>
                  <span class={one.learned ? "badge good" : "badge warn"}>{one.learned ? t.runs.learned : t.runs.notLearned}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Changed({ result }: { result: Result }) {
  const [all, setAll] = useState(false);
  const rows = all ? result.changed : result.changed.slice(0, SHOWN);
  return (
    <section>
      <h2>
        {t.runs.changed} ({result.changed.length})
      </h2>
      <p class="hint">{t.runs.changedHint}</p>
      {rows.length === 0 ? (
        <Empty>{t.runs.changedNone}</Empty>
      ) : (
        <div class="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.runs.message}</th>
                <th scope="col">{t.runs.meant}</th>
                <th scope="col">{t.runs.before}</th>
                <th scope="col">{t.runs.after}</th>
                <th scope="col">{t.runs.verdict}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.language + one.text}>
                  <td lang={one.language} dir="auto">
                    {one.text}
                  </td>
                  <td>
                    <Name of={meantText(one.meant)} />
                  </td>
                  <td>
                    <Name of={outcome(one.current)} />
                  </td>
                  <td>
                    <Name of={outcome(one.candidate)} />
                  </td>
                  <td>
                    <span class={one.verdict === "better" ? "badge good" : one.verdict === "worse" ? "badge bad" : "badge"}>
                      {t.runs.verdicts[one.verdict]}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {result.changed.length > rows.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          … {result.changed.length}
        </button>
      )}
    </section>
  );
}

function Intents({ result }: { result: Result }) {
  const rows = result.intents.filter((row) => row.messages > 0);
  const pair = (old: number | null | undefined, now: number | null): string =>
    old === undefined ? percent(now) : `${percent(old)} → ${percent(now)}`;
  const tone = (old: number | null | undefined, now: number | null): string =>
    old === undefined || old === null || now === null || old === now ? "" : now > old ? "up" : "down";
  return (
    <section>
      <h2>{t.runs.intents}</h2>
      <div class="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.runs.intent}</th>
              <th scope="col" class="number">
                {t.runs.tried}
              </th>
              <th scope="col" class="number">
                {t.runs.recall}
              </th>
              <th scope="col" class="number">
                {t.runs.precision}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.intent}>
                <th scope="row">
                  <Name of={row.intent} />
                </th>
                <td class="number">{row.messages}</td>
                <td class={`number ${tone(row.current?.recall, row.candidate.recall)}`}>{pair(row.current?.recall, row.candidate.recall)}</td>
                <td class={`number ${tone(row.current?.precision, row.candidate.precision)}`}>
                  {pair(row.current?.precision, row.candidate.precision)}
                </td>
              </tr>
            ))}
            {(result.unmeasured ?? []).map((intent) => (
              <tr key={intent}>
                <th scope="row">
                  <Name of={intent} />
                </th>
                <td class="hint" colSpan={3}>
                  {t.runs.unmeasured}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The mix-ups as a picture; the table beneath says the same to those who do not see it. */
function Confusion({ result }: { result: Result }) {
  const rows = result.confusions.filter((one) => one.candidate > 0);
  if (rows.length === 0) return null;
  const meant = [...new Set(rows.map((one) => one.meant))].sort();
  const taken = [...new Set(rows.map((one) => one.understood))].sort();
  const most = Math.max(...rows.map((one) => one.candidate));
  const count = (row: string, column: string): number =>
    rows.find((one) => one.meant === row && one.understood === column)?.candidate ?? 0;
  return (
    <section>
      <h2>{t.runs.confusion}</h2>
      <p class="hint">{t.runs.confusionHint}</p>
      <div class="scroll" tabIndex={0}>
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col">{t.runs.meant}</th>
              {taken.map((column) => (
                <th key={column} scope="col" class="slanted">
                  <span>{t.runs.outcomes[column] ?? column}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {meant.map((row) => (
              <tr key={row}>
                <th scope="row">{row}</th>
                {taken.map((column) => {
                  const n = count(row, column);
                  return (
                    <td key={column} class="cell" style={n === 0 ? undefined : { "--heat": `${Math.round(18 + (62 * n) / most)}%` }}>
                      {n === 0 ? "" : n}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Figures({ result }: { result: Result }) {
  const { overall, human, latency } = result;
  const rows: readonly (readonly [string, string | null, string])[] = [
    [t.runs.right, overall.current === undefined ? null : percent(overall.current.share), percent(overall.candidate.share)],
    [t.runs.heard, human.current === undefined ? null : percent(human.current.recall), percent(human.candidate.recall)],
    [t.runs.latency, latency.current === undefined ? null : fill(t.runs.speed, { p50: latency.current.p50_ms, p95: latency.current.p95_ms }), fill(t.runs.speed, { p50: latency.candidate.p50_ms, p95: latency.candidate.p95_ms })],
  ];
  return (
    <section>
      <h2>{t.runs.figures}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">{t.runs.figures}</span>
            </th>
            <th scope="col">{t.runs.before}</th>
            <th scope="col">{t.runs.after}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, old, now]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{old ?? "–"}</td>
              <td>{now}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Detail({ shop, id, onChange }: { shop: Shop; id: string; onChange: () => void }) {
  const { value, fault, again } = useLoaded(() => shop.api.run(id), id);
  const [asking, setAsking] = useState(false);
  const { busy, fault: failed, act } = useAct();
  const log = useRef<HTMLPreElement>(null);
  const running = value?.run.status === "running";
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(again, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      onChange();
    };
  }, [running]);
  useEffect(() => {
    if (running && log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [value?.log]);
  if (value === null) return fault === null ? <Empty>{t.loading}</Empty> : <Fault text={fault} />;
  const { run, result } = value;
  const offer = offerOf(run, shop.overview);
  return (
    <section class="detail" aria-label={t.runs.heading}>
      <div class="row">
        <Status run={run} />
        {running && (
          <button type="button" class="button danger" disabled={busy} onClick={() => act(() => shop.api.cancel(id).then(again))}>
            {t.runs.stop}
          </button>
        )}
        {offer === "serves" && <span class="badge good">{t.runs.inService}</span>}
        {(offer === "promote" || offer === "wait") && (
          <button type="button" class="button primary" disabled={offer === "wait"} onClick={() => setAsking(true)}>
            {t.runs.promote}
          </button>
        )}
      </div>
      {run.message !== "" && <p class={run.status === "failed" ? "error-text" : "hint"}>{said(run.message)}</p>}
      <Fault text={failed} />
      <Progress run={run} />
      {result !== null && (
        <>
          <Gate result={result} />
          <Taught result={result} />
          <Changed result={result} />
          <Figures result={result} />
          <Intents result={result} />
          <Confusion result={result} />
        </>
      )}
      <details open={run.status === "failed"}>
        <summary>{t.runs.log}</summary>
        <pre ref={log} class="log" tabIndex={0}>
          {value.log}
        </pre>
        {value.warnings !== "" && (
          <details>
            <summary>{plural(LOCALE, t.runs.warnings, value.warnings.split("\n").length)}</summary>
            <pre class="log" tabIndex={0}>
              {value.warnings}
            </pre>
          </details>
        )}
      </details>
      {asking && (
        <Confirm
          title={t.runs.promoteTitle}
          yes={t.runs.promote}
          onNo={() => setAsking(false)}
          onYes={() => {
            setAsking(false);
            shop.promote(id);
          }}
        >
          <p>{t.runs.promoteText}</p>
        </Confirm>
      )}
    </section>
  );
}

const TONES: Readonly<Record<string, string>> = { passed: "good", refused: "bad", failed: "bad", running: "warn", interrupted: "warn" };

function Status({ run }: { run: Run }) {
  return <span class={`badge ${TONES[run.status] ?? ""}`}>{t.runs.status[run.status] ?? run.status}</span>;
}

export function Runs({ shop }: { shop: Shop }) {
  const { overview } = shop;
  // What another trainer began or ended shows up here, too.
  const { value, fault, again } = useLoaded(() => shop.api.runs(), `${overview?.run?.id ?? ""} ${overview?.run?.status ?? ""}`);
  const [chosen, setChosen] = useState<string | null>(null);
  const { busy, fault: failed, act } = useAct();
  const id = chosen ?? value?.runs[0]?.id ?? null;
  return (
    <>
      <h1>{t.runs.heading}</h1>
      <p class="lead">{t.runs.hint}</p>
      <p class="row">
        <button
          type="button"
          class="button primary"
          disabled={busy || value?.runs.some((one) => one.status === "running") === true}
          onClick={() =>
            act(async () => {
              const { run } = await shop.api.train();
              setChosen(run.id);
              again();
              shop.reload();
            })
          }
        >
          {t.runs.begin}
        </button>
      </p>
      <Fault text={failed ?? fault} />
      {value !== null && value.runs.length === 0 && <Empty>{t.runs.empty}</Empty>}
      {value !== null && value.runs.length > 0 && (
        <div class="two narrow">
          <ul class="cards" aria-label={t.runs.heading}>
            {value.runs.map((run) => (
              <li key={run.id}>
                <button type="button" class="card pick slim" aria-pressed={run.id === id} onClick={() => setChosen(run.id)}>
                  <span class="row">
                    <Status run={run} />
                    {offerOf(run, overview) === "serves" && <span class="badge good">{t.runs.inService}</span>}
                  </span>
                  <span class="hint">{fill(t.runs.by, { at: when(run.at), by: run.by.name })}</span>
                </button>
              </li>
            ))}
          </ul>
          {id !== null && (
            <Detail
              key={id}
              shop={shop}
              id={id}
              onChange={() => {
                again();
                shop.reload();
              }}
            />
          )}
        </div>
      )}
    </>
  );
}
