/** What an agent can do with a conversation besides writing: each a small form that says what will happen. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import type { AgentClient } from "../client/agent";
import { answering, hasAnswered, teamsServed, type DeskConversation, type DeskState } from "../core/desk";
import type { AgentBody } from "../protocol/requests";
import { serverNow } from "../ui/clock";
import { useWhileThere } from "../ui/hooks";
import { fill } from "../ui/i18n";
import type { OnError } from "./app";
import { Modal } from "./modal";
import { Assign, Unblock } from "./supervise";
import { t } from "./words";

type Note = { readonly note?: string };
export type Act = "resolve" | "hand_back" | "transfer" | "follow_up" | "contacted";

interface FormProps {
  readonly title: string;
  /** Carries it out with the note, if there is one, and tells whether it was done; `null` while something is missing. */
  readonly act: ((note: Note) => Promise<boolean>) | null;
  readonly note: boolean;
  readonly onCancel: () => void;
  /** It was carried out; another form may be open by then. */
  readonly onDone: () => void;
  readonly children?: ComponentChildren;
}

function ActForm({ title, act, note, onCancel, onDone, children }: FormProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // Before the next key, which may choose something already.
  useLayoutEffect(() => {
    // Who opened it goes on in it, and is back where they were when it is over.
    const before = document.activeElement;
    form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const send = async (): Promise<void> => {
    if (act === null || busy) return;
    setBusy(true);
    if (await act(text.trim() === "" ? {} : { note: text.trim() })) onDone();
    setBusy(false);
  };
  return (
    <form
      class="act"
      ref={form}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <fieldset>
        <legend>{title}</legend>
        {children}
        {note && (
          <div class="field">
            <label for="act-note">{t.noteOptional}</label>
            <textarea
              id="act-note"
              class="input"
              rows={2}
              maxLength={4000}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </div>
        )}
      </fieldset>
      <div class="act-foot">
        <button type="submit" class="button primary" disabled={act === null || busy}>
          {t.confirm}
        </button>
        <button type="button" class="button plain" onClick={onCancel}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly choices: Readonly<Record<T, string>>;
  readonly hints?: Readonly<Record<T, string>>;
  readonly chosen: T | null;
  readonly onChoose: (choice: T) => void;
}

function Choice<T extends string>({ name, choices, hints, chosen, onChoose }: ChoiceProps<T>) {
  return (
    <div class="choice">
      {(Object.keys(choices) as T[]).map((key) => (
        <label key={key} class={chosen === key ? "on" : ""}>
          <input type="radio" name={name} checked={chosen === key} onChange={() => onChoose(key)} />
          <span>
            {choices[key]}
            {hints !== undefined && <small>{hints[key]}</small>}
          </span>
        </label>
      ))}
    </div>
  );
}

interface Shared {
  readonly act: <R extends Act>(request: R, body: AgentBody<R>) => Promise<boolean>;
  readonly onCancel: () => void;
  readonly onDone: () => void;
}

function Resolve({ act, ...ends }: Shared) {
  const [outcome, setOutcome] = useState<keyof typeof t.outcomes | null>(null);
  return (
    <ActForm
      title={t.resolveTitle}
      act={outcome === null ? null : (note) => act("resolve", { outcome, ...note })}
      note
      {...ends}
    >
      <Choice name="outcome" choices={t.outcomes} hints={t.outcomeHints} chosen={outcome} onChoose={setOutcome} />
    </ActForm>
  );
}

function Contacted({ act, ...ends }: Shared) {
  const [channel, setChannel] = useState<keyof typeof t.channels>("phone");
  const [outcome, setOutcome] = useState<keyof typeof t.contactOutcomes>("reached");
  return (
    <ActForm title={t.contactedTitle} act={() => act("contacted", { channel, outcome })} note={false} {...ends}>
      <Choice name="channel" choices={t.channels} chosen={channel} onChoose={setChannel} />
      <Choice name="contact-outcome" choices={t.contactOutcomes} chosen={outcome} onChoose={setOutcome} />
    </ActForm>
  );
}

function FollowUp({ act, ...ends }: Shared) {
  const [when, setWhen] = useState("");
  const at = when === "" ? null : new Date(when);
  const past = at !== null && !(at.getTime() > serverNow().getTime());
  return (
    <ActForm
      title={t.followUpTitle}
      act={at === null || past ? null : (note) => act("follow_up", { answer_by: at.toISOString(), ...note })}
      note
      {...ends}
    >
      <div class="field">
        <label for="follow-up">{t.followUpWhen}</label>
        <input
          id="follow-up"
          class="input"
          type="datetime-local"
          value={when}
          onInput={(event) => setWhen(event.currentTarget.value)}
        />
        {past && <p class="error-text">{t.followUpPast}</p>}
      </div>
    </ActForm>
  );
}

function Transfer({ state, act, ...ends }: Shared & { state: DeskState }) {
  const [to, setTo] = useState("");
  const colleagues = answering(state.team).filter(({ id, presence }) => id !== state.me?.id && presence === "online");
  const teams = teamsServed(state);
  const [kind, id] = [to.slice(0, 2), to.slice(2)];
  const target = kind === "a:" ? { agent_id: id } : kind === "t:" ? { team: id } : null;
  return (
    <ActForm
      title={t.transferTitle}
      act={target === null ? null : (note) => act("transfer", { to: target, ...note })}
      note
      {...ends}
    >
      <div class="field">
        <label class="visually-hidden" for="transfer-to">
          {t.transferTitle}
        </label>
        <select id="transfer-to" class="input" value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          <option value="">{t.choose}</option>
          {colleagues.length > 0 && (
            <optgroup label={t.transferAgent}>
              {colleagues.map(({ id: agentId, name, role }) => (
                <option key={agentId} value={`a:${agentId}`}>
                  {`${name}, ${role}`}
                </option>
              ))}
            </optgroup>
          )}
          <optgroup label={t.transferTeam}>
            {teams.map(({ key, name }) => (
              <option key={key} value={`t:${key}`}>
                {name}
              </option>
            ))}
          </optgroup>
        </select>
        {colleagues.length === 0 && <p class="meta">{t.transferNobody}</p>}
      </div>
    </ActForm>
  );
}

const REASON_MAX = 500; // characters; the contract's limit

/** Shuts the customer out, with a reason that only the desk reads. */
function BlockForm({ conversation, client, onError, onClose }: Omit<Props, "state"> & { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const done = useWhileThere(onClose);
  const given = reason.trim();
  const send = async (): Promise<void> => {
    if (given === "" || busy) return;
    setBusy(true);
    onError(await client.act("block", conversation.id, { reason: given }));
    done();
  };
  return (
    <Modal title={t.blockTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>{t.blockText}</p>
        <div class="field">
          <label for="block-reason">{t.blockReason}</label>
          <textarea
            id="block-reason"
            class="input"
            rows={3}
            maxLength={REASON_MAX}
            required
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <div class="act-foot">
          <button type="submit" class="button primary danger" disabled={given === "" || busy}>
            {t.blockConfirm}
          </button>
          <button type="button" class="button plain" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Modal>
  );
}

/** What a supervisor may do with a conversation that is not theirs, and whoever had it last about its customer. */
export function Supervise({ conversation, state, client, onError }: Props) {
  const [asks, setAsks] = useState<"assign" | "block" | "unblock" | null>(null);
  const { id, handoff, block, hold } = conversation;
  const supervises = state.board !== null;
  const live = handoff !== null && handoff.state !== "resolved" && handoff.state !== "withdrawn";
  const mayBlock = block === null && (supervises || hold === "wrap_up");
  const close = (): void => setAsks(null);
  if (hold === "offered" || (!supervises && !mayBlock)) return null;
  const mine = live && handoff.state === "active" && handoff.agent?.id === state.me?.id;
  return (
    <section class="acts">
      <h2>{supervises ? t.supervise : t.actions}</h2>
      {supervises && live && !mine && (
        <>
          <button
            type="button"
            class="button primary"
            onClick={() => void client.assign(id, handoff.id, state.me?.id ?? "").then(onError)}
          >
            {t.take}
          </button>
          <button type="button" class="button" onClick={() => setAsks("assign")}>
            {t.assign}
          </button>
        </>
      )}
      {mayBlock && (
        <button type="button" class="button plain danger wide" disabled={live} onClick={() => setAsks("block")}>
          {t.block}
        </button>
      )}
      {supervises && block !== null && (
        <button type="button" class="button wide" onClick={() => setAsks("unblock")}>
          {t.unblock}
        </button>
      )}
      {supervises && live && !mine && <p class="meta">{t.takeText}</p>}
      {mayBlock && live && <p class="meta">{`${t.block}: ${t.blockTakeFirst}`}</p>}
      {asks === "assign" && handoff !== null && (
        <Assign
          conversationId={id}
          handoffId={handoff.id}
          reference={handoff.reference}
          holder={handoff.agent?.id ?? null}
          state={state}
          client={client}
          onError={onError}
          onClose={close}
        />
      )}
      {asks === "block" && <BlockForm conversation={conversation} client={client} onError={onError} onClose={close} />}
      {asks === "unblock" && <Unblock conversationId={id} client={client} onError={onError} onClose={close} />}
    </section>
  );
}

interface Props {
  readonly conversation: DeskConversation;
  readonly state: DeskState;
  readonly client: AgentClient;
  readonly onError: OnError;
}

interface ActionsProps extends Props {
  /** The form that is open. */
  readonly acting: Act | null;
  readonly onAct: (act: Act | null) => void;
  /** What this form is for was carried out. */
  readonly onDone: () => void;
}

export function Actions({ conversation, state, client, acting: act, onAct: setAct, onDone, onError }: ActionsProps) {
  const [blocking, setBlocking] = useState(false);
  const active = conversation.handoff?.state === "active";
  const answered = hasAnswered(conversation, state.me);
  const shared: Shared = {
    act: async (request, body) => {
      const failed = await client.act(request, conversation.id, body);
      onError(failed);
      return failed === null;
    },
    onCancel: () => setAct(null),
    onDone,
  };

  switch (act) {
    case "resolve":
      return <Resolve {...shared} />;
    case "contacted":
      return <Contacted {...shared} />;
    case "follow_up":
      return <FollowUp {...shared} />;
    case "transfer":
      return <Transfer {...shared} state={state} />;
    case "hand_back":
      return (
        <ActForm
          title={t.handBackTitle}
          act={(note) => shared.act("hand_back", note)}
          onCancel={shared.onCancel}
          onDone={shared.onDone}
          note
        />
      );
    default:
      return (
        <div class="acts">
          <h2>{t.actions}</h2>
          <button type="button" class="button primary" disabled={!answered} onClick={() => setAct("resolve")}>
            {t.resolve}
          </button>
          <button type="button" class="button" disabled={!answered} onClick={() => setAct("hand_back")}>
            {t.handBack}
          </button>
          <button type="button" class="button" onClick={() => setAct("transfer")}>
            {t.transfer}
          </button>
          <button type="button" class="button" onClick={() => setAct("follow_up")}>
            {t.followUp}
          </button>
          <button type="button" class="button wide" onClick={() => setAct("contacted")}>
            {t.contacted}
          </button>
          {active && (
            <button type="button" class="button plain danger wide" disabled={!answered} onClick={() => setBlocking(true)}>
              {t.block}
            </button>
          )}
          {!answered && <p class="meta">{fill(t.answerFirst, { acts: [t.resolve, t.handBack, t.block].join(", ") })}</p>}
          {blocking && (
            <BlockForm
              conversation={conversation}
              client={client}
              onError={onError}
              onClose={() => setBlocking(false)}
            />
          )}
        </div>
      );
  }
}
