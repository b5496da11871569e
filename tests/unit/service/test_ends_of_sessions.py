"""Who is told that a session has ended, so that its sockets are closed: also where the disk leaves it in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from handoff.app import DEMO_DESK
from handoff.domain.desk import Desk
from handoff.domain.errors import Code, DomainError
from handoff.gateway.namespaces import Arrival, RoleNamespace
from handoff.service import tokens
from handoff.service.access import Access, CustomerSession, NewSession
from handoff.service.committer import Committer
from handoff.service.desk_file import DeskFile
from handoff.service.ports import StorageUnavailable
from handoff.service.tokens import digest
from handoff.service.world import RandomIds, SystemClock
from tests.factories import rules
from tests.gated import GatedStorage

LOST = StorageUnavailable("the answer was lost")


class House:
    """Sessions on a storage with a gate, and the ends that were told."""

    def __init__(self) -> None:
        self.storage = GatedStorage()
        clock, ids = SystemClock(), RandomIds()
        self.committer = Committer(Desk(rules()), self.storage, clock, ids)
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.access = Access(self.committer, self.storage, DeskFile(DEMO_DESK), clock, ids, hasher)
        self.ended: list[tuple[bytes | None, str | None]] = []
        self.somebody_ended = asyncio.Event()
        self.access.listen_for_ends(self._note)

    def _note(self, token_digest: bytes | None, subject: str | None) -> None:
        self.ended.append((token_digest, subject))
        self.somebody_ended.set()

    async def session(self) -> tuple[NewSession, CustomerSession]:
        new = await self.access.start_session(site=None, locale="en", page_url=None, identity=None)
        return new, await self.access.customer(new.token)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.storage.open()
    await house.committer.start()
    yield house
    house.storage.gate.set()
    await house.committer.close()


async def test_a_sign_out_that_failed_only_by_report_ends_the_session(house: House) -> None:
    """Found by the simulation: the token was dead, and the line that it had opened stayed open."""
    new, _ = await house.session()
    house.storage.error_after = LOST
    with pytest.raises(DomainError) as refused:
        await house.access.sign_out(new.token, "customer")
    assert refused.value.code is Code.UNAVAILABLE
    assert house.ended == [(digest(new.token), None)]
    house.storage.error_after = None
    with pytest.raises(DomainError) as refused:
        await house.access.customer(new.token)
    assert refused.value.code is Code.UNAUTHORIZED


async def test_a_sign_out_that_the_disk_carries_out_late_ends_the_session_then(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "WRITE_TIMEOUT_S", 0.01)
    new, _ = await house.session()
    house.storage.gate.clear()
    with pytest.raises(DomainError) as refused:
        await house.access.sign_out(new.token, "customer")
    assert refused.value.code is Code.UNAVAILABLE
    assert house.ended == []
    house.storage.gate.set()
    await house.somebody_ended.wait()
    assert house.ended == [(digest(new.token), None)]


async def test_whoever_was_forgotten_only_by_report_is_signed_out(house: House) -> None:
    """Found by the simulation, as above: told of what was erased from then on."""
    _, session = await house.session()
    house.storage.error_after = LOST
    with pytest.raises(DomainError):
        await house.access.forget(session)
    house.storage.error_after = None
    async with asyncio.timeout(10):
        await house.somebody_ended.wait()
    assert house.ended == [(None, session.customer_id)]


async def test_nobody_is_signed_out_by_what_was_not_written(house: House) -> None:
    new, session = await house.session()
    house.storage.error = StorageUnavailable("full")
    with pytest.raises(DomainError):
        await house.access.forget(session)
    house.storage.error = None
    assert (await house.access.customer(new.token)).customer_id == session.customer_id
    await house.access.forget(session)
    assert house.ended == [(None, session.customer_id)]


@pytest.mark.parametrize(
    ("ended", "comes_in"),
    [((b"mine", None), False), ((None, "ada"), False), ((b"other", None), True), ((None, "eve"), True)],
)
def test_session_that_ends_while_a_connection_is_made_with_it_lets_nobody_in(
    ended: tuple[bytes | None, str | None], comes_in: bool
) -> None:
    namespace = Nobody("/agent")
    with namespace.arrival() as arrival:
        namespace.session_ended(*ended)
        assert lets_in(arrival) is comes_in
    with namespace.arrival() as later:  # ends of before concern a token that would not have been taken
        assert lets_in(later)


class Nobody(RoleNamespace):
    def sockets_of(self, digest: bytes | None, subject: str | None) -> list[str]:
        return []


def lets_in(arrival: Arrival) -> bool:
    try:
        arrival.check(b"mine", "ada")
    except DomainError as error:
        return error.code is not Code.UNAUTHORIZED
    return True
