/** Carries an outbox to the server: one item at a time, again when no ack came, never in another order. */

import { nextToSend, type Outbox, type OutboxChange, type OutboxItem } from "../core/outbox";
import type { Ack } from "../protocol/model";

export interface CourierPorts {
  readonly outbox: () => Outbox;
  readonly change: (change: OutboxChange) => void;
  readonly call: (request: string, body: object) => Promise<Ack>;
  /** What an ack brings besides the fact that the item is on disk. Returns the `seq` of its event, if it says one. */
  readonly acked: (item: OutboxItem, body: unknown) => number | null;
  readonly isUp: () => boolean;
}

export interface Courier {
  /** Sends what can be sent now. Safe to call at any time, as often as one likes. */
  wake(): void;
}

export function createCourier(ports: CourierPorts): Courier {
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function carry(item: OutboxItem): Promise<void> {
    ports.change({ type: "sent", client_id: item.client_id });
    const ack = await ports.call(item.request, { client_id: item.client_id, ...item.body });
    if (ack.ok) {
      ports.change({ type: "stored", client_id: item.client_id, seq: seqOf(item, ack.body) });
    } else {
      ports.change({ type: "failed", client_id: item.client_id, error: ack.error, now_ms: performance.now() });
    }
    wake();
  }

  /** What is acknowledged is on disk, whatever else an ack says or fails to say: its event will show where. */
  function seqOf(item: OutboxItem, body: unknown): number | null {
    try {
      return ports.acked(item, body);
    } catch (error) {
      console.warn("byname: unreadable ack", error);
      return null;
    }
  }

  function wake(): void {
    clearTimeout(timer);
    if (!ports.isUp()) return;
    const next = nextToSend(ports.outbox(), performance.now()); // a clock that nobody can set
    if (next === null) return;
    if (next.wait_ms > 0) timer = setTimeout(wake, next.wait_ms);
    else void carry(next.item);
  }

  return { wake };
}
