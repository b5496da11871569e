"""Chance that is the same each time: drawn from the words of a sentence, so that no other sentence moves it."""

import hashlib


def drawn(turn: int, name: bytes) -> int:
    """A number of 64 bits that looks like chance."""
    return int.from_bytes(hashlib.blake2b(b"%d " % turn + name, digest_size=8).digest(), "big")
