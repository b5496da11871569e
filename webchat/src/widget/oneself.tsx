/** What concerns the customer: their language, how to address them, and that they may be forgotten. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import type { CustomerState } from "../core/customer";
import { fill } from "../ui/i18n";
import type { LanguageChoice } from "./language";
import { OWN_NAMES } from "./languages";
import { LANGUAGES, useWords } from "./words";

const NAME_CHARACTERS_MAX = 80; // as the server has it

export function LanguageSwitch({ language }: { language: LanguageChoice }) {
  const words = useWords();
  return (
    <div class="field">
      <label for="language">{words.t.languageTitle}</label>
      <select
        id="language"
        class="input"
        value={words.language}
        onChange={(event) => language.customerChose(event.currentTarget.value)}
      >
        {LANGUAGES.map((code) => (
          <option key={code} value={code} lang={code}>
            {OWN_NAMES[code] ?? code}
          </option>
        ))}
      </select>
    </div>
  );
}

interface Props {
  readonly client: CustomerClient;
  readonly state: CustomerState;
}

export function NameForm({ client, state }: Props) {
  const { t } = useWords();
  const known = state.conversation?.customer ?? null;
  const [name, setName] = useState(known?.name ?? "");
  const [saved, setSaved] = useState(false);
  const saving = state.outbox.some(({ request }) => request === "introduce");
  if (known?.verified === true) return known.name === null ? null : <p class="signed">{fill(t.youSigned, { name: known.name })}</p>;
  return (
    <form
      class="you"
      onSubmit={(event) => {
        event.preventDefault();
        client.ask("introduce", { name: name.trim() === "" ? null : name.trim() });
        setSaved(true);
      }}
    >
      <h2>
        <label for="your-name">{t.youName}</label>
      </h2>
      <div class="field">
        <input
          id="your-name"
          class="input"
          type="text"
          autocomplete="name"
          maxLength={NAME_CHARACTERS_MAX}
          value={name}
          aria-describedby="your-name-why"
          onInput={(event) => {
            setName(event.currentTarget.value);
            setSaved(false);
          }}
        />
      </div>
      <p id="your-name-why" class="muted">
        {t.youText}
      </p>
      <div class="choices">
        <button type="submit" class="button">
          {t.youSave}
        </button>
        <span role="status">{saved && !saving ? t.youSaved : ""}</span>
      </div>
    </form>
  );
}

/** Two steps, since nothing brings it back. A blocked customer cannot, and writes to the trader. */
export function Forget({ client }: { client: CustomerClient }) {
  const { t } = useWords();
  const [step, setStep] = useState<"idle" | "asks" | "under_way" | "done" | "failed">("idle");
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (step === "asks") confirm.current?.focus();
  }, [step]);
  const forget = (): void => {
    setStep("under_way");
    client.forget().then(
      () => setStep("done"),
      () => setStep("failed"),
    );
  };
  return (
    <section class="forget" aria-label={t.forgetTitle}>
      <h2>{t.forgetTitle}</h2>
      <p class="muted" id="forget-text">
        {t.forgetText}
      </p>
      {step === "asks" || step === "under_way" ? (
        <div class="choices">
          <button
            type="button"
            class="button danger"
            ref={confirm}
            aria-describedby="forget-text"
            aria-disabled={step === "under_way"}
            onClick={() => step === "asks" && forget()}
          >
            {t.forgetConfirm}
          </button>
          <button type="button" class="button plain" onClick={() => setStep("idle")}>
            {t.cancel}
          </button>
        </div>
      ) : (
        <div class="choices">
          <button type="button" class="button" onClick={() => setStep("asks")}>
            {t.forgetStart}
          </button>
        </div>
      )}
      <p role="status">{step === "done" ? t.forgetDone : ""}</p>
      <p class="error-text" role="alert">
        {step === "failed" ? t.forgetFailed : ""}
      </p>
    </section>
  );
}
