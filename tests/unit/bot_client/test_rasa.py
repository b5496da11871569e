"""The client of Rasa where no Rasa is needed: defects of ours are failures of the bot like any other."""

from __future__ import annotations

import pytest

from handoff.bot_client.breaker import FAILURES_MAX
from handoff.bot_client.rasa import RasaBot
from handoff.service.ports import BotTurn, BotUnavailable


async def test_defect_of_ours_leads_to_a_person_like_any_failure_and_is_counted() -> None:
    bot = RasaBot("http://127.0.0.1:9", "http://127.0.0.1:9", "key", late_answer_s=1)
    await bot.open()
    no_json = BotTurn(turn_id="t", sender_id="s", text="Hello", locale="en", slots={"x": object()})
    try:
        for expected in ["error"] * FAILURES_MAX + ["circuit_open"]:
            with pytest.raises(BotUnavailable) as refusal:
                await bot.turn(no_json, timeout_s=5)
            assert refusal.value.failure == expected
    finally:
        await bot.close()
