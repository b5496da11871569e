/** Writing to one customer, or a note to the desk. Each draft belongs to its conversation and its kind, and is kept. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { inserted, type Places } from "../core/canned";
import type { CannedAnswer } from "../protocol/model";
import { useGrowing, useStore } from "../ui/hooks";
import { Icon, linesIcon } from "../ui/icons";
import { fill, plural } from "../ui/i18n";
import { CannedPicker } from "./canned";
import type { Drafts, Mode } from "./drafts";
import { LOCALE, t } from "./words";

const TEXT_MAX = 4_000; // characters after trimming; the contract's limit

/** What the rest of the console may ask of the field: the palette, a key, a suggestion that is taken. */
export type Ask = { readonly kind: "write"; readonly mode: Mode } | { readonly kind: "insert"; readonly text: string } | { readonly kind: "canned" };

interface Props {
  readonly conversationId: string;
  readonly customer: string;
  readonly locale: string | null;
  readonly reference: string;
  /** What may be written here; the first is chosen at the start. */
  readonly modes: readonly Mode[];
  readonly drafts: Drafts;
  readonly canned: readonly CannedAnswer[];
  readonly places: Places;
  /** Another object asks again. */
  readonly ask: Ask | null;
  /** Resolves to true when the text is on its way; a false leaves it in the field. */
  readonly onSend: (mode: Mode, text: string) => Promise<boolean>;
  readonly onTyping: () => void;
}

const TABS: Readonly<Record<Mode, string>> = { message: t.write, note: t.note, whisper: t.sendWhisper };
const SENDS: Readonly<Record<Mode, string>> = { message: t.send, note: t.saveNote, whisper: t.sendWhisper };

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const clean = (text: string): string => text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

export function Composer(props: Props) {
  const { conversationId, customer, locale, reference, modes, drafts, canned, places, ask, onSend, onTyping } = props;
  const [chosen, setMode] = useState<Mode>(modes[0] ?? "message");
  const mode = modes.includes(chosen) ? chosen : (modes[0] ?? "message");
  const [picking, setPicking] = useState(false);
  const [caret, setCaret] = useState<{ readonly at: number } | null>(null);
  useStore(drafts.store, (texts) => texts); // drawn anew with every change, also by another hand
  const text = drafts.read(conversationId, mode);
  const field = useRef<HTMLTextAreaElement>(null);
  const left = useRef({ text: "", from: 0, to: 0 }); // where the caret was when the focus went elsewhere
  const used = [...text.trim()].length;
  const over = used - TEXT_MAX;
  useGrowing(field, text);
  useLayoutEffect(() => field.current?.focus(), [mode]); // before the next key, which is a letter of the text

  // With the drawing of the words, and before the next key or the next insertion asks where the caret is.
  useLayoutEffect(() => {
    if (caret === null) return;
    field.current?.focus();
    field.current?.setSelectionRange(caret.at, caret.at);
  }, [caret]);

  const change = (next: string): void => drafts.write(conversationId, mode, next);

  const insert = (words: string): void => {
    const { selectionStart: from = text.length, selectionEnd: to = text.length } = field.current ?? {};
    const next = inserted(text, from, to, words);
    change(next.text);
    setCaret({ at: next.caret });
  };

  useLayoutEffect(() => {
    if (ask === null) return;
    switch (ask.kind) {
      case "write":
        if (modes.includes(ask.mode)) setMode(ask.mode);
        field.current?.focus();
        break;
      case "insert":
        insert(ask.text);
        break;
      case "canned":
        setPicking(true);
        break;
    }
  }, [ask]);

  const send = async (): Promise<void> => {
    if (used === 0 || over > 0) return;
    const sent = text.trim();
    change("");
    // What was written meanwhile stays; the text that could not go out stands before it.
    if (!(await onSend(mode, sent))) change([sent, drafts.read(conversationId, mode)].filter((one) => one !== "").join("\n"));
  };

  const hint = {
    message: fill(t.writeTo, { customer, reference }),
    note: t.writeNote,
    whisper: t.writeWhisper,
  }[mode];

  return (
    <form
      class={`composer for-${mode}`}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {picking && (
        <CannedPicker
          answers={canned}
          locale={locale}
          places={places}
          onChoose={(words) => {
            setPicking(false);
            insert(words);
          }}
          onClose={() => {
            setPicking(false);
            field.current?.focus();
          }}
        />
      )}
      <div class="composer-head">
        {modes.length > 1 && (
          <div class="modes" role="group" aria-label={t.writeWhat}>
            {modes.map((one) => {
              const draft = one !== mode && drafts.read(conversationId, one) !== "";
              return (
                <button
                  key={one}
                  type="button"
                  aria-pressed={mode === one}
                  title={draft ? t.draft : undefined}
                  onClick={() => setMode(one)}
                >
                  {TABS[one]}
                  {draft && <span class="dot" aria-hidden="true" />}
                </button>
              );
            })}
          </div>
        )}
        <p class="to">{mode === "message" ? fill(t.goesTo, { customer, reference }) : t.noteHidden}</p>
      </div>
      <label class="visually-hidden" for={`write-${conversationId}`}>
        {hint}
      </label>
      <textarea
        id={`write-${conversationId}`}
        ref={field}
        rows={2}
        value={text}
        placeholder={hint}
        dir="auto"
        aria-describedby="composer-hint"
        aria-invalid={over > 0}
        data-testid="composer"
        onInput={(event) => {
          change(clean(event.currentTarget.value));
          if (mode === "message") onTyping();
        }}
        onBlur={({ currentTarget: { value, selectionStart: from, selectionEnd: to } }) => {
          left.current = { text: value, from, to };
        }}
        onFocus={(event) => {
          // Chromium puts it at the beginning when a dialog is closed.
          if (left.current.text === text) event.currentTarget.setSelectionRange(left.current.from, left.current.to);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "/" && text === "" && canned.length > 0 && mode === "message") {
            event.preventDefault();
            setPicking(true);
          }
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <div class="composer-foot">
        <span id="composer-hint" class="meta">
          {canned.length > 0 && mode === "message" ? t.composeHintCanned : t.composeHint}
        </span>
        {over > 0 && (
          <span class="error-text" role="status">
            {plural(LOCALE, t.tooLong, over)}
          </span>
        )}
        {canned.length > 0 && mode === "message" && (
          <button type="button" class="button plain" onClick={() => setPicking(true)}>
            <Icon path={linesIcon} size={16} />
            {t.canned}
          </button>
        )}
        <button type="submit" class="button primary" disabled={used === 0 || over > 0}>
          {SENDS[mode]}
        </button>
      </div>
    </form>
  );
}
