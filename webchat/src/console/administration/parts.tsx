/** What the sections of the administration share: a form that is saved, a question before something is gone, choices. */

import { useId, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { asWireError } from "../../client/http";
import { useWhileThere } from "../../ui/hooks";
import { formErrorText, t } from "../words";
import { Modal } from "../modal";

interface DialogProps {
  readonly title: string;
  readonly confirm: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Closes the dialog when it succeeds; what it throws is shown here, and nothing that was typed is lost. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, confirm, danger = false, disabled = false, onConfirm, onClose, children }: DialogProps) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const done = useWhileThere(onClose);
  const send = async (): Promise<void> => {
    if (busy || disabled) return;
    setBusy(true);
    setFault(null);
    try {
      await onConfirm();
      done();
    } catch (error) {
      setFault(formErrorText(asWireError(error)));
      setBusy(false);
    }
  };
  return (
    <Modal title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {children}
        <div class="dialog-foot">
          <p class="error-text" role="alert">
            {fault}
          </p>
          <div class="act-foot">
            <button type="submit" class={danger ? "button danger" : "button primary"} disabled={busy || disabled}>
              {confirm}
            </button>
            <button type="button" class="button plain" onClick={onClose}>
              {t.cancel}
            </button>
          </div>
        </div>
      </form>
    </Modal>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly type?: "text" | "email" | "number" | "date";
  readonly required?: boolean;
  readonly max?: number;
  readonly focus?: boolean;
  readonly options?: readonly string[];
}

export function Field({ label, hint, value, onValue, type = "text", required = false, max = 120, focus = false, options }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type={type}
        required={required}
        maxLength={type === "number" ? undefined : max}
        min={type === "number" ? 1 : undefined}
        max={type === "number" ? max : undefined}
        autoFocus={focus}
        autocomplete="off"
        list={options === undefined ? undefined : `${id}-options`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {options !== undefined && (
        <datalist id={`${id}-options`}>
          {options.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <p class="meta" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChoicesProps {
  readonly title: string;
  readonly options: readonly { readonly key: string; readonly name: string; readonly hint?: string; readonly disabled?: boolean }[];
  readonly chosen: readonly string[];
  readonly onChosen: (chosen: readonly string[]) => void;
}

/** Any of a few, in their order. */
export function Choices({ title, options, chosen, onChosen }: ChoicesProps) {
  return (
    <fieldset class="picks">
      <legend>{title}</legend>
      {options.map(({ key, name, hint, disabled = false }) => (
        <label key={key} class={chosen.includes(key) ? "on" : ""}>
          <input
            type="checkbox"
            checked={chosen.includes(key)}
            disabled={disabled}
            onChange={(event) => {
              const on = event.currentTarget.checked;
              onChosen(options.map((one) => one.key).filter((one) => (one === key ? on : chosen.includes(one))));
            }}
          />
          <span>
            {name}
            {hint !== undefined && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

export function Head({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <header class="section-head">
      <div>
        <h2>{title}</h2>
        <p class="meta">{text}</p>
      </div>
      {children}
    </header>
  );
}
