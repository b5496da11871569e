"""Who is asked next: the choice of an agent for a waiting handoff, with its reason."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handoff.domain.desk import DeskRules
from handoff.domain.handoff import ChosenBy, Handoff
from handoff.domain.people import Agent

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An agent to ask. `chosen_by` is what decided among those who fit, `matched` why this one fits, for people to
    read: `team=billing`, `skill=refunds`, `language=de`, `widened=billing`, `widened=any_team`,
    `canary`."""

    agent: Agent
    chosen_by: ChosenBy
    matched: tuple[str, ...]


def choose(
    free: list[Agent], handoff: Handoff, rules: DeskRules, asked: Set[str] = frozenset()
) -> Choice | None:
    """The agent among `free` (routable, with a seat) to offer `handoff` to, and why; None: nobody fits now.

    An agent whom somebody named (a transfer, a promise, the way back) is asked whatever else is true of them. Then
    count team, skills and language; among those who fit, the returning customer's last agent; then who is idle
    longest. Agents who declined are left out until the next rung of the ladder. Whoever is being asked about another
    one at this moment (ids in `asked`) is not idle, and comes after the others.
    A canary goes to the canary agent only, and nothing else does.
    """
    free = [agent for agent in free if agent.canary is handoff.canary]
    preferred = next((agent for agent in free if agent.id == handoff.preferred_agent_id), None)
    if preferred is not None and handoff.preferred_because is not None:
        fit = match(preferred, handoff, rules)
        if fit is not None or is_named(handoff, rules):
            return Choice(agent=preferred, chosen_by=handoff.preferred_because, matched=fit or ())
    fitting = {
        agent.id: (agent, fit)
        for agent in free
        if agent.id not in handoff.declined_by and (fit := match(agent, handoff, rules)) is not None
    }
    if not fitting:
        return None
    agent, fit = min(
        fitting.values(), key=lambda one: (one[0].id in asked, one[0].idle_since or _NEVER, one[0].id)
    )
    return Choice(agent=agent, chosen_by=ChosenBy.LONGEST_IDLE, matched=fit)


def is_named(handoff: Handoff, rules: DeskRules) -> bool:
    """Whether the preferred agent was named to the customer or by a colleague, so that team, skills and language do not
    count. After a resolution the way back to the same agent is offered for a while (`RETURN_TO_AGENT_S`)."""
    if handoff.preferred_because is not ChosenBy.RETURNING_CUSTOMER:
        return handoff.preferred_because is not None
    if handoff.resolved_before_at is None:
        return False
    way_back = timedelta(seconds=rules.policy.return_to_agent_s)
    return handoff.requested_at - handoff.resolved_before_at <= way_back


def match(agent: Agent, handoff: Handoff, rules: DeskRules) -> tuple[str, ...] | None:
    """Why this agent can serve the handoff at its present rung: by team, skills and language; None: not at all.

    An empty list of teams or languages means all; of skills, none. A step of the ladder may have added teams; once the
    wait has widened to everybody, a language that both share is enough. The canary agent fits every canary.
    """
    if handoff.canary:
        return ("canary",) if agent.canary else None
    if handoff.widened:
        shared = [
            one for one in dict.fromkeys((handoff.language, *rules.site_languages)) if agent.speaks(one)
        ]
        return ("widened=any_team", f"language={shared[0]}") if shared else None
    own = rules.serving(handoff.team).key
    team = next((one for one in (own, *handoff.wider_teams) if not agent.teams or one in agent.teams), None)
    if team is None or not agent.speaks(handoff.language) or not set(handoff.skills).issubset(agent.skills):
        return None
    of_team = f"team={team}" if team == own else f"widened={team}"
    return (of_team, *(f"skill={skill}" for skill in handoff.skills), f"language={handoff.language}")
