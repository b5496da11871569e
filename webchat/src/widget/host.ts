/**
 * The page around the iframe: messages to and from the loader, with exact origins both ways. Opened on its own, without
 * a host, the widget is a page like any other.
 */

import { createStore, type Store } from "../core/store";
import { fields } from "../protocol/parse";

/** Whether the panel is in sight, and whether somebody opened it just now rather than a page load that shows it again. */
export interface Shown {
  readonly open: boolean;
  readonly takesFocus: boolean;
}

export interface Host {
  /** False when the widget is a page of its own. */
  readonly embedded: boolean;
  readonly shown: Store<Shown, Shown>;
  close(): void;
  unread(count: number): void;
  /** What the button on the page says: the chat's name, how to close it, and what stands before a count. */
  words(words: readonly [name: string, close: string, unread: string]): void;
}

/** What the page asks for. */
export interface HostWishes {
  locale(tag: string): void;
  /** Who the customer is: a token that the site has signed, or `null` for nobody any more. */
  identity(token: string | null): void;
}

/** `origin` is what the loader said; the browser delivers to no other, and `frame-ancestors` decides who may embed. */
export function connectHost(origin: string | null, wishes: HostWishes): Host {
  const parent = window.parent;
  const embedded = parent !== window && origin !== null;
  const shown = createStore<Shown, Shown>((_before, now) => now, { open: !embedded, takesFocus: !embedded });
  if (!embedded) {
    return { embedded, shown, close: () => undefined, unread: () => undefined, words: () => undefined };
  }

  const tell = (message: object): void => parent.postMessage({ byname: 1, ...message }, origin);
  window.addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== origin) return;
    try {
      const of = fields(event.data);
      if (of["byname"] !== 1) return;
      if (of["type"] === "opened" || of["type"] === "closed") {
        shown.dispatch({ open: of["type"] === "opened", takesFocus: of["focus"] === true });
      } else if (of["type"] === "locale" && typeof of["locale"] === "string") wishes.locale(of["locale"]);
      else if (of["type"] === "identity") wishes.identity(typeof of["token"] === "string" ? of["token"] : null);
    } catch {
      // Not ours: host pages send each other all sorts of things.
    }
  });
  tell({ type: "ready" });
  return {
    embedded,
    shown,
    close: () => {
      shown.dispatch({ open: false, takesFocus: false }); // at once: what comes from now on was not seen
      tell({ type: "close" });
    },
    unread: (count) => tell({ type: "unread", count }),
    words: (words) => tell({ type: "words", words }),
  };
}
