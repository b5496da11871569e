/** A field and the list of what it finds: arrows choose, Enter takes, and the focus stays in the field. */

import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { t } from "./words";

export interface Choice {
  readonly id: string;
  /** Under which heading it stands; those of one group follow each other. */
  readonly group?: string;
  readonly shown: ComponentChildren;
  readonly take: () => void;
}

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly choices: readonly Choice[];
  readonly onQuery: (query: string) => void;
  /** Escape in the field; `null` leaves it to whatever is around. */
  readonly onEscape: (() => void) | null;
}

export function Finder({ label, placeholder, query, choices, onQuery, onEscape }: Props) {
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const at = Math.max(0, Math.min(active, choices.length - 1));
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => list.current?.querySelector(".on")?.scrollIntoView({ block: "nearest" }), [at, query]);
  return (
    <>
      <input
        ref={field}
        class="input"
        type="text"
        role="combobox"
        autocomplete="off"
        aria-autocomplete="list"
        aria-expanded={choices.length > 0}
        aria-controls={id}
        aria-activedescendant={choices.length === 0 ? undefined : `${id}-${at}`}
        aria-label={label}
        placeholder={placeholder}
        value={query}
        onInput={(event) => {
          onQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setActive(Math.min(at + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setActive(Math.max(at - 1, 0));
          else if (event.key === "Enter" && !event.isComposing) choices[at]?.take();
          else if (event.key === "Escape" && onEscape !== null) onEscape();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div ref={list} id={id} class="choices" role="listbox" aria-label={label} tabIndex={-1}>
        {choices.map((choice, index) => {
          const heads = choice.group !== undefined && choice.group !== choices[index - 1]?.group;
          return (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field has the keys
            <div
              key={choice.id}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              class={`option${index === at ? " on" : ""}`}
              onPointerDown={(event) => event.preventDefault()} // the field keeps the focus
              onClick={choice.take}
            >
              {heads && <small class="group">{choice.group}</small>}
              <span class="shown">{choice.shown}</span>
            </div>
          );
        })}
      </div>
      <p class="none" role="status">
        {choices.length === 0 && t.nothingFound}
      </p>
    </>
  );
}
