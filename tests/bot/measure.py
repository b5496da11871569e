"""`python -m tests.bot.measure`: how long turns take, over HTTP, with real Rasa, real actions and a small real shop."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

from handoff.tooling.model import ensure_model
from tests.bot.parts import Bot, Customer
from tests.bot.shop_double import ShopDouble

TURNS = 200
CONVERSATION_TURNS = 10  # how many of them one customer has

QUESTIONS = {
    "without an action": [
        "how can I pay?",
        "Wie lange dauert die Lieferung?",
        "I forgot my password",
        "danke",
    ],
    "with an action": [
        "where is order 10023",
        "Wo ist Bestellung 10030?",
        "is invoice 0203 paid",
        "refund R-5004",
    ],
}


def turn_times_ms(bot: Bot, questions: list[str]) -> list[float]:
    times = []
    for number in range(TURNS):
        if number % CONVERSATION_TURNS == 0:
            someone = Customer(bot)
        begin = time.perf_counter()
        someone.says(questions[number % len(questions)], turn_id=uuid.uuid4().hex)
        times.append((time.perf_counter() - begin) * 1000)
    return times


def main() -> None:
    model = ensure_model()
    shop = ShopDouble()
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(model, shop.url, Path(folder))
        try:
            begin = time.perf_counter()
            bot.start()
            sys.stdout.write(f"started in {time.perf_counter() - begin:.1f} s\n")
            for name, questions in QUESTIONS.items():
                before_s = bot.rasa.cpu_s()
                times = sorted(turn_times_ms(bot, questions))
                cpu_ms = (bot.rasa.cpu_s() - before_s) * 1000 / TURNS
                sys.stdout.write(
                    f"turn {name}: p50 {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms, "
                    f"processor time in Rasa {cpu_ms:.1f} ms a turn, {TURNS} turns\n"
                )
        finally:
            bot.stop()
            shop.close()


if __name__ == "__main__":
    main()
