/** What supervisors decide about somebody else's conversation: who takes it, and who may write again. */

import { useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import type { DeskState } from "../core/desk";
import { initials } from "../core/view";
import type { BoardAgent } from "../protocol/model";
import { useWhileThere } from "../ui/hooks";
import { fill } from "../ui/i18n";
import type { OnError } from "./app";
import { Modal } from "./modal";
import { t } from "./words";

export const seatsTaken = (agent: BoardAgent): number => agent.load + agent.wrap_ups.length;

/** Free seats of somebody who is offered conversations; nobody else has any. */
export const seatsFree = (agent: BoardAgent): number =>
  agent.presence === "online" ? Math.max(0, agent.capacity - seatsTaken(agent)) : 0;

/** As many dots as seats: filled ones are taken, ringed ones are kept for a wrap-up. */
export function Seats({ agent }: { agent: BoardAgent }) {
  const { load, capacity } = agent;
  const wrapUps = agent.wrap_ups.length;
  return (
    <span class="seats">
      <span class="dots" aria-hidden="true">
        {Array.from({ length: Math.min(12, Math.max(capacity, load + wrapUps)) }, (_, seat) => (
          <i key={seat} class={seat < load ? (seat < capacity ? "taken" : "taken beyond") : seat < load + wrapUps ? "wrap" : ""} />
        ))}
      </span>
      <span class="visually-hidden">{t.load}: </span>
      {fill(t.seats, { taken: load + wrapUps, capacity })}
    </span>
  );
}

interface AssignProps {
  readonly conversationId: string;
  readonly handoffId: string;
  readonly reference: string;
  /** Who has it now: cannot be given it again. */
  readonly holder: string | null;
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly onError: OnError;
  readonly onClose: () => void;
}

export function Assign({ conversationId, handoffId, reference, holder, state, client, onError, onClose }: AssignProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const done = useWhileThere(onClose);
  const there = (state.board?.agents ?? [])
    .filter(({ id, presence, access }) => id !== holder && presence !== "offline" && (access.includes("agent") || id === state.me?.id))
    .toSorted((a, b) => seatsFree(b) - seatsFree(a) || a.name.localeCompare(b.name));

  const send = async (): Promise<void> => {
    if (chosen === null || busy) return;
    setBusy(true);
    onError(await client.assign(conversationId, handoffId, chosen));
    done();
  };

  return (
    <Modal title={fill(t.assignTitle, { reference })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p class="meta">{there.length === 0 ? t.assignNobody : t.assignText}</p>
        <div class="people" role="radiogroup" aria-label={fill(t.assignTitle, { reference })}>
          {there.map((agent) => (
            <label key={agent.id} class={chosen === agent.id ? "on" : ""}>
              <input
                type="radio"
                name="assign-to"
                class="cover"
                checked={chosen === agent.id}
                onChange={() => setChosen(agent.id)}
              />
              <span class="avatar" aria-hidden="true">
                {initials(agent.name)}
              </span>
              <span class="text">
                <strong>{agent.name}</strong>
                <span>{agent.role}</span>
              </span>
              <span class={`badge presence-${agent.presence}`}>{t.presences[agent.presence]}</span>
              <Seats agent={agent} />
            </label>
          ))}
        </div>
        <div class="act-foot">
          <button type="submit" class="button primary" disabled={chosen === null || busy}>
            {t.assign}
          </button>
          <button type="button" class="button plain" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface UnblockProps {
  readonly conversationId: string;
  readonly client: AgentClient;
  readonly onError: OnError;
  readonly onClose: () => void;
}

export function Unblock({ conversationId, client, onError, onClose }: UnblockProps) {
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const done = useWhileThere(onClose);
  const send = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    onError(await client.act("unblock", conversationId, note.trim() === "" ? {} : { note: note.trim() }));
    done();
  };
  return (
    <Modal title={t.unblockTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>{t.unblockText}</p>
        <div class="field">
          <label for="unblock-note">{t.noteOptional}</label>
          <textarea
            id="unblock-note"
            class="input"
            rows={2}
            maxLength={4000}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </div>
        <div class="act-foot">
          <button type="submit" class="button primary" disabled={busy}>
            {t.unblock}
          </button>
          <button type="button" class="button plain" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Modal>
  );
}
