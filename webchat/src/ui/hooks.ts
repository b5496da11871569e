/** The few hooks that all pages share. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

import type { Store } from "../core/store";
import { serverNow } from "./clock";

/** What `select` finds in the store, kept up to date. `select` must give the same value for the same state. */
export function useStore<S, A, T>(store: Store<S, A>, select: (state: S) => T): T {
  const [value, setValue] = useState(() => select(store.get()));
  const latest = useRef(select);
  latest.current = select;
  useLayoutEffect(() => {
    const look = (): void => {
      const next = latest.current(store.get());
      setValue(() => next);
    };
    look();
    return store.subscribe(look);
  }, [store]);
  return value;
}

/** The server's time, anew every `everyMs` while the page is visible. */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const tick = (): void => {
      if (!document.hidden) setNow(serverNow());
    };
    tick(); // who wants it more often wants it now
    const timer = setInterval(tick, everyMs);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [everyMs]);
  return now;
}

/** `act` for as long as what asks is on the page: an answer that comes late closes nothing that was opened in its place. */
export function useWhileThere(act: () => void): () => void {
  const there = useRef(true);
  useLayoutEffect(
    () => () => {
      there.current = false;
    },
    [],
  );
  return () => {
    if (there.current) act();
  };
}

const NEAR_END_PX = 80; // within this distance of the end a reader is taken to follow the conversation

/**
 * Keeps a scrolling list at its end while its reader is there. Returns whether they are, and a way to go there.
 * `length` is anything that changes when the list grows.
 */
export function useFollow(list: RefObject<HTMLElement | null>, length: unknown): { atEnd: boolean; toEnd: () => void } {
  const [atEnd, setAtEnd] = useState(true);
  const following = useRef(true);
  const lastTop = useRef(0);
  const go = (): void => {
    const element = list.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  };
  const toEnd = (): void => {
    following.current = true;
    setAtEnd(true);
    go();
  };
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const look = (): void => {
      // Only a reader who scrolls back stops following: a list that shrinks beneath them is no wish of theirs.
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
      if (near) following.current = true;
      else if (element.scrollTop < lastTop.current) following.current = false;
      lastTop.current = element.scrollTop;
      setAtEnd(following.current);
    };
    const resized = new ResizeObserver(() => {
      if (following.current) go();
    });
    element.addEventListener("scroll", look, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      resized.disconnect();
    };
  }, [list]);
  useLayoutEffect(() => {
    if (following.current) go();
  }, [list, length]);
  return { atEnd, toEnd };
}

/**
 * Keeps the keyboard's place inside `area`: when what has the focus goes away (a button that did its work), `next` gets
 * it, for the browser would let it fall back to the beginning of the page.
 */
export function useFocusKept(area: RefObject<HTMLElement | null>, next: () => HTMLElement | null): void {
  const latest = useRef(next);
  latest.current = next;
  useEffect(() => {
    const element = area.current;
    if (element === null) return undefined;
    let focused: Element | null = null;
    const look = (event: FocusEvent): void => {
      focused = event.target instanceof Element ? event.target : null;
    };
    const left = (event: FocusEvent): void => {
      // What was removed may say so, before or after it is gone; what somebody left of their own will is still there.
      queueMicrotask(() => {
        if (focused !== event.target || !(focused instanceof Element)) return;
        if (focused.isConnected && !focused.matches(":disabled")) focused = null;
      });
    };
    const watch = new MutationObserver(() => {
      if (focused === null || focused.isConnected) return;
      focused = null;
      if (document.activeElement === null || document.activeElement === document.body) latest.current()?.focus();
    });
    element.addEventListener("focusin", look);
    element.addEventListener("focusout", left);
    watch.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener("focusin", look);
      element.removeEventListener("focusout", left);
      watch.disconnect();
    };
  }, [area]);
}

/** Whether a text field with `field-sizing: content` needs no help. */
const SIZES_ITSELF = globalThis.CSS?.supports("field-sizing", "content") === true;

/** Lets a text field grow with its text, up to the height that its style allows. */
export function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || (SIZES_ITSELF && getComputedStyle(element).getPropertyValue("field-sizing") === "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [field, text]);
}
