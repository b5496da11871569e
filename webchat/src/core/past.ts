/** Earlier requests for a person in one log, told by its events; the present one is not among them. */

import type { ConversationEvent, PastRequest } from "../protocol/model";

/** The latest first. */
export function pastRequests(events: readonly ConversationEvent[]): readonly PastRequest[] {
  const found: PastRequest[] = [];
  const change = (news: Partial<PastRequest>): void => {
    if (found[0] !== undefined) found[0] = { ...found[0], ...news };
  };
  for (const event of events) {
    switch (event.type) {
      case "handoff_requested":
        found.unshift({
          reference: event.reference,
          reason: event.reason,
          requested_at: event.at,
          ended_at: null,
          agent: null,
          outcome: null,
        });
        break;
      case "agent_joined":
        change({ agent: event.agent });
        break;
      case "handoff_resolved":
        change({ ended_at: event.at, outcome: event.outcome });
        break;
      case "handed_back":
        change({ ended_at: event.at, outcome: "handed_back" });
        break;
      case "handoff_withdrawn":
        change({ ended_at: event.at });
        break;
      default:
    }
  }
  return found.slice(1);
}
