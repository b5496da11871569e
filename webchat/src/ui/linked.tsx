/** A text from somebody, with what leads somewhere as links. Text stays text: nothing in it becomes markup. */

import { useMemo } from "preact/hooks";

import { linked } from "../core/links";

export function Linked({ text }: { text: string }) {
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
            {...(href.startsWith("http") ? { target: "_blank", rel: "noopener noreferrer nofollow" } : {})}
          >
            {shown}
          </a>
        ),
      )}
    </>
  );
}
