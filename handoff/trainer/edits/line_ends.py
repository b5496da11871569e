"""Files that were written elsewhere end their lines with a carriage return too. Edits know nothing of it."""

from __future__ import annotations

from difflib import SequenceMatcher


def plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def as_before(before: str, edited: str) -> str:
    """`edited`, which was made of `plain(before)`: lines that are still there end as they did, new ones as most do."""
    returns = before.count("\r\n")
    if not returns:
        return edited
    if returns == before.count("\n"):
        return edited.replace("\n", "\r\n")
    old, new = before.split("\n"), edited.split("\n")
    usual = "\r" if returns * 2 >= before.count("\n") else ""
    result: list[str] = []
    matcher = SequenceMatcher(None, [line.removesuffix("\r") for line in old], new, autojunk=False)
    for kind, old_start, old_end, start, end in matcher.get_opcodes():
        result += old[old_start:old_end] if kind == "equal" else [line + usual for line in new[start:end]]
    result[-1] = result[-1].removesuffix("\r")  # the piece after the last line break
    return "\n".join(result)
