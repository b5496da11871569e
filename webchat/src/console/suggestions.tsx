/** What the assistant would answer, for the agent to take into the field or to leave. Nothing is sent by it. */

import { useEffect, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import { openQuestion, type DeskConversation } from "../core/desk";
import { botIcon, closeIcon, Icon } from "../ui/icons";
import { t } from "./words";

interface Props {
  readonly conversation: DeskConversation;
  readonly client: AgentClient;
  readonly up: boolean;
  readonly onTake: (text: string) => void;
}

/** Asks once for each thing the customer says, while their conversation is on the screen. */
export function Suggestions({ conversation, client, up, onTake }: Props) {
  const [left, setLeft] = useState<number | null>(null);
  const { id, hold, suggested } = conversation;
  const question = hold === "held" ? (openQuestion(conversation)?.seq ?? null) : null;
  const known = suggested?.of_seq === question;
  useEffect(() => {
    if (question !== null && up && !known) client.suggest(id);
  }, [client, id, question, up]);
  if (suggested === null || !known || question === null || left === question) return null;
  return (
    <section class="suggestions" aria-label={t.suggested} data-testid="suggestions">
      <p class="suggestions-head">
        <Icon path={botIcon} size={16} />
        <span class="grow">{t.suggested}</span>
        <button
          type="button"
          class="icon-button small"
          aria-label={t.suggestionLeave}
          title={t.suggestionLeave}
          onClick={() => setLeft(question)}
        >
          <Icon path={closeIcon} size={15} />
        </button>
      </p>
      {suggested.texts.map((text) => (
        <div key={text} class="suggestion">
          <p dir="auto" tabIndex={0}>
            {text.replace(/\n\s*\n/g, "\n") /* a glance; what is taken over has its paragraphs */}
          </p>
          <button
            type="button"
            class="button"
            onClick={() => {
              setLeft(question);
              onTake(text);
            }}
          >
            {t.suggestionTake}
          </button>
        </div>
      ))}
    </section>
  );
}
