/** Small things that every part of the page uses: loading, failing, choosing, confirming. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Fragment, type ComponentChildren, type RefObject } from "preact";

import { asWireError, CallFailed } from "../client/http";
import { Modal } from "../console/modal";
import { errorText } from "../console/words";
import { draftAbout, type Draft as KeptDraft, type Drafts, type Fields } from "../core/lessons";
import type { Api, Data, Operation, Overview } from "./api";
import type { Kept } from "./drafts";
import { said, t } from "./words";

/** What went wrong, in words: the server's own where they say what to do. */
export function why(error: unknown): string {
  if (error instanceof CallFailed) {
    const { code, message } = error.error;
    if (message !== "" && ["bad_request", "conflict", "not_found", "unavailable"].includes(code)) return said(message);
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

/** Of what was chosen in a list: on a small screen it stands below the list, out of sight. */
export function useBroughtIntoView(): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (matchMedia("(max-width: 719px)").matches) element.current?.scrollIntoView({ block: "start" });
  }, []);
  return element;
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
  readonly overview: Overview | null;
  readonly drafts: Kept;
  /** Carries an edit out; the toast that follows offers to undo it. */
  readonly save: (operation: Operation, findings?: readonly string[]) => Promise<void>;
  readonly reload: () => void;
  readonly say: (text: string, undo?: () => unknown) => void;
  readonly promote: (run: string) => void;
}

export function useDrafts(kept: Kept): Drafts {
  const [drafts, setDrafts] = useState(kept.get());
  useEffect(() => kept.subscribe(() => setDrafts(kept.get())), [kept]);
  return drafts;
}

export interface Draft {
  readonly of: (name: string) => string;
  readonly set: (part: Fields) => void;
  /** Whether anything differs from how the dialog began. */
  readonly written: boolean;
  /** Closes the dialog: what is written stays as a draft, and that is said. */
  readonly leave: () => void;
  /** Closes it and forgets what is written, which can be taken back. */
  readonly discard: () => void;
  /** It is saved: nothing is left to keep. */
  readonly done: () => void;
}

/** What is written in one dialog, kept under `key` until it is saved or thrown away. `start`: how it begins. */
export function useDraft(
  shop: Shop,
  key: string,
  start: Fields,
  onClose: () => void,
  about: readonly string[] = [],
): Draft {
  const fields = useDrafts(shop.drafts).get(key)?.fields ?? {};
  const written = Object.keys(fields).length > 0;
  const forget = (): void => shop.drafts.dispatch({ type: "done", key });
  return {
    of: (name) => fields[name] ?? start[name] ?? "",
    set: (part) => shop.drafts.dispatch({ type: "written", key, about, start, part }),
    written,
    leave: () => {
      if (shop.drafts.get().has(key)) shop.say(t.draft.kept);
      onClose();
    },
    discard: () => {
      const draft: KeptDraft = { about, fields };
      forget();
      shop.say(t.draft.discarded, () => shop.drafts.dispatch({ type: "restored", key, draft }));
      onClose();
    },
    done: forget,
  };
}

/** The key of a dialog about these messages, also when one of them was taught in another group before. */
export const lessonKey = (shop: Shop, messages: readonly string[]): string =>
  draftAbout(shop.drafts.get(), messages) ?? `teach ${messages[0] ?? ""}`;

/** Whether a draft waits there, for a button that opens it again. */
export function DraftMark({ shop, of }: { shop: Shop; of: string | null }) {
  const drafts = useDrafts(shop.drafts);
  return of !== null && drafts.has(of) ? <span class="badge warn">{t.draft.mark}</span> : null;
}

/** The last row of a dialog: throwing away what is written, leaving, and what else it ends with. */
export function DialogEnd({ draft, onClose, children }: { draft?: Draft; onClose?: () => void; children: ComponentChildren }) {
  return (
    <div class="row end">
      {draft?.written === true && (
        <button type="button" class="button plain danger aside" onClick={draft.discard}>
          {t.draft.discard}
        </button>
      )}
      <button type="button" class="button" onClick={draft?.leave ?? onClose}>
        {draft?.written === true ? t.draft.later : t.cancel}
      </button>
      {children}
    </div>
  );
}

/** A name of the files, which may break after its underscores. */
export function Name({ of }: { of: string }) {
  return (
    <>
      {of.split(/(?<=_)/u).map((part, place) => (
        <Fragment key={place}>
          {place > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
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
      <DialogEnd onClose={onNo}>
        <button type="button" class={danger === true ? "button danger" : "button primary"} onClick={onYes}>
          {yes}
        </button>
      </DialogEnd>
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

/** What sort of personal data was replaced. */
export const maskedText = (kind: string): string => t.masked[kind] ?? kind;
