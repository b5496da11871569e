/** What calls for the agent's attention when the desk's state changes: an offer, a customer's words, a reminder. */

import { isOwn, reminder, unreadCount, type DeskState } from "./desk";
import type { CustomerInfo } from "../protocol/model";

export type Call =
  | { readonly kind: "offer"; readonly id: string; readonly customer: CustomerInfo; readonly reason: string; readonly reference: string }
  | { readonly kind: "message" | "reminder"; readonly id: string; readonly customer: CustomerInfo | null; readonly reference: string };

/** What is new in `after`. A log that is only being read for the first time calls for nobody. */
export function callsBetween(before: DeskState, after: DeskState): readonly Call[] {
  const calls: Call[] = [];
  const offers = new Set(before.offers.map(({ offer_id }) => offer_id));
  for (const { offer_id: id, customer, reason, reference } of after.offers) {
    if (!offers.has(id)) calls.push({ kind: "offer", id, customer, reason, reference });
  }
  const known = new Map(before.conversations.map((conversation) => [conversation.id, conversation]));
  for (const now of after.conversations) {
    const then = known.get(now.id);
    if (then === undefined || then.log === now.log || then.log.cursor === 0) continue;
    if (!isOwn(now)) continue;
    const { id, customer } = now;
    const reference = now.handoff?.reference ?? "";
    const fresh = now.log.events.slice(then.log.events.length);
    if (fresh.some((event) => event.type === "message" && event.actor.kind === "customer")) {
      calls.push({ kind: "message", id, customer, reference });
    } else if (reminder(now) !== null && reminder(then) === null) {
      calls.push({ kind: "reminder", id, customer, reference });
    }
  }
  return calls;
}

/** How much waits for the agent: offers, unread messages of their customers, and what supervisors were told. */
export function waitingFor(state: DeskState): number {
  const unread = state.conversations
    .filter(isOwn)
    .reduce((sum, conversation) => sum + unreadCount(conversation), 0);
  return state.offers.length + state.alerts.length + unread;
}
