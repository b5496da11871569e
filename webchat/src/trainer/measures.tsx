/** Whether the assistant gets better, and the three things that a trainer works on for thirty days. */

import { useState } from "preact/hooks";

import { LOCALE } from "../console/words";
import { fill, plural } from "../ui/i18n";
import type { Figures, Goal, Measures as Found } from "./api";
import { Empty, Fault, percent, useAct, useLoaded, type Shop } from "./kit";
import { day, t, when } from "./words";

const HEIGHT = 120;
const BAR = 14;

/** Messages a day: answered, and of these confirmed helpful. The table beneath holds the same figures. */
function Chart({ found }: { found: Found }) {
  const shown = found.days.slice(-30);
  const most = Math.max(1, ...shown.map((one) => one.turns));
  const width = Math.max(shown.length * (BAR + 6), 60);
  const tall = (count: number): number => (HEIGHT * count) / most;
  return (
    <div class="scroll" tabIndex={0}>
      <svg class="chart" width={width} height={HEIGHT + 22} role="img" aria-label={t.measures.byDay}>
        {shown.map((one, place) => {
          const x = place * (BAR + 6) + 3;
          return (
            <g key={one.day}>
              <title>{`${day(one.day)}: ${one.turns} / ${one.answered} / ${one.helpful}`}</title>
              <rect class="turns" x={x} y={HEIGHT - tall(one.turns)} width={BAR} height={tall(one.turns)} rx="2" />
              <rect class="answered" x={x} y={HEIGHT - tall(one.answered)} width={BAR} height={tall(one.answered)} rx="2" />
              <rect class="helpful" x={x} y={HEIGHT - tall(one.helpful)} width={BAR} height={tall(one.helpful)} rx="2" />
            </g>
          );
        })}
        {found.promotions.map((one) => {
          const place = shown.findIndex((it) => it.day === one.at.slice(0, 10));
          if (place < 0) return null;
          const x = place * (BAR + 6) + 3 + BAR / 2;
          return <path key={one.at} class="promotion" d={`M${x} ${HEIGHT + 4}l5 9h-10Z`} />;
        })}
      </svg>
    </div>
  );
}

function confirmed(of: Figures): string {
  const judged = of.helpful + of.not_helpful;
  return judged === 0 ? "–" : `${percent(of.confirmed)} (${fill(t.measures.confirmedOf, { n: of.helpful, of: judged })})`;
}

function OneGoal({ goal, shop, onDone }: { goal: Goal; shop: Shop; onDone: () => void }) {
  const { busy, fault, act } = useAct();
  const places = { before: goal.before ?? "–", since: goal.since ?? "–" };
  return (
    <li class="card">
      <p class="row">
        <strong class="grow">{goal.title}</strong>
        {!goal.done && !goal.over && <span class="badge">{plural(LOCALE, t.measures.daysLeft, goal.days_left)}</span>}
        {goal.over && <span class="badge">{t.measures.over}</span>}
      </p>
      <p class="row">
        <span class="hint">{goal.intent}</span>
        <span class={goal.better === true ? "badge good" : goal.better === false ? "badge warn" : "badge"}>
          {goal.better === null ? t.measures.unknown : fill(goal.better ? t.measures.better : t.measures.worse, places)}
        </span>
        {goal.handoffs_before !== null && goal.handoffs_since !== null && (
          <span class="hint">
            {fill(t.measures.goalHandoffs, { before: goal.handoffs_before, since: goal.handoffs_since })}
          </span>
        )}
        {!goal.done && (
          <button type="button" class="button plain" disabled={busy} onClick={() => act(() => shop.api.goalDone(goal.id).then(onDone))}>
            {t.measures.goalDone}
          </button>
        )}
      </p>
      <Fault text={fault} />
    </li>
  );
}

function Goals({ shop, found, again }: { shop: Shop; found: Found; again: () => void }) {
  const [title, setTitle] = useState("");
  const [intent, setIntent] = useState("");
  const { busy, fault, act } = useAct();
  return (
    <section>
      <h2>{t.measures.goals}</h2>
      <p class="hint">{t.measures.goalsHint}</p>
      <ul class="cards">
        {found.goals.map((goal) => (
          <OneGoal key={goal.id} goal={goal} shop={shop} onDone={again} />
        ))}
      </ul>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          act(async () => {
            await shop.api.goal(title, intent);
            setTitle("");
            again();
          });
        }}
      >
        <label class="field grow">
          <span class="label">{t.measures.goalTitle}</span>
          <input class="input" required maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span class="label">{t.measures.goalIntent}</span>
          <select class="input" required value={intent} onChange={(event) => setIntent(event.currentTarget.value)}>
            <option value="">…</option>
            {shop.data?.intents.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
        </label>
        <button type="submit" class="button" disabled={busy}>
          {t.measures.goalAdd}
        </button>
      </form>
      <Fault text={fault} />
    </section>
  );
}

export function Measures({ shop }: { shop: Shop }) {
  const { value, fault, again } = useLoaded(() => shop.api.measures(), "");
  if (value === null) return fault === null ? <Empty>{t.loading}</Empty> : <Fault text={fault} />;
  const { total } = value;
  const judged = total.helpful + total.not_helpful;
  const handoffs = Object.values(total.handoffs).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <h1>{t.measures.heading}</h1>
      <p class="lead">{t.measures.hint}</p>
      {value.days.length === 0 && <Empty>{t.measures.empty}</Empty>}
      <dl class="tiles">
        <div class="card">
          <dt>{t.measures.confirmed}</dt>
          <dd>{percent(total.confirmed)}</dd>
          <dd class="hint">{judged === 0 ? t.measures.noneJudged : fill(t.measures.confirmedOf, { n: total.helpful, of: judged })}</dd>
        </div>
        <div class="card">
          <dt>{t.measures.turns}</dt>
          <dd>{total.turns}</dd>
          <dd class="hint">
            {t.measures.answered}: {total.answered}
            {total.turns > 0 && ` (${percent(total.answered / total.turns)})`}
          </dd>
        </div>
        <div class="card">
          <dt>{t.measures.handoffs}</dt>
          <dd>{handoffs}</dd>
        </div>
      </dl>
      <Goals shop={shop} found={value} again={again} />
      {value.days.length > 0 && (
        <section>
          <h2>{t.measures.byDay}</h2>
          <p class="row legend">
            <span class="key turns">{t.measures.turns}</span>
            <span class="key answered">{t.measures.answered}</span>
            <span class="key helpful">{t.measures.helpful}</span>
          </p>
          <Chart found={value} />
          <details>
            <summary>{t.measures.byDay}</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.measures.day}</th>
                  <th scope="col" class="number">{t.measures.turns}</th>
                  <th scope="col" class="number">{t.measures.answered}</th>
                  <th scope="col" class="number">{t.measures.helpful}</th>
                  <th scope="col" class="number">{t.measures.notHelpful}</th>
                  <th scope="col" class="number">{t.measures.handoffs}</th>
                </tr>
              </thead>
              <tbody>
                {value.days.toReversed().map((one) => (
                  <tr key={one.day}>
                    <th scope="row">{day(one.day)}</th>
                    <td class="number">{one.turns}</td>
                    <td class="number">{one.answered}</td>
                    <td class="number">{one.helpful}</td>
                    <td class="number">{one.not_helpful}</td>
                    <td class="number">{Object.values(one.handoffs).reduce((sum, count) => sum + count, 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </section>
      )}
      {handoffs > 0 && (
        <section>
          <h2>{t.measures.byReason}</h2>
          <table>
            <tbody>
              {Object.entries(total.handoffs).map(([reason, count]) => (
                <tr key={reason}>
                  <th scope="row">{t.handoffReasons[reason] ?? reason}</th>
                  <td class="number">{count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {value.intents.length > 0 && (
        <section>
          <h2>{t.measures.byIntent}</h2>
          <div class="scroll" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.runs.intent}</th>
                  <th scope="col" class="number">{t.measures.turns}</th>
                  <th scope="col" class="number">{t.measures.helpful}</th>
                  <th scope="col" class="number">{t.measures.handoffs}</th>
                </tr>
              </thead>
              <tbody>
                {value.intents.map((one) => (
                  <tr key={one.intent}>
                    <th scope="row">{one.intent}</th>
                    <td class="number">{one.turns}</td>
                    <td class="number">{one.helpful}</td>
                    <td class="number">{one.handoffs}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      {value.promotions.length > 0 && (
        <section>
          <h2>{t.measures.promotions}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.measures.promotions}</th>
                <th scope="col">{t.measures.weekBefore}</th>
                <th scope="col">{t.measures.weekAfter}</th>
              </tr>
            </thead>
            <tbody>
              {value.promotions.toReversed().map((one) => (
                <tr key={one.at}>
                  <th scope="row">
                    {one.kind === "promoted" ? t.measures.promoted : t.measures.rolled_back}, {when(one.at)}, {one.by}
                  </th>
                  <td>{confirmed(one.before)}</td>
                  <td>{confirmed(one.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
