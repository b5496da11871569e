/** Writing to one customer, or a note to the desk. The draft belongs to its conversation and is kept. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { Keep } from "../client/keep";
import { useGrowing } from "../ui/hooks";
import { fill, plural } from "../ui/i18n";
import { LOCALE, t } from "./words";

const TEXT_MAX = 4_000; // characters after trimming; the contract's limit

/** Under which a message's draft is kept over a change of conversation and a reload. */
export const draftKey = (conversationId: string): string => `draft.${conversationId}`;

export type Mode = "message" | "note" | "whisper";

interface Props {
  readonly conversationId: string;
  readonly customer: string;
  readonly reference: string;
  /** What may be written here; the first is chosen at the start. */
  readonly modes: readonly Mode[];
  readonly keep: Keep;
  /** Resolves to true when the text is on its way; a false leaves it in the field. */
  readonly onSend: (mode: Mode, text: string) => Promise<boolean>;
  readonly onTyping: () => void;
}

const TABS: Readonly<Record<Mode, string>> = { message: t.write, note: t.note, whisper: t.sendWhisper };
const SENDS: Readonly<Record<Mode, string>> = { message: t.send, note: t.saveNote, whisper: t.sendWhisper };

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const clean = (text: string): string => text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

export function Composer({ conversationId, customer, reference, modes, keep, onSend, onTyping }: Props) {
  const [chosen, setMode] = useState<Mode>(modes[0] ?? "message");
  const mode = modes.includes(chosen) ? chosen : (modes[0] ?? "message");
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>(() => {
    const kept = keep.read(draftKey(conversationId));
    return typeof kept === "string" ? { message: kept } : {};
  });
  const field = useRef<HTMLTextAreaElement>(null);
  const text = drafts[mode] ?? "";
  const used = [...text.trim()].length;
  const over = used - TEXT_MAX;
  useGrowing(field, text);
  useEffect(() => field.current?.focus(), [mode]);

  const change = (next: string): void => {
    setDrafts({ ...drafts, [mode]: next });
    if (mode === "message") keep.write(draftKey(conversationId), next === "" ? null : next);
  };

  const send = async (): Promise<void> => {
    if (used === 0 || over > 0) return;
    const sent = text.trim();
    change("");
    if (!(await onSend(mode, sent))) change(sent);
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
      {modes.length > 1 && (
        <div class="modes" role="group">
          {modes.map((one) => (
            <button key={one} type="button" aria-pressed={mode === one} onClick={() => setMode(one)}>
              {TABS[one]}
            </button>
          ))}
        </div>
      )}
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
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <div class="composer-foot">
        <span id="composer-hint" class="meta">
          {t.composeHint}
        </span>
        {over > 0 && (
          <span class="error-text" role="status">
            {plural(LOCALE, t.tooLong, over)}
          </span>
        )}
        <button type="submit" class="button primary" disabled={used === 0 || over > 0}>
          {SENDS[mode]}
        </button>
      </div>
    </form>
  );
}
