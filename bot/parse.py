"""`python -m bot.parse MODEL`: how the trained model reads each line of standard input, taken as a first message.

A line in is `{"text", "locale"}`; a line out, in the same order, `{"intent", "confidence", "ranking", "language",
"ms", "processor_ms"}` with `ranking` as pairs of name and chance; the second time does not grow with what else the
machine does. It runs the model's own pipeline in Rasa, as a turn does; only rules
and actions are left out. A line that cannot be read is a bug of the caller's and ends the run.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

from bot.components.language import OUTPUT_KEY, PRIOR_KEY
from bot.context import wishes
from bot.turn import TurnRequest


async def parse_all(model: str, lines: Iterator[str]) -> None:
    # Rasa takes seconds to import, and so it waits until it is needed.
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    from bot.components.classifier import ALSO_KEY

    logging.getLogger("rasa").setLevel(logging.ERROR)
    configure_structlog(logging.ERROR)  # without this Rasa prints every message that it reads

    processor = Agent.load(model).processor
    if processor is None:
        raise SystemExit(f"there is no model at {model}")

    async def parse(text: str, locale: str) -> dict[str, Any]:
        asked = TurnRequest(turn_id="-", sender_id="-", text=text, locale=locale, slots=None)
        message = UserMessage(asked.spoken, metadata={PRIOR_KEY: asked.locale_language})
        begin, processor_begin = time.perf_counter(), time.process_time()
        parsed = await processor.parse_message(message)
        spent_ms = (time.perf_counter() - begin) * 1000
        processor_ms = (time.process_time() - processor_begin) * 1000
        known = {it["entity"] for it in parsed["entities"]}
        return {
            "intent": wishes([parsed["intent"]["name"], *parsed[ALSO_KEY]], asked.spoken, known)[0],
            "confidence": round(float(parsed["intent"]["confidence"]), 4),
            "ranking": [[it["name"], round(float(it["confidence"]), 4)] for it in parsed["intent_ranking"]],
            "language": parsed[OUTPUT_KEY],
            "ms": round(spent_ms, 2),
            "processor_ms": round(processor_ms, 2),
        }

    await parse("warm up", "en")
    for line in lines:
        given = json.loads(line)
        sys.stdout.write(json.dumps(await parse(given["text"], given["locale"]), ensure_ascii=False) + "\n")


def main() -> None:
    asyncio.run(parse_all(sys.argv[1], iter(sys.stdin)))


if __name__ == "__main__":
    main()
