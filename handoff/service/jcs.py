"""JSON in the one form that RFC 8785 (JCS) allows, so that equal values have equal bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import rfc8785

_sorted = msgspec.json.Encoder(order="sorted").encode
_INTEGER_MAX = 2**53 - 1


def canonical(value: Any) -> bytes:
    """Any JSON value. Raises `ValueError` for one that JSON cannot carry (a lone surrogate, NaN).

    msgspec's sorted form is the canonical one for all but fractions, huge integers and keys outside ASCII, and thirty
    times as fast; those go to the library made for it.
    """
    return _sorted(value) if _is_simple(value) else rfc8785.dumps(value)


def _is_simple(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None:
        return True
    if kind is dict:
        for key, one in value.items():
            if not (type(key) is str and key.isascii() and (type(one) is str or _is_simple(one))):
                return False
        return True
    if kind is list:
        return all(map(_is_simple, value))
    return isinstance(value, str | bool) or (
        isinstance(value, int) and -_INTEGER_MAX <= value <= _INTEGER_MAX
    )
