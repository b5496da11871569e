/**
 * A scrolling list of which only the rows near the screen are drawn, so that the five-hundredth message costs what the
 * first did. It stays at its end while its reader is there, and never moves what they read while they are not.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";

import { offsets, sliceAt } from "../core/long-list";
import { chevronDownIcon, Icon } from "../ui/icons";
import { t } from "./words";

/** A list of at most so many rows is drawn whole: the browser's own search finds everything in it. */
const DRAWN_WHOLE_MAX = 80;
const MARGIN_PX = 600; // drawn beyond the screen: a fast wheel shows no white
const NEAR_END_PX = 80; // within this distance of the end a reader is taken to follow
const READERS = ["wheel", "touchmove", "keydown", "pointerdown"] as const; // by these a reader moves the list

/** A place to go to; another `id` goes there again. */
export interface Reveal {
  readonly key: string;
  readonly id: number;
}

interface Props {
  readonly keys: readonly string[];
  /** The height to count with for a row that was not drawn yet. */
  readonly guessPx: (index: number) => number;
  readonly draw: (index: number) => ComponentChildren;
  readonly rowClass: (index: number) => string;
  readonly label: string;
  readonly reveal: Reveal | null;
  /** What stands after the last row. */
  readonly children?: ComponentChildren;
}

const rowsOf = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > [data-key]")];

export function LongList({ keys, guessPx, draw, rowClass, label, reveal, children }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const measured = useRef(new Map<string, number>()).current;
  const following = useRef(true);
  const lastTop = useRef(0);
  /** The reader went to the end by the button: until they scroll anew, what still moves is the wheel running out. */
  const held = useRef(false);
  /** The row to go to once it is drawn, and the wish that was seen to last. */
  const pending = useRef<string | null>(null);
  const revealed = useRef<number | null>(null);
  const [place, setPlace] = useState({ top: 0, height: 800 });
  const [atEnd, setAtEnd] = useState(true);
  const [, redraw] = useState(0);

  if (reveal !== null && reveal.id !== revealed.current && keys.includes(reveal.key)) {
    revealed.current = reveal.id;
    pending.current = reveal.key;
    following.current = false;
    held.current = false;
  }
  const starts = offsets(keys, measured, guessPx);
  const total = starts[keys.length] ?? 0;
  const whole = keys.length <= DRAWN_WHOLE_MAX;
  const wanted = pending.current === null ? place.top : (starts[keys.indexOf(pending.current)] ?? 0) - place.height / 2;
  const top = following.current ? total - place.height : wanted;
  const { first, end } = whole ? { first: 0, end: keys.length } : sliceAt(starts, top, place.height, MARGIN_PX);

  const look = (): void => {
    const element = list.current;
    if (element === null || pending.current !== null) return;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    // Only a reader who scrolls back stops following: a list that grows or shrinks beneath them is no wish of theirs.
    if (near) following.current = true;
    else if (held.current) element.scrollTop = element.scrollHeight;
    else if (element.scrollTop < lastTop.current - 1) following.current = false;
    lastTop.current = element.scrollTop;
    setAtEnd(following.current);
    if (whole) return;
    const now = { top: element.scrollTop, height: element.clientHeight };
    const needed = sliceAt(starts, now.top, now.height, MARGIN_PX / 2);
    if (needed.first < first || needed.end > end) setPlace(now);
  };
  const latest = useRef(look);
  latest.current = look;

  useEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const onScroll = (): void => latest.current();
    let width = element.clientWidth;
    const resized = new ResizeObserver(() => {
      if (element.clientWidth !== width) measured.clear(); // every text breaks anew
      width = element.clientWidth;
      if (following.current) element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
      setPlace({ top: element.scrollTop, height: element.clientHeight });
    });
    const onReader = (): void => {
      held.current = false;
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    for (const name of READERS) element.addEventListener(name, onReader, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      for (const name of READERS) element.removeEventListener(name, onReader);
      resized.disconnect();
    };
  }, [measured]);

  // After each drawing: measure what was drawn, and follow the end. Who reads further up is kept there by the browser.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const drawn = rowsOf(element).map((row) => ({ key: row.dataset["key"] ?? "", row, box: row.getBoundingClientRect() }));
    const room = element.scrollHeight - element.clientHeight;
    let changed = false;
    for (const { key, box } of drawn) {
      if (Math.abs((measured.get(key) ?? -1) - box.height) <= 0.5) continue;
      measured.set(key, box.height);
      changed = !whole;
    }

    const target = pending.current === null ? undefined : drawn.find(({ key }) => key === pending.current);
    if (target !== undefined) {
      pending.current = null;
      target.row.scrollIntoView({ block: "center" });
      setPlace({ top: element.scrollTop, height: element.clientHeight });
      // The list may stand there already, and then says nothing of having been scrolled.
      setAtEnd(room - element.scrollTop < NEAR_END_PX);
    } else if (following.current) {
      element.scrollTop = room;
    }
    lastTop.current = element.scrollTop;
    // What was drawn took another room than was counted with: perhaps more rows are needed to fill the screen.
    if (changed) {
      const needed = sliceAt(offsets(keys, measured, guessPx), element.scrollTop, element.clientHeight, 0);
      if (needed.first < first || needed.end > end) redraw((count) => count + 1);
    }
  });

  const toEnd = (): void => {
    following.current = true;
    held.current = true;
    setAtEnd(true);
    redraw((count) => count + 1);
  };

  const rows = [];
  for (let index = first; index < end; index++) {
    const key = keys[index] ?? "";
    const found = reveal !== null && reveal.key === key ? " found" : "";
    rows.push(
      <div key={key} class={`row${rowClass(index)}${found}`} data-key={key}>
        {draw(index)}
      </div>,
    );
  }
  return (
    <div class="log-frame">
      {/* What is new is announced beside it: here, rows also come and go as one scrolls. */}
      <div class="log" ref={list} role="log" aria-label={label} aria-live="off" tabIndex={0} data-testid="transcript">
        <div key="above" style={{ height: `${whole ? 0 : (starts[first] ?? 0)}px` }} />
        {rows}
        <div key="below" style={{ height: `${whole ? 0 : total - (starts[end] ?? total)}px` }} />
        {children}
      </div>
      {!atEnd && (
        <button type="button" class="button to-end" onClick={toEnd}>
          {t.toNewest}
          <Icon path={chevronDownIcon} size={16} />
        </button>
      )}
    </div>
  );
}
