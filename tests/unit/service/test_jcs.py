"""Canonical JSON: the quick way gives the very bytes of the library made for it."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

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
