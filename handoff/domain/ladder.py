"""The ladder: what happens as a handoff waits longer. Data that the operator may write; nothing is carried out here.

Before the first step the team itself is asked. A step that was done is recorded by its name, and the name follows from
what the step does; so a ladder can be changed while handoffs wait, and none of them goes through a step twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from handoff.domain.policy import Policy


class Step(StrEnum):
    """What a step of the ladder does."""

    WIDEN = "widen"
    TELL_SUPERVISOR = "tell_supervisor"
    OFFER_PROMISE = "offer_promise"


class Rung(StrEnum):
    """A step of waiting, or a reminder, that was carried out: something that is done once in a stretch of waiting.

    Steps have further names when a ladder has several of a kind: `widened:billing`, `supervisor_told#2`.
    """

    WIDENED = "widened"
    SUPERVISOR_TOLD = "supervisor_told"
    PROMISE_OFFERED = "promise_offered"
    ANSWER_REMINDED = "answer_reminded"
    IDLE_REVIEWED = "idle_reviewed"
    PROMISE_REMINDED = "promise_reminded"


# These open nothing to anybody else.
REMINDERS = frozenset({Rung.ANSWER_REMINDED, Rung.IDLE_REVIEWED, Rung.PROMISE_REMINDED})

_DONE = {
    Step.WIDEN: Rung.WIDENED,
    Step.TELL_SUPERVISOR: Rung.SUPERVISOR_TOLD,
    Step.OFFER_PROMISE: Rung.PROMISE_OFFERED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """A step as it is written: `after_s` of waiting, None for the setting of its kind.

    `teams` of a step that widens are asked besides the handoff's own; none: any team, in any language that both share.
    """

    do: Step
    after_s: float | None = None
    teams: tuple[str, ...] = ()


DEFAULT_LADDER = tuple(LadderStep(do=step) for step in Step)  # team, any team, supervisor, promise


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRung:
    """A step with its time, and the name under which it is recorded once it was carried out."""

    rung: str
    do: Step
    after_s: float
    teams: tuple[str, ...]


def resolved(ladder: Iterable[LadderStep], policy: Policy) -> tuple[LadderRung, ...]:
    """The ladder with times from the settings where it names none, in the order in which its steps are due.

    One that never asks everybody does so after its last step, once the time of a promise in opening hours is over:
    nobody waits for good for a team or a skill that nobody has.
    """
    defaults = {
        Step.WIDEN: policy.widen_s,
        Step.TELL_SUPERVISOR: policy.supervisor_s,
        Step.OFFER_PROMISE: policy.promise_s,
    }
    timed = [(step, defaults[step.do] if step.after_s is None else step.after_s) for step in ladder]
    if not any(step.do is Step.WIDEN and not step.teams for step, _ in timed):
        last_s = max([policy.answer_by_s, *(after_s for _, after_s in timed)])
        timed.append((LadderStep(do=Step.WIDEN), last_s))
    seen = Counter[str]()
    found = []
    for step, after_s in timed:
        teams = tuple(sorted(set(step.teams)))
        name = ":".join([_DONE[step.do].value, *([",".join(teams)] if teams else [])])
        seen[name] += 1
        rung = name if seen[name] == 1 else f"{name}#{seen[name]}"
        found.append(LadderRung(rung=rung, do=step.do, after_s=after_s, teams=teams))
    return tuple(sorted(found, key=lambda one: one.after_s))
