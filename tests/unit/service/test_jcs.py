"""Canonical JSON: the quick way gives the very bytes of the library made for it."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from handoff.service.chain import link
from handoff.service.jcs import canonical

scalars = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)


@given(values)
def test_every_value_has_the_bytes_of_rfc_8785(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError:  # an infinite fraction
        with pytest.raises(ValueError):  # noqa: PT011  # whichever: it cannot be written
            canonical(value)
    else:
        assert canonical(value) == expected


@pytest.mark.parametrize(
    "character", [*map(chr, range(0x20)), '"', "\\", "/", "\x7f", "\u2028", "é", "\U0001f600"]
)
def test_every_character_is_written_as_rfc_8785_says(character: str) -> None:
    assert canonical({"text": character}) == rfc8785.dumps({"text": character})


@pytest.mark.parametrize("value", ["\ud800", {"text": "a\udfff"}, float("nan"), 2**53])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(value)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    previous=st.binary(min_size=32, max_size=32),
    digest=st.binary(min_size=32, max_size=32),
    seq=st.integers(1, 2**53 - 1),
    event_id=texts,
    event_type=texts,
    actor_kind=texts,
    actor_id=st.none() | texts,
)
def test_a_link_covers_what_the_design_says_in_the_bytes_of_rfc_8785(
    previous: bytes,
    digest: bytes,
    seq: int,
    event_id: str,
    event_type: str,
    actor_kind: str,
    actor_id: str | None,
) -> None:
    at = "2026-03-02T12:00:00.000Z"
    actor = {"kind": actor_kind} | ({} if actor_id is None else {"id": actor_id})
    envelope = {
        "seq": seq,
        "id": event_id,
        "at": at,
        "type": event_type,
        "actor": actor,
        "payload_digest": digest.hex(),
    }

    linked = link(
        previous,
        seq=seq,
        event_id=event_id,
        at=at,
        event_type=event_type,
        actor_kind=actor_kind,
        actor_id=actor_id,
        digest=digest,
    )

    assert linked == hashlib.sha256(previous + rfc8785.dumps(envelope)).digest()  # type: ignore[arg-type]
