"""The ledger's rows are written when they change, and whenever it is not known what is there."""

from __future__ import annotations

from handoff.service.ports import LedgerRow
from handoff.storage.ledger import ledger_rows
from handoff.storage.sqlite.rows import LedgerMemory
from tests.contracts.storage.batches import Chronicle


def a_row() -> LedgerRow:
    chronicle = Chronicle()
    chronicle.scene.waiting("c1")
    [row] = ledger_rows(chronicle.batch())
    return row


def test_a_row_is_written_once_until_it_changes() -> None:
    memory, row = LedgerMemory(), a_row()
    changed = row._replace(state="active")

    assert memory.new_among([row, row]) == [row]
    memory.keep()
    assert memory.new_among([row]) == []
    assert memory.new_among([changed, changed]) == [changed]


def test_a_row_that_changes_and_changes_back_in_one_transaction_is_written_twice() -> None:
    memory, row = LedgerMemory(), a_row()
    changed = row._replace(state="active")
    memory.new_among([row])
    memory.keep()

    assert memory.new_among([changed, row]) == [changed, row]


def test_what_was_not_committed_is_written_again() -> None:
    memory, row = LedgerMemory(), a_row()
    memory.new_among([row])
    memory.forget()

    assert memory.new_among([row]) == [row]
