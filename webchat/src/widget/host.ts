/**
 * The page around the iframe: messages to and from the loader, with exact origins both ways. Opened on its own, without
 * a host, the widget is a page like any other.
 */

import { fields } from "../protocol/parse";

export interface Host {
  /** False when the widget is a page of its own. */
  readonly embedded: boolean;
  close(): void;
  unread(count: number): void;
}

export interface HostHandlers {
  readonly opened: () => void;
  readonly closed: () => void;
}

/** `origin` is what the loader said; the browser delivers to no other, and `frame-ancestors` decides who may embed. */
export function connectHost(origin: string | null, on: HostHandlers): Host {
  const parent = window.parent;
  if (parent === window || origin === null) {
    return { embedded: false, close: () => undefined, unread: () => undefined };
  }
  const tell = (message: object): void => parent.postMessage({ byname: 1, ...message }, origin);
  window.addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== origin) return;
    try {
      const of = fields(event.data);
      if (of["byname"] !== 1) return;
      if (of["type"] === "opened") on.opened();
      if (of["type"] === "closed") on.closed();
    } catch {
      // Not ours: host pages send each other all sorts of things.
    }
  });
  tell({ type: "ready" });
  return { embedded: true, close: () => tell({ type: "close" }), unread: (count) => tell({ type: "unread", count }) };
}
