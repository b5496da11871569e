/** Where the customer writes. */

import { useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { CustomerClient } from "../client/customer";
import { useGrowing } from "../ui/hooks";
import { Icon, sendIcon } from "../ui/icons";
import { plural } from "../ui/i18n";
import { useWords } from "./words";

export const TEXT_MAX = 4_000; // characters, after trimming; the contract's limit
const TEXT_NEAR = 3_600; // from here on the writer is told how much is left

/** Length as the server counts it: code points, not UTF-16 units. */
const length = (text: string): number => [...text.trim()].length;

/** Control characters that the contract forbids come in with pasted text; they are left out. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const clean = (text: string): string => text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

interface Props {
  readonly client: CustomerClient;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
}

export function Composer({ client, field, draft, onDraft }: Props) {
  const { locale, t } = useWords();
  const [composing, setComposing] = useState(false);
  const used = length(draft);
  const over = used - TEXT_MAX;
  const sendable = used > 0 && over <= 0;
  useGrowing(field, draft);

  const send = (): void => {
    if (!sendable) return;
    client.say(draft.trim());
    onDraft("");
    field.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="visually-hidden" for="compose">
        {t.compose}
      </label>
      <textarea
        id="compose"
        ref={field}
        rows={1}
        value={draft}
        placeholder={t.compose}
        aria-describedby="compose-hint"
        aria-invalid={over > 0}
        enterkeyhint="send"
        dir="auto"
        data-testid="composer"
        onInput={(event) => {
          onDraft(clean(event.currentTarget.value));
          client.typing();
        }}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          // 229: Safari tells of the key that ends a composition only so.
          if (event.key !== "Enter" || event.shiftKey || composing || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          send();
        }}
      />
      <span id="compose-hint" class="visually-hidden">
        {t.composeHint}
      </span>
      <button type="submit" class="send" aria-label={t.send} title={t.send} aria-disabled={!sendable}>
        <Icon path={sendIcon} />
      </button>
      {used >= TEXT_NEAR && (
        <p class={over > 0 ? "count over" : "count"} role="status">
          {over > 0 ? plural(locale, t.charactersOver, over) : plural(locale, t.charactersLeft, -over)}
        </p>
      )}
    </form>
  );
}
