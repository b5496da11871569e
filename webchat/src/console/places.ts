/** What the places of a canned answer are filled with in one conversation. */

import type { Places } from "../core/canned";
import type { DeskConversation } from "../core/desk";
import type { Me } from "../protocol/model";
import { serverNow } from "../ui/clock";

/** The date is in the customer's own way of writing it: it is they who read it. */
export function placesOf(conversation: DeskConversation, me: Me | null): Places {
  const locale = conversation.customer?.locale ?? conversation.info?.locale ?? undefined;
  return {
    customer: conversation.customer?.name ?? null,
    agent: me?.name ?? null,
    role: me?.role ?? null,
    employer: me?.employer ?? null,
    reference: conversation.handoff?.reference ?? null,
    date: dateIn(locale),
  };
}

function dateIn(locale: string | undefined): string {
  const style = { dateStyle: "long" } as const;
  try {
    return new Intl.DateTimeFormat(locale, style).format(serverNow());
  } catch {
    return new Intl.DateTimeFormat(undefined, style).format(serverNow()); // a locale that is none
  }
}
