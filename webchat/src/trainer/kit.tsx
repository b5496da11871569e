/** Small things that every part of the page uses: loading, failing, choosing, confirming. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { asWireError, CallFailed } from "../client/http";
import { Modal } from "../console/modal";
import { errorText } from "../console/words";
import type { Api, Data, Operation } from "./api";
import { t } from "./words";

/** What went wrong, in words: the server's own where they say what to do. */
export function why(error: unknown): string {
  if (error instanceof CallFailed) {
    const { code, message } = error.error;
    if (message !== "" && ["bad_request", "conflict", "not_found", "unavailable"].includes(code)) return message;
  }
  return errorText(asWireError(error));
}

export interface Loaded<T> {
  readonly value: T | null;
  readonly fault: string | null;
  readonly again: () => void;
}

/** Asks when it is first shown, when `key` changes, and again when told to. What was there stays meanwhile. */
export function useLoaded<T>(ask: () => Promise<T>, key: string): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    ask().then(
      (found) => {
        if (!current) return;
        setValue(() => found);
        setFault(null);
      },
      (error: unknown) => {
        if (current) setFault(why(error));
      },
    );
    return () => {
      current = false;
    };
  }, [key, turn]);
  const again = useCallback(() => setTurn((old) => old + 1), []);
  return { value, fault, again };
}

export function Fault({ text }: { text: string | null }) {
  return text === null ? null : (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** An action that may fail: its button is off while it runs, and says what went wrong beside it. */
export function useAct(): {
  readonly busy: boolean;
  readonly fault: string | null;
  readonly act: (work: () => Promise<unknown>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const act = (work: () => Promise<unknown>): void => {
    setBusy(true);
    setFault(null);
    work()
      .catch((error: unknown) => setFault(why(error)))
      .finally(() => setBusy(false));
  };
  return { busy, fault, act };
}

export interface Shop {
  readonly api: Api;
  readonly data: Data | null;
  /** Carries an edit out; the toast that follows offers to undo it. */
  readonly save: (operation: Operation, findings?: readonly string[]) => Promise<void>;
  readonly reload: () => void;
  readonly say: (text: string) => void;
}

export function Confirm({
  title,
  children,
  yes,
  danger,
  onYes,
  onNo,
}: {
  title: string;
  children?: ComponentChildren;
  yes: string;
  danger?: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  return (
    <Modal title={title} onClose={onNo}>
      <div class="modal-body">{children}</div>
      <div class="row end">
        <button type="button" class="button" onClick={onNo}>
          {t.cancel}
        </button>
        <button type="button" class={danger === true ? "button danger" : "button primary"} onClick={onYes}>
          {yes}
        </button>
      </div>
    </Modal>
  );
}

export function Diff({ text }: { text: string }) {
  return (
    <pre class="diff" tabIndex={0}>
      {text.split("\n").map((line, place) => (
        <span key={place} class={line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : line.startsWith("@@") ? "at" : ""}>
          {line}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

export const percent = (share: number | null): string =>
  share === null ? "–" : new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

export const reasonText = (reason: string): string => t.reasons[reason] ?? reason;
