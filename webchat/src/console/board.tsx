/** The supervisor's view of the desk: who waits and how long, what is promised, who is there. */

import { useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import { answering, loadOf, type DeskState } from "../core/desk";
import { initials } from "../core/view";
import type { QueueEntry } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { ago, fill, moment } from "../ui/i18n";
import type { OnError } from "./app";
import { known, LOCALE, t } from "./words";

interface Props {
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly onError: OnError;
  readonly onWatch: (conversationId: string) => void;
}

const isWaiting = (entry: QueueEntry): boolean => entry.state === "queued" || entry.state === "offered";

function Figure({ name, value, alarm = false }: { name: string; value: string; alarm?: boolean }) {
  return (
    <div class={alarm ? "figure alarm" : "figure"}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Assign({ entry, state, client, onError }: Omit<Props, "onWatch"> & { entry: QueueEntry }) {
  const [agent, setAgent] = useState("");
  const label = fill(t.assignTo, { reference: entry.reference });
  return (
    <form
      class="assign"
      onSubmit={(event) => {
        event.preventDefault();
        if (agent !== "") void client.assign(entry.handoff_id, agent).then(onError);
      }}
    >
      <select class="input" aria-label={label} value={agent} onChange={(event) => setAgent(event.currentTarget.value)}>
        <option value="">{t.choose}</option>
        {answering(state.team)
          .filter(({ presence, id }) => presence === "online" && id !== entry.agent_id)
          .map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
      </select>
      <button type="submit" class="button" disabled={agent === ""}>
        {t.assign}
      </button>
    </form>
  );
}

export function Board({ state, client, onError, onWatch }: Props) {
  const now = useNow(5_000);
  const waiting = state.queue.filter(isWaiting);
  const overdue = state.queue.filter(
    ({ answer_by, state: at }) => at !== "active" && answer_by !== null && Date.parse(answer_by) < now.getTime(),
  );
  const since = waiting.flatMap(({ requested_at }) => (requested_at === null ? [] : [requested_at])).sort();
  const longest = since[0];
  const nameOf = (id: string | null): string => state.team.find((member) => member.id === id)?.name ?? "";

  const watch = async (id: string): Promise<void> => {
    const failed = await client.watch(id);
    onError(failed);
    if (failed === null) onWatch(id);
  };

  return (
    <main class="board">
      <h1>{t.boardTitle}</h1>
      <dl class="figures">
        <Figure name={t.boardWaiting} value={String(waiting.length)} />
        <Figure name={t.boardLongest} value={longest === undefined ? "–" : ago(LOCALE, longest, now)} />
        <Figure name={t.boardPromised} value={String(state.queue.filter((entry) => entry.state === "promised").length)} />
        <Figure name={t.boardOverdue} value={String(overdue.length)} alarm={overdue.length > 0} />
        <Figure name={t.boardActive} value={String(state.queue.filter((entry) => entry.state === "active").length)} />
        <Figure
          name={t.boardOnDuty}
          value={String(state.team.filter(({ presence }) => presence === "online").length)}
        />
      </dl>
      <section>
        <h2>{t.boardQueue}</h2>
        {state.queue.length === 0 ? (
          <p class="none">{t.boardNone}</p>
        ) : (
          <div class="table-frame">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.boardWho}</th>
                  <th scope="col">{t.state}</th>
                  <th scope="col">{t.reason}</th>
                  <th scope="col">{t.boardWaits}</th>
                  <th scope="col">{t.boardDue}</th>
                  <th scope="col">{t.boardWith}</th>
                  <th scope="col">{t.boardActions}</th>
                </tr>
              </thead>
              <tbody>
                {state.queue.map((entry) => (
                  <tr key={entry.handoff_id}>
                    <th scope="row">{entry.reference}</th>
                    <td>{t.states[entry.state]}</td>
                    <td>{known(t.reasons, entry.reason)}</td>
                    <td>{entry.requested_at === null ? "" : ago(LOCALE, entry.requested_at, now)}</td>
                    <td class={overdue.includes(entry) ? "alarm" : ""}>
                      {entry.answer_by === null || entry.state === "active" ? "" : moment(LOCALE, entry.answer_by, now)}
                    </td>
                    <td>{entry.owner ?? nameOf(entry.agent_id)}</td>
                    <td class="table-actions">
                      {entry.conversation_id !== null && (
                        <button
                          type="button"
                          class="button"
                          aria-label={`${t.watch} ${entry.reference}`}
                          onClick={() => void watch(entry.conversation_id ?? "")}
                        >
                          {t.watch}
                        </button>
                      )}
                      <Assign entry={entry} state={state} client={client} onError={onError} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section>
        <h2>{t.boardTeam}</h2>
        <ul class="team">
          {answering(state.team).map((member) => (
            <li key={member.id}>
              <span class="avatar" aria-hidden="true">
                {initials(member.name)}
              </span>
              <span class="text">
                <strong>{member.name}</strong>
                <span>{member.role}</span>
              </span>
              {member.capacity !== null && (
                <span class="load">
                  <span class="visually-hidden">{t.load}: </span>
                  {fill(t.seats, { taken: loadOf(state, member.id), capacity: member.capacity })}
                </span>
              )}
              <span class={`badge presence-${member.presence}`}>{t.presences[member.presence]}</span>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}
