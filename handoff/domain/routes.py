"""Routes: which team is asked first, and with which skills, by what is known when a person is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from handoff.domain.conversation import Conversation
from handoff.domain.handoff import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is given must match, any one of each list; an empty list matches everything. `team` None: the first one."""

    intents: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    team: str | None = None
    skills: tuple[str, ...] = ()


def find_route(routes: Iterable[Route], conversation: Conversation, reason: Reason) -> Route | None:
    """The first route that matches; None: no route does, and the first team is asked.

    The intent that counts is what the customer asked the bot about last, as far as any route knows it: a word of thanks
    on the way to the button does not hide the question before it.
    """
    known = list(routes)
    named = {intent for route in known for intent in route.intents}
    intent = next((one for one in reversed(conversation.bot.intents) if one in named), None)
    for route in known:
        if (
            (not route.intents or intent in route.intents)
            and (not route.sites or conversation.site in route.sites)
            and (not route.languages or conversation.language in route.languages)
            and (not route.reasons or reason in route.reasons)
        ):
            return route
    return None
