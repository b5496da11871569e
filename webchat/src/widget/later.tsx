/** A part that is loaded when it is first shown. */

import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useWords } from "./words";

const TRY_AGAIN_MS = 2_000; // a part that did not arrive is asked for again while it is wanted

interface Props<T> {
  /** Must be the same function from one drawing to the next. */
  readonly load: () => Promise<T>;
  readonly children: (part: T) => ComponentChild;
}

export function Later<T>({ load, children }: Props<T>) {
  const { t } = useWords();
  const [part, setPart] = useState<{ readonly value: T } | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wanted = true;
    load().then(
      (value) => {
        if (wanted) setPart({ value });
      },
      () => {
        if (wanted) timer = setTimeout(() => setTries(tries + 1), TRY_AGAIN_MS);
      },
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [load, tries]);
  return part === null ? <p class="empty">{t.starting}</p> : <>{children(part.value)}</>;
}
