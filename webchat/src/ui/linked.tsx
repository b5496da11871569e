/** A text from somebody, with what leads somewhere as links. Text stays text: nothing in it becomes markup. */

import { Fragment } from "preact";
import { useMemo } from "preact/hooks";

import { linked } from "../core/links";

interface Props {
  readonly text: string;
  /** What is said of a link that opens elsewhere. */
  readonly elsewhere?: string;
}

/** A web address may break after each of its parts, rather than in the middle of a word. */
const breakable = (address: string) =>
  address.split(/(?<=[^:/]\/|[?&=])(?!$)/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));

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
            {href.startsWith("http") ? breakable(shown) : shown}
          </a>
        ),
      )}
    </>
  );
}
