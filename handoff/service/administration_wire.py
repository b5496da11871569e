"""The shapes of what the console asks of the administration, beside those of `handoff.service.wire`.

What a text may hold is said where it is used; here is what would be of the wrong kind, or beyond any reason.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Line = Annotated[str, Meta(max_length=1_000)]
Lines = Annotated[list[Line], Meta(max_length=100)]
Version = Annotated[str, Meta(max_length=64)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$")]


class Invite(Struct, kw_only=True):
    """`capacity`: conversations at once; None: as many as the desk's setting says."""

    email: Line
    name: Line
    role: Line
    employer: Line
    access: Lines
    teams: Lines = []
    languages: Lines = []
    skills: Lines = []
    capacity: int | None = None


class ChangePerson(Struct, kw_only=True):
    """All that the account says from now on. `version`: of what was seen; without it whatever is there is replaced."""

    name: Line
    role: Line
    employer: Line
    access: Lines
    teams: Lines
    languages: Lines
    skills: Lines
    capacity: int | None
    email: Line | None = None
    version: Version | None = None


class PutTeam(Struct, kw_only=True):
    name: Line
    version: Version | None = None


class PutHours(Struct, kw_only=True):
    """`week` by day; a day that is absent, or has no span, is closed."""

    time_zone: Annotated[str, Meta(max_length=64)]
    week: dict[Day, list[tuple[Clock, Clock]]]
    holidays: list[Annotated[str, Meta(max_length=10)]] = []
    version: Version | None = None


class PutAnswer(Struct, kw_only=True):
    title: Line
    text: Annotated[str, Meta(max_length=10_000)]
    language: Annotated[str, Meta(max_length=35)] | None = None
    team: Annotated[str, Meta(max_length=64)] | None = None
    version: Version | None = None
