"""The wire contract as JSON Schema, made from the types that the server itself parses and the events it logs.

`python -m handoff.service.wire_schema` writes `handoff/docs/wire.schema.json`; a test holds the two together.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from handoff.domain import events as e
from handoff.service import wire

PATH = Path(__file__).parent.parent / "docs" / "wire.schema.json"

_SHAPES: tuple[type[msgspec.Struct], ...] = (
    wire.CustomerAuth,
    wire.Message,
    wire.RequestHuman,
    wire.Withdraw,
    wire.Callback,
    wire.Feedback,
    wire.Rate,
    wire.Locale,
    wire.Introduce,
    wire.Sync,
    wire.Read,
    wire.AgentAuth,
    wire.SetPresence,
    wire.Accept,
    wire.Decline,
    wire.Open,
    wire.AgentMessage,
    wire.Contacted,
    wire.Transfer,
    wire.FollowUp,
    wire.HandBack,
    wire.Resolve,
    wire.TakeBack,
    wire.OpenPast,
    wire.Search,
    wire.Block,
    wire.Unblock,
    wire.InConversation,
    wire.AgentRead,
    wire.Assign,
    wire.Acknowledge,
    wire.StartSession,
    wire.SignIn,
    wire.SetPassword,
    wire.Failure,
    wire.StubEvent,
    wire.HandoffView,
    wire.CustomerSnapshot,
    wire.AgentSnapshot,
    wire.OfferView,
    wire.OfferEndedView,
    wire.QueueView,
    wire.BoardView,
    wire.WrapUpsView,
    wire.CannedAnswersView,
    wire.TeamView,
    wire.PastView,
    wire.SearchView,
    wire.SuggestionsView,
    wire.AlertView,
    wire.AlertEndedView,
)


def _event_shapes() -> list[type[msgspec.Struct]]:
    """One shape an event type: the envelope, and the body's fields beside it."""
    envelope: list[Any] = [
        ("seq", int),
        ("prev_seq", int),
        ("id", str),
        ("at", datetime),
        ("actor", wire.ActorView),
    ]
    shapes = []
    for body in e.BODIES.values():
        hints = get_type_hints(body)
        required = [(one.name, hints[one.name]) for one in fields(body) if one.default is MISSING]
        optional = [
            (one.name, hints[one.name] | msgspec.UnsetType, msgspec.UNSET)
            for one in fields(body)
            if one.default is not MISSING
        ]
        shapes.append(
            msgspec.defstruct(
                f"{body.__name__}Event", [*envelope, *required, *optional], tag_field="type", tag=body.TYPE
            )
        )
    return shapes


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12, all shapes under `$defs`; `Event` is any event. Other fields may be there, always."""
    events = _event_shapes()
    _, definitions = msgspec.json.schema_components([*_SHAPES, *events], ref_template="#/$defs/{name}")
    names = [event.__name__ for event in events]
    definitions["Event"] = {
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in [*names, "StubEvent"]],
        "discriminator": {
            "propertyName": "type",
            "mapping": {str(event.__struct_config__.tag): f"#/$defs/{event.__name__}" for event in events},
        },
    }
    any_event = {"type": "array", "items": {"$ref": "#/$defs/Event"}}
    definitions["CustomerSnapshot"]["properties"]["events"] = any_event
    definitions["TranscriptView"]["properties"]["events"] = any_event
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Byname wire contract, version 1",
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
