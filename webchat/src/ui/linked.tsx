/** A text from somebody, with what leads somewhere as links. Text stays text: nothing in it becomes markup. */

import { useMemo } from "preact/hooks";

import { linked } from "../core/links";

interface Props {
  readonly text: string;
  /** What is said of a link that opens elsewhere. */
  readonly elsewhere?: string;
}

export function Linked({ text, elsewhere }: Props) {
  const parts = useMemo(() => linked(text), [text]);
  return (
    <>
      {parts.map(({ text: shown, href }, index) =>
        href === null ? (
          shown
        ) : (
          <a
            key={index}
            href={href}
            {...(href.startsWith("http") ? { target: "_blank", rel: "noopener noreferrer nofollow", title: elsewhere } : {})}
          >
            {shown}
          </a>
        ),
      )}
    </>
  );
}
