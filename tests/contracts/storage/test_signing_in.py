"""Accounts, tokens and the installation's secrets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from handoff.service.ports import Batch, Storage, StorageConflict
from tests.contracts.storage.batches import account, digest, token
from tests.factories import MONDAY_NOON

SECOND = timedelta(seconds=1)


async def test_an_account_is_found_by_its_address_and_by_its_person(storage: Storage) -> None:
    ada = account("ada", "ada@demo.example")
    await storage.commit(Batch(accounts=[ada, account("bob", "bob@demo.example")]))
    assert await storage.account("ada@demo.example") == ada
    assert await storage.account("ADA@Demo.Example") == ada
    assert await storage.account_of("ada") == ada
    assert await storage.account("nobody@demo.example") is None
    assert await storage.account_of("nobody") is None


async def test_a_password_is_set_later_and_an_address_can_change(storage: Storage) -> None:
    invited = replace(account("ada", "ada@demo.example"), password_hash=None)
    await storage.commit(Batch(accounts=[invited]))
    assert await storage.account_of("ada") == invited
    changed = replace(invited, password_hash="argon2id", email="vogel@demo.example")
    await storage.commit(Batch(accounts=[changed]))
    assert await storage.account("vogel@demo.example") == changed
    assert await storage.account("ada@demo.example") is None
    await storage.commit(Batch(accounts=[account("bob", "ada@demo.example")]))


async def test_an_address_belongs_to_one_account(storage: Storage) -> None:
    await storage.commit(
        Batch(accounts=[account("ada", "ada@demo.example"), account("bob", "bob@demo.example")])
    )
    with pytest.raises(StorageConflict):
        await storage.commit(Batch(accounts=[account("bob", "Ada@demo.example")]))
    assert await storage.account_of("bob") == account("bob", "bob@demo.example")


async def test_a_token_is_found_by_its_digest_until_it_dies(storage: Storage) -> None:
    first = token("first", expires_at=MONDAY_NOON + timedelta(days=90))
    await storage.commit(Batch(tokens=[first, token("other")]))
    assert await storage.token(digest("first")) == first
    assert await storage.token(digest("never")) is None
    await storage.commit(Batch(tokens_dead=[digest("first"), digest("never")]))
    assert await storage.token(digest("first")) is None
    assert await storage.token(digest("other")) == token("other")


async def test_use_moves_the_expiry_and_keeps_the_first_use(storage: Storage) -> None:
    await storage.commit(Batch(tokens=[token("t")]))
    used = token("t", expires_at=MONDAY_NOON + SECOND, first_used_at=MONDAY_NOON)
    await storage.commit(Batch(tokens=[used]))
    assert await storage.token(digest("t")) == used
    await storage.commit(Batch(tokens=[replace(used, first_used_at=MONDAY_NOON + SECOND)]))
    assert await storage.token(digest("t")) == used


async def test_a_dead_token_does_not_come_back_by_a_use_that_was_under_way(storage: Storage) -> None:
    """A request reads its token, the person signs out, and then the request writes that it was used."""
    await storage.commit(Batch(tokens=[token("t")]))
    await storage.commit(Batch(tokens_dead=[digest("t")]))
    await storage.commit(Batch(tokens=[token("t", first_used_at=MONDAY_NOON)]))
    assert await storage.token(digest("t")) is None


async def test_all_tokens_of_one_kind_die_with_their_person(storage: Storage) -> None:
    tokens = [
        token("agent-1", kind="agent", subject="ada"),
        token("agent-2", kind="agent", subject="ada"),
        token("link", kind="password", subject="ada"),
        token("bob", kind="agent", subject="bob"),
    ]
    await storage.commit(Batch(tokens=tokens))
    await storage.commit(Batch(tokens_dead_of=[("agent", "ada")]))
    alive = [one for one in tokens if await storage.token(one.digest) is not None]
    assert alive == tokens[2:]


async def test_what_a_batch_kills_is_dead_even_if_the_same_batch_brings_it(storage: Storage) -> None:
    """One commit may hold a sign-in, and that the person was disabled: disabled has to win."""
    new = token("new", kind="agent", subject="ada")
    await storage.commit(Batch(tokens=[new], tokens_dead_of=[("agent", "ada")]))
    assert await storage.token(new.digest) is None


async def test_tokens_made_after_a_killing_live_also_when_both_are_written_together(storage: Storage) -> None:
    old, new = token("old", kind="agent", subject="ada"), token("new", kind="agent", subject="ada")
    await storage.commit(Batch(tokens=[old]))
    busy = [storage.commit(Batch(tokens=[token(f"t{number}")])) for number in range(20)]
    await asyncio.gather(
        *busy,
        storage.commit(Batch(tokens_dead_of=[("agent", "ada")])),
        storage.commit(Batch(tokens=[new])),
    )
    assert await storage.token(old.digest) is None
    assert await storage.token(new.digest) == new


async def test_the_successor_is_the_one_that_was_used_first(storage: Storage) -> None:
    used_second = token("b", replaces="old", first_used_at=MONDAY_NOON + SECOND)
    used_first = token("c", replaces="old", first_used_at=MONDAY_NOON)
    unused = token("a", replaces="old")
    await storage.commit(Batch(tokens=[token("old"), unused]))
    assert await storage.successor(digest("old")) == unused
    await storage.commit(Batch(tokens=[used_second]))
    assert await storage.successor(digest("old")) == used_second
    await storage.commit(Batch(tokens=[used_first]))
    assert await storage.successor(digest("old")) == used_first
    assert await storage.successor(digest("a")) is None


async def test_signing_out_of_the_successor_does_not_revive_what_it_replaced(storage: Storage) -> None:
    used = token("new", replaces="old", first_used_at=MONDAY_NOON)
    await storage.commit(Batch(tokens=[token("old"), used]))
    await storage.commit(Batch(tokens_dead=[used.digest]))
    assert await storage.successor(digest("old")) == used


async def test_a_secret_is_the_first_that_was_offered_for_ever(storage: Storage) -> None:
    offered = [bytes([number]) * 32 for number in range(5)]
    got = await asyncio.gather(*(storage.secret("signing", one) for one in offered))
    assert len(set(got)) == 1
    assert got[0] in offered
    assert await storage.secret("signing", b"another") == got[0]
    assert await storage.secret("other", b"its own") == b"its own"


async def test_tokens_that_expired_before_a_moment_are_purged_so_many_at_once(storage: Storage) -> None:
    old = [token(f"old{number}", expires_at=MONDAY_NOON - SECOND) for number in range(5)]
    await storage.commit(Batch(tokens=[*old, token("at-noon", expires_at=MONDAY_NOON)]))
    await storage.commit(Batch(tokens_dead=[old[0].digest]))
    assert await storage.purge_tokens(MONDAY_NOON, 3) == 3
    assert await storage.purge_tokens(MONDAY_NOON, 3) == 2
    assert await storage.purge_tokens(MONDAY_NOON, 3) == 0
    assert [one for one in old if await storage.token(one.digest) is not None] == []
    assert await storage.token(digest("at-noon")) is not None
