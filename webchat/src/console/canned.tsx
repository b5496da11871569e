/** Choosing a canned answer: a list beside the field, by words and by keyboard. */

import { useState } from "preact/hooks";

import { filled, fitting, type Places } from "../core/canned";
import type { CannedAnswer } from "../protocol/model";
import { Finder } from "./finder";
import { t } from "./words";

interface Props {
  readonly answers: readonly CannedAnswer[];
  readonly locale: string | null;
  readonly places: Places;
  readonly onChoose: (text: string) => void;
  readonly onClose: () => void;
}

export function CannedPicker({ answers, locale, places, onChoose, onClose }: Props) {
  const [query, setQuery] = useState("");
  return (
    <div
      class="picker"
      role="group"
      aria-label={t.canned}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      <Finder
        label={t.cannedSearch}
        placeholder={t.cannedSearch}
        query={query}
        onQuery={setQuery}
        onEscape={onClose}
        choices={fitting(answers, locale, query).map((answer) => {
          const text = filled(answer.text, places);
          return {
            id: answer.id,
            take: () => onChoose(text),
            shown: (
              <span class="text">
                <strong>{answer.title}</strong>
                <span dir="auto">{text}</span>
              </span>
            ),
          };
        })}
      />
    </div>
  );
}
