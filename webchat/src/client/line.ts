/**
 * One Socket.IO connection to one namespace, as a line to call on. It reconnects by itself; what to do on a new
 * connection (catch up, send again) is the caller's, who is told by the `snapshot` that the server sends first.
 */

import { io } from "socket.io-client";

import { ACK_TIMEOUT_MS } from "../core/outbox";
import { parseAck } from "../protocol/parse";
import type { Ack } from "../protocol/model";

export interface Line {
  /** Sends a request and waits for its ack; `timeout` or `offline` when there is none. */
  call(request: string, body: object): Promise<Ack>;
  /** Sends something that may be lost. */
  tell(request: string, body: object): void;
  /** Connects again, after `refused`. */
  reopen(): void;
  /** Gives up a connection that does not answer any more, and makes a new one. */
  renew(): void;
  close(): void;
}

export interface LineHandlers {
  /** What the server pushed. */
  readonly received: (event: string, payload: unknown) => void;
  readonly down: () => void;
  /** The server does not accept the token; the line stays closed until `reopen`. */
  readonly refused: () => void;
}

/** On a slow network every ack comes after 5 s; whoever gives up then would ask the same for ever. */
const ACK_TIMEOUT_MAX_MS = 20_000;
/** Opening takes two round trips, 12 s with a delay of 3 s each way; socket.io's own default allows for it. */
const OPEN_TIMEOUT_MS = 20_000;

const lost = (code: string): Ack => ({ ok: false, error: { code, message: "", retry_after_s: null } });

export function openLine(namespace: "/customer" | "/agent", auth: () => object, on: LineHandlers): Line {
  const socket = io(namespace, {
    auth: (give) => give(auth()),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000, // a person looks at the page: never leave them waiting longer for a server that is back
    timeout: OPEN_TIMEOUT_MS,
  });
  let ackTimeoutMs = ACK_TIMEOUT_MS; // doubles while no ack comes in time, until one comes quickly
  socket.onAny((event: string, payload: unknown) => on.received(event, payload));
  socket.on("disconnect", (reason) => {
    on.down();
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", () => {
    // `active` tells a failed transport, which is tried again, from a refusal by the server, which is not.
    if (socket.active) on.down();
    else on.refused();
  });
  return {
    async call(request, body) {
      if (!socket.connected) return lost("offline");
      const asked_ms = Date.now();
      try {
        const ack = parseAck(await socket.timeout(ackTimeoutMs).emitWithAck(request, body));
        if (Date.now() - asked_ms < ACK_TIMEOUT_MS) ackTimeoutMs = ACK_TIMEOUT_MS;
        return ack;
      } catch {
        if (!socket.connected) return lost("offline");
        ackTimeoutMs = Math.min(2 * ackTimeoutMs, ACK_TIMEOUT_MAX_MS);
        return lost("timeout");
      }
    },
    tell(request, body) {
      if (socket.connected) socket.volatile.emit(request, body);
    },
    reopen: () => socket.connect(),
    renew() {
      socket.disconnect();
      socket.connect();
    },
    close: () => socket.disconnect(),
  };
}
