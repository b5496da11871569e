/** Signing in, and choosing a password by a one-time link. */

import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { setPassword, signIn } from "../client/agent";
import { asWireError, CallFailed } from "../client/http";
import type { AgentSession } from "../protocol/model";
import "../ui/entry.css";
import { LanguageButton } from "./language";
import { errorText, t } from "./words";

const PASSWORD_LENGTH_MIN = 12; // characters; long beats complicated

function Frame({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  return (
    <main class="entry">
      <div class="entry-card">
        <div class="entry-top">
          <p class="mark">
            <span aria-hidden="true">B</span>
            {t.product}
          </p>
          <LanguageButton />
        </div>
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {children}
      </div>
    </main>
  );
}

interface SignInProps {
  readonly lead: string;
  readonly message: string | null;
  readonly onSession: (session: AgentSession) => void;
}

export function SignIn({ lead, message, onSession }: SignInProps) {
  const [email, setEmail] = useState("");
  const [password, setPasswordText] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const enter = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      onSession(await signIn(email.trim(), password));
    } catch (error) {
      const wrong = error instanceof CallFailed && error.status === 401;
      setFault(wrong ? t.signInWrong : errorText(asWireError(error)));
      setBusy(false);
    }
  };

  return (
    <Frame title={t.signIn} lead={lead}>
      {message !== null && (
        <p class="entry-message" role="status">
          {message}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <div class="field">
          <label for="email">{t.email}</label>
          <input
            id="email"
            class="input"
            type="text"
            inputMode="email"
            autocomplete="username"
            autoFocus
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="password">{t.password}</label>
          <input
            id="password"
            class="input"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPasswordText(event.currentTarget.value)}
          />
        </div>
        <p class="error-text" role="alert">
          {fault}
        </p>
        <button type="submit" class="button primary wide" disabled={busy}>
          {busy ? t.signingIn : t.signIn}
        </button>
      </form>
    </Frame>
  );
}

interface SetPasswordProps {
  readonly token: string;
  readonly onDone: () => void;
}

export function SetPassword({ token, onDone }: SetPasswordProps) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const save = async (): Promise<void> => {
    if ([...first].length < PASSWORD_LENGTH_MIN) return setFault(t.passwordShort);
    if (first !== second) return setFault(t.passwordDiffers);
    setBusy(true);
    try {
      await setPassword(token, first);
      onDone();
    } catch (error) {
      const dead = error instanceof CallFailed && [401, 404, 409].includes(error.status);
      setFault(dead ? t.passwordLinkDead : errorText(asWireError(error)));
      setBusy(false);
    }
  };

  return (
    <Frame title={t.setPassword} lead={t.setPasswordLead}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div class="field">
          <label for="first">{t.newPassword}</label>
          <input
            id="first"
            class="input"
            type="password"
            autocomplete="new-password"
            autoFocus
            value={first}
            onInput={(event) => setFirst(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="second">{t.repeatPassword}</label>
          <input
            id="second"
            class="input"
            type="password"
            autocomplete="new-password"
            value={second}
            onInput={(event) => setSecond(event.currentTarget.value)}
          />
        </div>
        <p class="error-text" role="alert">
          {fault}
        </p>
        <button type="submit" class="button primary wide" disabled={busy}>
          {t.passwordSave}
        </button>
      </form>
    </Frame>
  );
}
