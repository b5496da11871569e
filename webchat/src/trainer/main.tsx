/** The trainer's page: whether the assistant is up, where its answers live, and what retrains it. Nothing more yet. */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { signOut } from "../client/agent";
import { call } from "../client/http";
import { createKeep } from "../client/keep";
import { SignIn } from "../console/sign-in";
import { fields, parseAgentSession } from "../protocol/parse";
import type { AgentSession } from "../protocol/model";
import { Icon, signOutIcon } from "../ui/icons";
import "../ui/tokens.css";
import "./trainer.css";

const READY_EVERY_MS = 5_000; // a model takes some ten seconds to load; somebody may be watching

const keep = createKeep(() => sessionStorage, "byname.trainer");

const t = {
  lead: "For those who look after the assistant’s answers.",
  notTrainer: "This account has no trainer’s access. The agents’ console is at /console/.",
  product: "Byname",
  title: "The assistant",
  signOut: "Sign out",
  checking: "Looking…",
  unreachable: "The server does not answer.",
  parts: { bot: "Assistant (Rasa)", actions: "Actions", storage: "Storage" } as Readonly<Record<string, string>>,
  up: "Up",
  down: "Not there",
  botDown: "While the assistant is away, every question goes to a person.",
  whereTitle: "Where things are",
  whereText: "All of it is plain text in the project’s folder, one topic a file.",
  changeTitle: "After a change",
  changeText: "Run these in the project’s folder. Training makes a new model file; the next start loads it.",
};

const PLACES: readonly (readonly [path: string, what: string])[] = [
  ["bot/domain/*.yml", "The answers, in English and German"],
  ["data/nlu/*.yml", "Sentences from which the assistant learns what customers want"],
  ["data/rules/*.yml", "What it does then"],
  ["data/stories/*.yml", "Longer courses of conversation"],
  ["actions/*.py", "Look-ups in the shop: orders, invoices, refunds"],
  ["tests/bot/*.yml", "Conversations that must keep working"],
];

const COMMANDS: readonly (readonly [command: string, what: string])[] = [
  ["make validate", "Do the files fit together?"],
  ["make train", "Train, when something has changed"],
  ["make test-bot", "Run the assistant’s tests"],
  ["make run", "Start with the newest model"],
];

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string | null;
}

function parseReady(value: unknown): Check[] {
  return Object.entries(fields(fields(value)["checks"])).map(([name, check]) => {
    const of = fields(check);
    const detail = of["why"] ?? of["model_id"] ?? of["version"];
    return { name, ok: of["ok"] === true, detail: typeof detail === "string" ? detail : null };
  });
}

function Ready() {
  const [checks, setChecks] = useState<readonly Check[] | null>(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    const look = (): void => {
      call("/readyz", {}, parseReady).then(
        (found) => {
          setChecks(found);
          setLost(false);
        },
        () => setLost(true),
      );
    };
    look();
    const timer = setInterval(look, READY_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (lost) return <p class="badge bad">{t.unreachable}</p>;
  if (checks === null) return <p>{t.checking}</p>;
  const botDown = checks.some(({ name, ok }) => name === "bot" && !ok);
  return (
    <>
      <ul class="checks" aria-live="polite">
        {checks.map(({ name, ok, detail }) => (
          <li key={name}>
            <span class={ok ? "badge good" : "badge bad"}>{ok ? t.up : t.down}</span>
            <strong>{t.parts[name] ?? name}</strong>
            {detail !== null && <code>{detail}</code>}
          </li>
        ))}
      </ul>
      {botDown && <p class="hint">{t.botDown}</p>}
    </>
  );
}

function Table({ rows }: { rows: readonly (readonly [string, string])[] }) {
  return (
    <dl class="rows">
      {rows.map(([code, what]) => (
        <div key={code}>
          <dt>
            <code>{code}</code>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

function Trainer({ session, onOut }: { session: AgentSession; onOut: () => void }) {
  return (
    <>
      <header class="top">
        <p class="mark">
          <span aria-hidden="true">B</span>
          {t.product}
        </p>
        <p class="me">{session.agent.name}</p>
        <button type="button" class="icon-button" aria-label={t.signOut} title={t.signOut} onClick={onOut}>
          <Icon path={signOutIcon} />
        </button>
      </header>
      <main class="trainer">
        <h1>{t.title}</h1>
        <Ready />
        <h2>{t.whereTitle}</h2>
        <p>{t.whereText}</p>
        <Table rows={PLACES} />
        <h2>{t.changeTitle}</h2>
        <p>{t.changeText}</p>
        <Table rows={COMMANDS} />
      </main>
    </>
  );
}

function keptSession(): AgentSession | null {
  try {
    return parseAgentSession(keep.read("session"));
  } catch {
    return null;
  }
}

function Root() {
  const [session, setSession] = useState(keptSession);
  const [message, setMessage] = useState<string | null>(null);
  if (session === null) {
    return (
      <SignIn
        lead={t.lead}
        message={message}
        onSession={(fresh) => {
          if (!fresh.agent.access.includes("trainer")) {
            signOut(fresh.token).catch(() => undefined); // it is not kept here in any case
            setMessage(t.notTrainer);
            return;
          }
          keep.write("session", fresh);
          setSession(fresh);
        }}
      />
    );
  }
  return (
    <Trainer
      session={session}
      onOut={() => {
        signOut(session.token).catch(() => undefined); // gone here in any case; the token dies by itself
        keep.write("session", null);
        setSession(null);
      }}
    />
  );
}

const root = document.getElementById("app");
if (root !== null) render(<Root />, root);
