"""Takes one change back out of a text that has gone on since, where the two do not touch the same lines."""

from __future__ import annotations

from difflib import SequenceMatcher


class Overlap(Exception):
    """The lines of the change were changed again since."""


def without(before: str, after: str, now: str) -> str:
    """`now` without the change from `before` to `after`. Raises `Overlap`."""
    old, new, present = (text.split("\n") for text in (before, after, now))
    since = [
        one for one in SequenceMatcher(None, new, present, autojunk=False).get_opcodes() if one[0] != "equal"
    ]
    result = list(present)
    shift = 0  # by how many lines what was done since has moved the place
    changes = [
        one for one in SequenceMatcher(None, new, old, autojunk=False).get_opcodes() if one[0] != "equal"
    ]
    for _, start, end, old_start, old_end in reversed(changes):
        for _, touched, touched_end, _, _ in since:
            if (touched < end and start < touched_end) or (start == end and touched < start < touched_end):
                raise Overlap
            if touched == touched_end and start < touched < end:
                raise Overlap
        shift = sum(
            (now_end - now_start) - (touched_end - touched)
            for _, touched, touched_end, now_start, now_end in since
            if touched_end <= start
        )
        result[start + shift : end + shift] = old[old_start:old_end]
    return "\n".join(result)
