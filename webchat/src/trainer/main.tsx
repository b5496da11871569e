/** The trainer's page: signing in, then the workshop. */

import { render } from "preact";
import { useState } from "preact/hooks";

import { signOut } from "../client/agent";
import { createKeep } from "../client/keep";
import { SignIn } from "../console/sign-in";
import { parseAgentSession } from "../protocol/parse";
import type { AgentSession } from "../protocol/model";
import "../ui/tokens.css";
import "./trainer.css";
import { Workshop } from "./app";
import { t } from "./words";

const keep = createKeep(() => sessionStorage, "byname.trainer");

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
    <Workshop
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
