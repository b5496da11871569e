/** Whose turn it is, and the way to a person. */

import { control, isAskingForPerson, isLive, type CustomerState } from "../core/customer";
import { useNow } from "../ui/hooks";
import { blockIcon, checkIcon, Icon, personIcon } from "../ui/icons";
import { fill } from "../ui/i18n";
import { Avatar } from "./messages";
import { byMoment, useWords } from "./words";

/** Who answers now, truthfully, beside the button that is there in every state. */
export function ControlBar({ state, onPerson }: { state: CustomerState; onPerson: () => void }) {
  const words = useWords();
  const { t } = words;
  const now = useNow(60_000);
  const { handoff, blocked } = state;
  const asking = isAskingForPerson(state.outbox) && !isLive(handoff);
  const holder = control(handoff);
  const agent = holder === "agent" ? (handoff?.agent ?? null) : null;
  let line = t.answersBot;
  const reached = state.connection === "connected";
  let hint = reached ? t.answersBotHint : ""; // who cannot be reached does not answer now
  if (agent !== null) {
    line = agent.name;
    hint = fill(t.roleAt, { role: agent.role, employer: agent.employer });
  } else if (holder === "waiting") {
    line = t.answersWaiting;
    hint = t.answersWaitingHint;
  } else if (asking) {
    line = t.answersAsking;
    hint = "";
  } else if (blocked !== null) {
    line = t.blockedTitle;
    hint = t.blockedHint;
  } else if (handoff?.state === "promised" && handoff.answer_by !== null) {
    hint = fill(reached ? t.answersPromised : t.promised, { time: byMoment(words, handoff.answer_by, now) });
  }
  const wide = agent !== null || blocked !== null || handoff?.state === "promised";
  return (
    <div class={`control ${asking ? "waiting" : holder}${wide ? " wide" : ""}`}>
      {/* Not announced from here: the log tells of everything that changes it. */}
      <div class="holder" id="who-answers" data-testid="who-answers">
        {agent === null ? (
          holder === "waiting" || asking ? (
            <span class="avatar pulse" aria-hidden="true">
              <Icon path={personIcon} size={18} />
            </span>
          ) : blocked === null ? (
            <Avatar actor={{ kind: "bot", id: null, name: null }} />
          ) : (
            <span class="avatar customer" aria-hidden="true">
              <Icon path={blockIcon} size={18} />
            </span>
          )
        ) : (
          <Avatar actor={agent} />
        )}
        <p>
          <strong>{line}</strong>
          {hint !== "" && <span>{hint}</span>}
        </p>
      </div>
      <button
        type="button"
        class="person-button"
        aria-describedby="who-answers"
        onClick={onPerson}
        data-testid="talk-to-person"
      >
        <Icon path={asking || isLive(handoff) ? checkIcon : personIcon} size={17} />
        {t.talkToPerson}
      </button>
    </div>
  );
}
