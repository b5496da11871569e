/**
 * Whether a transcript is complete, as an agent may rely on it: as many events as the server says there are, none
 * missing between them, and a hash chain that leads to the head the server named.
 */

import type { ConversationEvent } from "../protocol/model";

export type Completeness =
  /** Counted and every link of the chain recomputed. */
  | { readonly kind: "verified"; readonly count: number }
  /** Counted, and the last hash is the head; the links could not be recomputed here (no secure context). */
  | { readonly kind: "counted"; readonly count: number }
  | { readonly kind: "incomplete"; readonly have: number; readonly count: number }
  | { readonly kind: "broken"; readonly seq: number };

export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

/** Events counted and their numbers compared, without cryptography: `null` when nothing is wrong so far. */
function countFault(
  events: readonly ConversationEvent[],
  count: number,
  headHash: string | null,
): Completeness | null {
  const gap = events.findIndex((event, index) => event.seq !== index + 1);
  if (events.length !== count || gap >= 0) return { kind: "incomplete", have: gap < 0 ? events.length : gap, count };
  const last = events.at(-1);
  if (last !== undefined && headHash !== null && last.hash !== headHash) return { kind: "broken", seq: last.seq };
  return null;
}

/** RFC 8785 of a link's envelope: keys in order, and `JSON.stringify` writes strings and whole numbers as JCS wants them. */
export function envelope(event: ConversationEvent): string {
  const actor = event.actor.id === null ? { kind: event.actor.kind } : { id: event.actor.id, kind: event.actor.kind };
  const { at, id, payload_digest, seq, wire_type: type } = event;
  return JSON.stringify({ actor, at, id, payload_digest, seq, type });
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Checks a transcript from its first event on. `digest` is SHA-256, or `null` where the browser offers none. */
export async function completeness(
  events: readonly ConversationEvent[],
  count: number,
  headHash: string | null,
  digest: Digest | null,
): Promise<Completeness> {
  const fault = countFault(events, count, headHash);
  if (fault !== null) return fault;
  if (digest === null || headHash === null || events.some(({ hash, payload_digest }) => hash === null || payload_digest === null)) {
    return { kind: "counted", count };
  }
  let link = new Uint8Array(32);
  for (const event of events) {
    const body = new TextEncoder().encode(envelope(event));
    const joined = new Uint8Array(link.length + body.length);
    joined.set(link);
    joined.set(body, link.length);
    link = new Uint8Array(await digest(joined));
    if (hex(link) !== event.hash) return { kind: "broken", seq: event.seq };
  }
  return { kind: "verified", count };
}
