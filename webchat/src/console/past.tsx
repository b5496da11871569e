/** What was before with this customer: earlier requests here, and earlier conversations to read. */

import { useEffect, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import type { DeskConversation } from "../core/desk";
import { pastRequests } from "../core/past";
import type { ConversationEvent, PastConversation, PastRequest } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { fill, moment, plural } from "../ui/i18n";
import { Modal } from "./modal";
import { Transcript } from "./transcript";
import { known, label, LOCALE, t } from "./words";

function ending({ outcome, ended_at, agent }: PastRequest): string {
  const how = ended_at === null ? t.pastOpen : outcome === null ? t.states.withdrawn : label(t.pastOutcomes, outcome);
  return agent === null ? how : `${how} · ${agent.name}`;
}

function Request({ request, now }: { request: PastRequest; now: Date }) {
  return (
    <>
      <span class="past-when">{moment(LOCALE, request.requested_at, now)}</span>
      <span>{known(t.reasons, request.reason)}</span>
      <span class="meta">
        {request.reference} · {ending(request)}
      </span>
    </>
  );
}

interface ReadProps {
  readonly conversationId: string;
  readonly past: PastConversation;
  readonly client: AgentClient;
  readonly onClose: () => void;
}

function Earlier({ conversationId, past, client, onClose }: ReadProps) {
  const now = useNow(60_000);
  const [events, setEvents] = useState<readonly ConversationEvent[] | "failed" | null>(null);
  useEffect(() => {
    let current = true;
    const take = (found: readonly ConversationEvent[] | "failed"): void => {
      if (current) setEvents(found);
    };
    client.pastLog(conversationId, past.conversation_id).then(
      (found) => take(found ?? "failed"),
      () => take("failed"),
    );
    return () => {
      current = false;
    };
  }, [client, conversationId, past.conversation_id]);
  return (
    <Modal title={fill(t.pastTitle, { time: moment(LOCALE, past.began_at, now) })} onClose={onClose} kind="wide">
      {events === null && <p class="none">{t.pastLoading}</p>}
      {events === "failed" && <p class="error-text">{t.pastFailed}</p>}
      {events !== null && events !== "failed" && (
        <div class="earlier">
          <Transcript events={events} outbox={[]} me={null} askedSeq={null} seenSeq={0} typing={null} />
        </div>
      )}
      <div class="act-foot">
        <button type="button" class="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Modal>
  );
}

export function Past({ conversation, client, up }: { conversation: DeskConversation; client: AgentClient; up: boolean }) {
  const now = useNow(60_000);
  const [earlier, setEarlier] = useState<readonly PastConversation[]>([]);
  const [reading, setReading] = useState<PastConversation | null>(null);
  const { id } = conversation;
  useEffect(() => {
    if (!up) return undefined;
    let current = true;
    client.past(id).then(
      (found) => {
        if (current && found !== null) setEarlier(found);
      },
      () => undefined, // in a shape that is not known
    );
    return () => {
      current = false;
    };
  }, [client, id, up]);
  const here = pastRequests(conversation.log.events);
  return (
    <section class="past" data-testid="past">
      <h2>{t.past}</h2>
      {here.length + earlier.length === 0 && <p class="meta">{t.pastNone}</p>}
      <ul>
        {here.map((request) => (
          <li key={request.reference}>
            <Request request={request} now={now} />
          </li>
        ))}
        {earlier.map((one) => (
          <li key={one.conversation_id}>
            {one.requests.map((request) => (
              <Request key={request.reference} request={request} now={now} />
            ))}
            {one.requests.length === 0 && (
              <>
                <span class="past-when">{moment(LOCALE, one.began_at, now)}</span>
                <span>{t.pastAssistant}</span>
              </>
            )}
            {one.score !== null && <span class="meta">{fill(t.happenings.rated, { score: one.score })}</span>}
            <button type="button" class="link" onClick={() => setReading(one)}>
              {plural(LOCALE, t.pastRead, one.messages)}
            </button>
          </li>
        ))}
      </ul>
      {reading !== null && <Earlier conversationId={id} past={reading} client={client} onClose={() => setReading(null)} />}
    </section>
  );
}
