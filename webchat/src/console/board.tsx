/** The supervisor's view of the desk: what needs them, every open request, who is there, and who is shut out. */

import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import type { AgentClient } from "../client/agent";
import { teamName, type DeskState } from "../core/desk";
import { initials } from "../core/view";
import type { Alert, BlockedRow, Board as BoardState, BoardAgent, BoardCounts, BoardRow, TeamName } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { bellIcon, blockIcon, Icon, warningIcon } from "../ui/icons";
import { ago, fill, lasting, listed, moment, plural } from "../ui/i18n";
import type { OnError } from "./app";
import { Today } from "./day/day";
import { customerName } from "./inbox";
import { languageName } from "./offer";
import { Assign, Seats, seatsFree, Unblock } from "./supervise";
import { known, LOCALE, t } from "./words";

interface Props {
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly onError: OnError;
  /** Shows a conversation once it is watched or held, as was asked for. */
  readonly onShow: (conversationId: string, asked: ReturnType<AgentClient["watch"]>) => void;
}

type Filter = "all" | keyof BoardCounts;

const FILTERS: readonly Filter[] = ["all", "waiting", "offered", "active", "promised", "overdue"];

function isIn(filter: Filter, row: BoardRow): boolean {
  switch (filter) {
    case "all":
      return true;
    case "overdue":
      return row.overdue_since !== null;
    case "waiting":
      return row.state === "queued";
    default:
      return row.state === filter;
  }
}

const countOf = (filter: Filter, { waiting, offered, active, promised, overdue }: BoardCounts): number =>
  filter === "all" ? waiting + offered + active + promised : { waiting, offered, active, promised, overdue }[filter];

function Figures({ board, filter, onFilter }: { board: BoardState; filter: Filter; onFilter: (filter: Filter) => void }) {
  const onDuty = board.agents.filter(({ presence, access }) => presence === "online" && access.includes("agent"));
  const free = onDuty.reduce((sum, agent) => sum + seatsFree(agent), 0);
  return (
    <div class="figures">
      <div class="filters" role="group" aria-label={t.show}>
        {FILTERS.map((one) => {
          const count = countOf(one, board.counts);
          const alarm = one === "overdue" && count > 0 ? " alarm" : "";
          return (
            <button
              key={one}
              type="button"
              class={`figure${alarm}`}
              aria-pressed={filter === one}
              onClick={() => onFilter(one)}
              data-testid={`figure-${one}`}
            >
              <span class="number">{count}</span>
              <span>{t.filters[one]}</span>
            </button>
          );
        })}
      </div>
      <p class={onDuty.length === 0 && board.open ? "figure alarm" : "figure"}>
        <span class="number">{onDuty.length}</span>
        <span>
          {t.boardOnDuty}
          {onDuty.length > 0 && ` · ${plural(LOCALE, t.seatsFree, free)}`}
        </span>
      </p>
    </div>
  );
}

/** Whether somebody is told outside the console when nobody looks here. */
function NoticesLine({ board, now }: { board: BoardState; now: Date }) {
  const { notices } = board;
  if (notices === null) return null;
  if (notices.configured.length === 0) return <p class="badge warn long">{t.noticesNone}</p>;
  if (notices.failed > 0) {
    const since = notices.oldest_at === null ? "" : ` · ${fill(t.alertAt, { time: moment(LOCALE, notices.oldest_at, now) })}`;
    return (
      <p class="badge bad long" role="status" data-testid="notices">
        <Icon path={warningIcon} size={14} />
        {plural(LOCALE, t.noticesFailed, notices.failed)}
        {since}
      </p>
    );
  }
  return notices.pending > 0 ? <p class="badge long">{plural(LOCALE, t.noticesPending, notices.pending)}</p> : null;
}

interface RowActs {
  readonly onWatch: (conversationId: string) => void;
  readonly onTake: (conversationId: string, handoffId: string) => void;
}

function AlertRow({ alert, now, onAcknowledge, onWatch, onTake }: RowActs & {
  alert: Alert;
  now: Date;
  onAcknowledge: () => void;
}) {
  const { conversation_id: id, handoff_id: handoffId, state } = alert;
  const reference = alert.reference ?? customerName(alert.customer);
  const live = handoffId !== null && state !== "resolved" && state !== "withdrawn";
  const facts = [
    customerName(alert.customer),
    ...(state === null ? [] : [t.states[state]]),
    fill(t.alertAt, { time: moment(LOCALE, alert.at, now) }),
  ];
  return (
    <li class="alert-row" data-testid="alert">
      <Icon path={bellIcon} size={18} />
      <span class="text">
        <strong>{fill(t.alertStrip, { reference, why: known(t.whys, alert.why) })}</strong>
        <span>{listed(facts)}</span>
      </span>
      <span class="row-acts">
        {live && (
          <button
            type="button"
            class="button primary"
            aria-label={fill(t.takeOf, { reference })}
            onClick={() => onTake(id, handoffId)}
          >
            {t.take}
          </button>
        )}
        <button type="button" class="button plain" aria-label={fill(t.watchOf, { reference })} onClick={() => onWatch(id)}>
          {t.watch}
        </button>
        <button type="button" class="button" aria-label={fill(t.acknowledgeOf, { reference })} onClick={onAcknowledge}>
          {t.acknowledge}
        </button>
      </span>
    </li>
  );
}

const ALERTS_AT_ONCE = 3; // of more, what stands below would be out of sight

function Alerts({ alerts, now, client, onError, ...acts }: RowActs & {
  alerts: readonly Alert[];
  now: Date;
  client: AgentClient;
  onError: OnError;
}) {
  const [all, setAll] = useState(false);
  const [busy, setBusy] = useState(false);
  const newest = alerts.toReversed(); // what has just come is what brought the supervisor here
  const many = alerts.length > ALERTS_AT_ONCE;
  const acknowledgeAll = async (): Promise<void> => {
    setBusy(true);
    for (const { alert_id: id } of alerts) {
      const failed = await client.acknowledge(id);
      onError(failed);
      if (failed !== null) break;
    }
    setBusy(false);
  };
  return (
    <section class="alerts" aria-label={t.alerts}>
      <header>
        <h2>
          {t.alerts} <span class="count">{alerts.length}</span>
        </h2>
        {many && (
          <span class="row-acts">
            <button type="button" class="button plain" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? t.alertsFewer : plural(LOCALE, t.alertsAll, alerts.length)}
            </button>
            <button type="button" class="button plain" disabled={busy} onClick={() => void acknowledgeAll()}>
              {t.acknowledgeAll}
            </button>
          </span>
        )}
      </header>
      <ul>
        {(all ? newest : newest.slice(0, ALERTS_AT_ONCE)).map((alert) => (
          <AlertRow
            key={alert.alert_id}
            alert={alert}
            now={now}
            onAcknowledge={() => void client.acknowledge(alert.alert_id).then(onError)}
            {...acts}
          />
        ))}
      </ul>
    </section>
  );
}

function Cell({ name, children, alarm = false }: { name: string; children: ComponentChildren; alarm?: boolean }) {
  return (
    <td data-name={name} class={alarm ? "alarm" : ""}>
      {children}
    </td>
  );
}

/** Who has it, is asked, or owns the promise. */
const withWhom = (row: BoardRow): string => row.agent?.name ?? row.offered_to?.name ?? row.owner ?? "";

const overdueBy = (ms: number): string => (ms < 1_000 ? t.dueNow : fill(t.overdueBy, { time: lasting(LOCALE, ms) }));

function RequestRow({ row, teams, me, now, onWatch, onTake, onAssign }: RowActs & {
  row: BoardRow;
  teams: readonly TeamName[];
  me: string | null;
  now: Date;
  onAssign: () => void;
}) {
  const { reference, conversation_id: id, overdue_since: overdue } = row;
  const facts = [languageName(row.language), teamName(teams, row.team), ...row.skills];
  const { answer_by: by } = row;
  const anew = overdue !== null && by !== null && Date.parse(by) > now.getTime();
  return (
    <tr class={overdue === null ? "" : "overdue"} data-testid="board-row">
      <th scope="row">
        {customerName(row.customer)} <span class="meta">{reference}</span>
        <small>{listed(facts)}</small>
      </th>
      <Cell name={t.state}>
        <span class={`badge state-${row.state}`}>{t.states[row.state]}</span>
        {row.told !== null && (
          <span class="told" title={known(t.whys, row.told.why)}>
            <Icon path={bellIcon} size={14} />
            <span class="visually-hidden">{known(t.whys, row.told.why)}</span>
          </span>
        )}
        <small>{row.place === null ? withWhom(row) : [fill(t.place, { n: row.place }), withWhom(row)].filter(Boolean).join(" · ")}</small>
      </Cell>
      <Cell name={t.reason}>{known(t.reasons, row.reason)}</Cell>
      <Cell name={t.boardSince}>{ago(LOCALE, row.requested_at, now)}</Cell>
      <Cell name={t.boardDue} alarm={overdue !== null}>
        {overdue !== null && overdueBy(now.getTime() - Date.parse(overdue))}
        {overdue === null && (by === null ? "–" : moment(LOCALE, by, now))}
        {overdue !== null && <small>{anew ? fill(t.promisedAnew, { time: moment(LOCALE, by, now) }) : moment(LOCALE, overdue, now)}</small>}
      </Cell>
      <Cell name={t.boardNext}>{row.next_deadline_at === null ? "–" : moment(LOCALE, row.next_deadline_at, now)}</Cell>
      <td data-name={t.boardActions}>
        <span class="row-acts">
          {row.agent?.id !== me && (
            <button
              type="button"
              class={overdue === null ? "button plain" : "button"}
              aria-label={fill(t.takeOf, { reference })}
              onClick={() => onTake(id, row.handoff_id)}
            >
              {t.take}
            </button>
          )}
          <button type="button" class="button plain" aria-label={fill(t.assignOf, { reference })} onClick={onAssign}>
            {t.assign}
          </button>
          {row.agent?.id !== me && (
            <button type="button" class="button plain" aria-label={fill(t.watchOf, { reference })} onClick={() => onWatch(id)}>
              {t.watch}
            </button>
          )}
        </span>
      </td>
    </tr>
  );
}

const PRESENCE_ORDER = ["online", "not_responding", "away", "offline"];

function Team({ agents, teams, now }: { agents: readonly BoardAgent[]; teams: readonly TeamName[]; now: Date }) {
  // Who only supervises has no seats; they are here when they have taken a conversation over.
  const answering = agents.filter(({ access, load }) => access.includes("agent") || load > 0);
  const ordered = answering.toSorted(
    (a, b) =>
      PRESENCE_ORDER.indexOf(a.presence) - PRESENCE_ORDER.indexOf(b.presence) || a.name.localeCompare(b.name),
  );
  return (
    <ul class="team">
      {ordered.map((agent) => (
        <li key={agent.id} class={agent.presence === "offline" ? "gone" : ""} data-testid="member">
          <span class="avatar" aria-hidden="true">
            {initials(agent.name)}
          </span>
          <span class="text">
            <strong>{agent.name}</strong>
            <span>{agent.role}</span>
            <span class="meta">{listed([...agent.teams.map((key) => teamName(teams, key)), ...agent.skills, ...agent.languages.map(languageName)])}</span>
          </span>
          <span class="standing">
            <span class={`badge presence-${agent.presence}`}>{t.presences[agent.presence]}</span>
            <Seats agent={agent} />
            {agent.wrap_ups.length > 0 && (
              <span class="meta">
                {plural(LOCALE, t.inWrapUp, agent.wrap_ups.length)} ·{" "}
                {lasting(LOCALE, Math.min(...agent.wrap_ups.map(({ until }) => Date.parse(until))) - now.getTime())}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Blocked({ rows, now, onWatch, onUnblock }: {
  rows: readonly BlockedRow[];
  now: Date;
  onWatch: (conversationId: string) => void;
  onUnblock: (conversationId: string) => void;
}) {
  return (
    <ul class="blocked-list">
      {rows.map((row) => (
        <li key={row.conversation_id} data-testid="blocked">
          <Icon path={blockIcon} size={18} />
          <span class="text">
            <strong>
              {row.reference ?? customerName(row.customer)}
              {row.reference !== null && <span class="meta"> {customerName(row.customer)}</span>}
            </strong>
            <span>{row.reason}</span>
            <span class="meta">{fill(t.blockedBy, { name: row.by.name, time: moment(LOCALE, row.at, now) })}</span>
          </span>
          <span class="row-acts">
            <button
              type="button"
              class="button plain"
              aria-label={fill(t.watchOf, { reference: row.reference ?? customerName(row.customer) })}
              onClick={() => onWatch(row.conversation_id)}
            >
              {t.watch}
            </button>
            <button
              type="button"
              class="button"
              aria-label={fill(t.unblockOf, { reference: row.reference ?? customerName(row.customer) })}
              onClick={() => onUnblock(row.conversation_id)}
            >
              {t.unblock}
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Board({ state, client, onError, onShow }: Props) {
  const now = useNow(1_000);
  const [filter, setFilter] = useState<Filter>("all");
  const [assigning, setAssigning] = useState<BoardRow | null>(null);
  const [unblocking, setUnblocking] = useState<string | null>(null);
  const { board, alerts, me } = state;
  if (board === null) return <main class="board" aria-busy="true" />;
  const rows = board.rows.filter((row) => isIn(filter, row));
  const unseen = countOf(filter, board.counts) - rows.length;

  const acts: RowActs = {
    onWatch: (id) => onShow(id, client.watch(id)),
    onTake: (id, handoffId) => onShow(id, client.assign(id, handoffId, me?.id ?? "")),
  };

  return (
    <main class="board">
      <header class="board-head">
        <h1>{t.boardTitle}</h1>
        <span class={board.open ? "badge good" : "badge"}>{board.open ? t.deskOpen : t.deskClosed}</span>
        <NoticesLine board={board} now={now} />
      </header>
      {alerts.length > 0 && <Alerts alerts={alerts} now={now} client={client} onError={onError} {...acts} />}
      <Figures board={board} filter={filter} onFilter={setFilter} />
      <section aria-label={t.boardQueue}>
        <h2>
          {t.boardQueue} {filter !== "all" && <span class="meta">{t.filters[filter]}</span>}
        </h2>
        {rows.length === 0 ? (
          <p class="none">{filter === "all" ? t.boardNone : t.boardNoneOf}</p>
        ) : (
          <div class="table-frame requests">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.boardWho}</th>
                  <th scope="col">{t.state}</th>
                  <th scope="col">{t.reason}</th>
                  <th scope="col">{t.boardSince}</th>
                  <th scope="col">{t.boardDue}</th>
                  <th scope="col">{t.boardNext}</th>
                  <th scope="col">
                    <span class="visually-hidden">{t.boardActions}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <RequestRow
                    key={row.handoff_id}
                    row={row}
                    teams={state.teams}
                    me={me?.id ?? null}
                    now={now}
                    onAssign={() => setAssigning(row)}
                    {...acts}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {unseen > 0 && <p class="none">{plural(LOCALE, t.boardMore, unseen)}</p>}
      </section>
      <Today office={client.office} news={board.rows.map(({ handoff_id: id, state: one }) => id + one).join()} onError={onError} onWatch={acts.onWatch} />
      <section aria-label={t.boardTeam}>
        <h2>{t.boardTeam}</h2>
        <Team agents={board.agents} teams={state.teams} now={now} />
      </section>
      {board.blocked.length > 0 && (
        <section aria-label={t.blockedTitle}>
          <h2>{t.blockedTitle}</h2>
          <Blocked rows={board.blocked} now={now} onWatch={acts.onWatch} onUnblock={setUnblocking} />
        </section>
      )}
      {assigning !== null && (
        <Assign
          conversationId={assigning.conversation_id}
          handoffId={assigning.handoff_id}
          reference={assigning.reference}
          holder={assigning.agent?.id ?? null}
          state={state}
          client={client}
          onError={onError}
          onClose={() => setAssigning(null)}
        />
      )}
      {unblocking !== null && (
        <Unblock conversationId={unblocking} client={client} onError={onError} onClose={() => setUnblocking(null)} />
      )}
    </main>
  );
}
