"""Bot turns against a storage that is away for a while."""

from __future__ import annotations

import asyncio

from handoff.bot_client.scripted import ScriptedBot, plain_reply
from handoff.domain import commands as c
from handoff.domain.desk import Desk
from handoff.service.bot_turns import BotTurns
from handoff.service.committer import Committer
from handoff.service.ports import Batch, BotReply, BotTurn
from handoff.service.world import RandomIds, SystemClock
from handoff.storage.memory import MemoryStorage
from tests.factories import rules, start_conversation
from tests.unit.service.test_committer import message

PATIENCE_S = 20.0


class StorageThatIsAway(MemoryStorage):
    """Memory storage that tells when it has refused a commit."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = asyncio.Event()

    async def commit(self, batch: Batch) -> None:
        if not self.available:
            self.refused.set()
        await super().commit(batch)


async def test_answer_that_storage_did_not_take_is_recorded_as_soon_as_it_can_be() -> None:
    """The bot said it once, and perhaps did something: it must not be asked again, nor its answer be lost."""
    storage, clock, ids = StorageThatIsAway(), SystemClock(), RandomIds()
    committer = Committer(Desk(rules()), storage, clock, ids)

    def answer(turn: BotTurn) -> BotReply:
        storage.available = False
        return plain_reply("On its way")

    bot = ScriptedBot(answer)
    turns = BotTurns(committer, storage, bot, clock, ids, timeout_s=5)
    recorded = asyncio.Event()
    committer.listen(turns.listen)
    committer.listen(
        lambda committed: recorded.set() if committed.events[0].type == "bot_turn_answered" else None
    )
    await storage.open()
    await committer.start()
    await committer.carry_out(start_conversation("c1", customer_id="cu"))
    await committer.carry_out(message("m1", "Where is it?"))
    await storage.refused.wait()

    storage.available = True

    async with asyncio.timeout(PATIENCE_S):
        await recorded.wait()
    assert len(bot.turns) == 1
    assert committer.desk.conversation("c1").bot.pending == ()
    await turns.close()
    await committer.close()


def start() -> c.StartConversation:
    return start_conversation("c1", customer_id="cu")
