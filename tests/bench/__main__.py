"""What the guarantee costs: ours beside a bare relay, on the same clients, in one run.

`python -m tests.bench [--conversations N] [--messages M] [--growth]`. Every message is durable with us, and kept
nowhere by the relay. Seconds and processor time depend on the machine; the ratios are what counts. Loopback only; it
ends by itself. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.sides import Ours, Relay, Side
from tests.bench.traffic import Load, Screens, percentile

CONVERSATIONS = (10, 100, 500, 2_000)
TRANSCRIPT_EVENTS = (10, 100, 500, 2_000)
HANDOFFS_ENDED = (0, 500, 2_000)
GROWTH_MESSAGES = 2_000  # of which the cost is taken at each size
TALKERS = 10
PACED_S = 10


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of the table. `scale` makes the unit from what was measured; the ratio is ours to the relay's."""

    name: str
    ours: float
    relay: float
    unit: str
    scale: float = 1.0

    def __str__(self) -> str:
        ours, relay = self.ours * self.scale, self.relay * self.scale
        return f"{self.name:44} {relay:10.2f} {ours:10.2f}  {self.unit:6} {self.ours / self.relay:7.2f}"


@dataclass(slots=True, kw_only=True)
class Measured:
    """One side at one size: at full speed, and at the same moderate rate."""

    start_s: float
    memory_bytes_a_connection: float
    full: Load
    paced: Load
    offers_s: list[float]


async def measure(side: Side, conversations: int, messages: int, rate: float) -> Measured:
    screens = Screens()
    await side.start(screens.on_screen)
    try:
        await side.open(1)
        before = side.memory_bytes()
        await side.open(conversations)
        memory = (side.memory_bytes() - before) / max(1, conversations - 1)
        full = await screens.full_speed(side, conversations, messages)
        again = conversations // 5  # who ask again are between two agents, and say nothing meanwhile
        asking = asyncio.create_task(_ask_again(side, again))
        paced = await screens.at_rate(side, range(again, conversations), rate, round(rate * PACED_S))
        return Measured(
            start_s=side.start_s,
            memory_bytes_a_connection=memory,
            full=full,
            paced=paced,
            offers_s=await asking,
        )
    finally:
        await side.close()


async def _ask_again(side: Side, count: int) -> list[float]:
    """Seconds from request to offer, for one conversation after another, while the others go on."""
    return [await side.ask_again(number) for number in range(count)] if isinstance(side, Ours) else []


def compared(ours: Measured, relay: Measured) -> list[Row]:
    def both(name: str, of_ours: float, of_relay: float, unit: str, scale: float = 1.0) -> Row:
        return Row(name=name, ours=of_ours, relay=of_relay, unit=unit, scale=scale)

    return [
        both("durable messages a second, full speed", ours.full.per_second, relay.full.per_second, "1/s"),
        both(
            "processor a message, full speed",
            ours.full.cpu_s_a_message,
            relay.full.cpu_s_a_message,
            "ms",
            1e3,
        ),
        both(
            "send to screen p50, full speed",
            ours.full.percentile_s(50),
            relay.full.percentile_s(50),
            "ms",
            1e3,
        ),
        both(
            "send to screen p99, full speed",
            ours.full.percentile_s(99),
            relay.full.percentile_s(99),
            "ms",
            1e3,
        ),
        both(
            "send to screen p50, same rate",
            ours.paced.percentile_s(50),
            relay.paced.percentile_s(50),
            "ms",
            1e3,
        ),
        both(
            "send to screen p99, same rate",
            ours.paced.percentile_s(99),
            relay.paced.percentile_s(99),
            "ms",
            1e3,
        ),
        both(
            "request to offer p99 / message p99, same rate",
            percentile(ours.offers_s, 99),
            relay.paced.percentile_s(99),
            "ms",
            1e3,
        ),
        both(
            "request to offer p99 / message p99, full speed",
            percentile(ours.offers_s, 99),
            relay.full.percentile_s(99),
            "ms",
            1e3,
        ),
        both(
            "memory a connection", ours.memory_bytes_a_connection, relay.memory_bytes_a_connection, "kB", 1e-3
        ),
        both("start", ours.start_s, relay.start_s, "s"),
    ]


async def growth(folder: Path) -> dict[str, dict[str, float]]:
    """Processor milliseconds a message of ours, as things grow."""

    async def cost(side: Ours, screens: Screens, conversations: int) -> float:
        load = await screens.full_speed(side, conversations, max(4, GROWTH_MESSAGES // conversations))
        return load.cpu_s_a_message * 1e3

    found: dict[str, dict[str, float]] = {"conversations": {}, "transcript_events": {}, "handoffs_ended": {}}
    side, screens = Ours(folder / "conversations"), Screens()
    await side.start(screens.on_screen)
    for count in CONVERSATIONS:
        await side.open(count)
        found["conversations"][str(count)] = await cost(side, screens, count)
    await side.close()

    side, screens = Ours(folder / "transcripts"), Screens()
    await side.start(screens.on_screen)
    await side.open(TALKERS)
    length = 0
    for events in TRANSCRIPT_EVENTS:
        await screens.full_speed(side, TALKERS, max(1, events - length))
        found["transcript_events"][str(events)] = await cost(side, screens, TALKERS)
        length = events + GROWTH_MESSAGES // TALKERS
    await side.close()

    side, screens = Ours(folder / "ended"), Screens()
    await side.start(screens.on_screen)
    await side.open(TALKERS)
    ended = 0
    for count in HANDOFFS_ENDED:
        await side.serve_and_end(count - ended)
        ended = count
        found["handoffs_ended"][str(count)] = await cost(side, screens, TALKERS)
    await side.close()
    return found


async def main(conversations: int, messages: int, rate: float, *, grow: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        relay = await measure(Relay(), conversations, messages, rate)
        ours = await measure(Ours(folder / "compared"), conversations, messages, rate)
        rows = compared(ours, relay)
        print(
            f"{conversations} conversations, {messages} messages each at full speed, then {rate:g} a second"
        )
        print(f"{'':44} {'relay':>10} {'ours':>10}  {'':6} {'ratio':>7}")
        for row in rows:
            print(row)
        result: dict[str, object] = {row.name: round(row.ours / row.relay, 3) for row in rows}
        if grow:
            result["processor_ms_a_message"] = grown = await growth(folder)
            for what, costs in grown.items():
                shown = "  ".join(f"{size}: {cost:.2f}" for size, cost in costs.items())
                print(f"processor ms a message of ours, by {what.replace('_', ' ')}:  {shown}")
    print(json.dumps(result))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument("--messages", type=int, default=45, help="for each conversation, at full speed")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second in all, for latencies")
    parser.add_argument(
        "--growth", action="store_true", help="also how the cost of a message grows (minutes)"
    )
    asked = parser.parse_args()
    asyncio.run(main(asked.conversations, asked.messages, asked.rate, grow=asked.growth))
