"""The people of a desk as the rules see them: who they are, whether they can be asked, and their seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Presence(StrEnum):
    """Whether a person can be asked. Only the system sets `not_responding`; any act of that agent clears it."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"
    NOT_RESPONDING = "not_responding"


class Access(StrEnum):
    """Access levels of an account. The job title that customers see is `role`, not this."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCard:
    """Who a customer talks to: full name, job title and employer."""

    id: str
    name: str
    role: str
    employer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """A seat that is kept for the notes after a conversation, until `until` or until the agent says so."""

    conversation_id: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person with an account. `presence` is what was chosen or set; `lost_at` is set while no socket is left.

    `idle_since` orders agents for routing: the last moment a conversation was given to or ended by them.
    `capacity` is set for somebody who takes another number of conversations at once than the desk's setting says.
    `skills` are what this person is asked about besides the ordinary work of a team; without one, nothing besides.
    `lost_presence` is what a lost agent had chosen before the system set `offline`; it is restored to those who
    come back soon. `canary` marks the agent of the product's own test, who is no person and serves nobody else.
    """

    card: AgentCard
    access: tuple[Access, ...]
    languages: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: int | None = None
    presence: Presence = Presence.OFFLINE
    connected: bool = False
    lost_at: datetime | None = None
    lost_presence: Presence | None = None
    idle_since: datetime | None = None
    wrap_ups: tuple[WrapUp, ...] = ()
    disabled: bool = False
    canary: bool = False

    @property
    def id(self) -> str:
        return self.card.id

    def speaks(self, language: str) -> bool:
        """No languages mean all."""
        return not self.languages or language in self.languages

    @property
    def shown_presence(self) -> Presence:
        """What others see: nobody without a socket is shown as there."""
        return self.presence if self.connected and not self.disabled else Presence.OFFLINE

    @property
    def routable(self) -> bool:
        """Whether offers may be made to this person at all, seats aside."""
        return self.shown_presence is Presence.ONLINE and Access.AGENT in self.access

    @property
    def is_supervisor(self) -> bool:
        return Access.SUPERVISOR in self.access or Access.ADMIN in self.access
