"""What the page sends with its calls, checked when it comes in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from handoff.domain.people import Agent
from handoff.trainer.edits.operations import Operation

_Id = Annotated[str, Meta(min_length=1, max_length=120)]
Call = Callable[[Agent, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Edit(Struct, forbid_unknown_fields=True):
    """`versions` are the files as the page showed them; `findings` are the messages that this teaches."""

    operation: Operation
    versions: Annotated[dict[str, str], Meta(max_length=600)] = {}
    findings: Annotated[list[_Id], Meta(max_length=200)] = []


class Which(Struct, forbid_unknown_fields=True):
    id: _Id


class GoBack(Struct, forbid_unknown_fields=True):
    """`of` names the model that the page showed as the one in service."""

    of: _Id


class Ask(Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    language: Annotated[str, Meta(max_length=35)] = "en"


class Decide(Struct, forbid_unknown_fields=True):
    """`decision`: dismissed, or open again. What is taught says so in its edit."""

    findings: Annotated[list[_Id], Meta(min_length=1, max_length=500)]
    decision: Annotated[str, Meta(pattern="^(dismissed|open)$")]


class Commit(Struct, forbid_unknown_fields=True):
    message: Annotated[str, Meta(min_length=1, max_length=1_000)]


class Goal(Struct, forbid_unknown_fields=True):
    """What shall get better within thirty days: answers to questions for this intent that are confirmed as helpful."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    intent: Annotated[str, Meta(min_length=1, max_length=80)]


class Course(Struct, forbid_unknown_fields=True):
    conversation_id: _Id
    kind: Annotated[str, Meta(pattern="^(story|test story)$")] = "story"
