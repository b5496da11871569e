"""Who is asked next: the choice of an agent for a waiting handoff, with its reason."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime

from handoff.domain.desk import DeskRules
from handoff.domain.handoff import ChosenBy, Handoff, Rung
from handoff.domain.people import Agent

_NEVER = datetime.min.replace(tzinfo=UTC)


def choose(
    free: list[Agent], handoff: Handoff, rules: DeskRules, asked: Set[str] = frozenset()
) -> tuple[Agent, ChosenBy] | None:
    """The agent among `free` (routable, with a seat) to offer `handoff` to, and why; None: nobody fits now.

    The agent whom the handoff prefers (a transfer's, a promise's owner, the returning customer's last) comes first,
    then the longest idle of the team who speaks the customer's language; once the wait has widened, of any
    team with any language that both share. Agents who declined are left out until the next rung of the ladder.
    Whoever is being asked about another one at this moment (ids in `asked`) is not idle, and comes after the others.
    """
    preferred = next((agent for agent in free if agent.id == handoff.preferred_agent_id), None)
    if preferred is not None and handoff.preferred_because is not None:
        return preferred, handoff.preferred_because
    fitting = [agent for agent in free if agent.id not in handoff.declined_by and fits(agent, handoff, rules)]
    if not fitting:
        return None
    longest_idle = min(fitting, key=lambda agent: (agent.id in asked, agent.idle_since or _NEVER, agent.id))
    return longest_idle, ChosenBy.LONGEST_IDLE


def fits(agent: Agent, handoff: Handoff, rules: DeskRules) -> bool:
    """Whether this agent can serve the handoff at its present rung: team, skills and language, until it has widened.

    An empty list of teams or languages means all; of skills, none.
    """
    if Rung.WIDENED in handoff.rungs:
        shared = {handoff.language, *rules.site_languages}
        return not agent.languages or bool(shared.intersection(agent.languages))
    in_team = not agent.teams or handoff.team in agent.teams
    has_skills = set(handoff.skills).issubset(agent.skills)
    return in_team and has_skills and (not agent.languages or handoff.language in agent.languages)
