/** Starts the console: sign-in, password link, or the desk. The token lives in this tab and survives a reload. */

import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { createAgentClient, signOut } from "../client/agent";
import { createKeep } from "../client/keep";
import { parseAgentSession } from "../protocol/parse";
import type { AgentSession } from "../protocol/model";
import "../ui/tokens.css";
import { Desk } from "./app";
import "./console.css";
import "./finder.css";
import "./settings.css";
import { SetPassword, SignIn } from "./sign-in";
import { t } from "./words";

// A tab, not the browser: two agents at one machine stay apart, and closing the tab signs out.
const keep = createKeep(() => sessionStorage, "byname.console");

function keptSession(): AgentSession | null {
  try {
    return parseAgentSession(keep.read("session"));
  } catch {
    return null;
  }
}

function passwordToken(): string | null {
  const [path, query] = location.hash.slice(1).split("?");
  return path === "/set-password" ? new URLSearchParams(query).get("token") : null;
}

function SignedIn({ session, onOut }: { session: AgentSession; onOut: (message: string | null) => void }) {
  const client = useMemo(() => createAgentClient(session.token, () => onOut(t.sessionEnded), keep), [session.token]);
  useEffect(() => () => client.close(), [client]);
  return (
    <Desk
      client={client}
      keep={keep}
      onSignOut={() => {
        signOut(session.token).catch(() => undefined); // gone here in any case; the token dies by itself
        onOut(null);
      }}
    />
  );
}

function Root() {
  const [session, setSession] = useState(keptSession);
  const [message, setMessage] = useState<string | null>(null);
  const [token, setToken] = useState(passwordToken);

  if (token !== null) {
    return (
      <SetPassword
        token={token}
        onDone={() => {
          history.replaceState(null, "", location.pathname);
          setToken(null);
          setMessage(t.passwordSaved);
        }}
      />
    );
  }
  if (session === null) {
    return (
      <SignIn
        lead={t.signInLead}
        message={message}
        onSession={(fresh) => {
          const answers = fresh.agent.access.some((level) => ["agent", "supervisor", "admin"].includes(level));
          if (!answers) {
            signOut(fresh.token).catch(() => undefined);
            setMessage(t.noAccess);
            return;
          }
          keep.write("session", fresh);
          setMessage(null);
          setSession(fresh);
        }}
      />
    );
  }
  return (
    <SignedIn
      session={session}
      onOut={(said) => {
        keep.write("session", null);
        setMessage(said);
        setSession(null);
      }}
    />
  );
}

const root = document.getElementById("app");
if (root !== null) render(<Root />, root);
