"""What the guarantee costs: ours beside a bare relay, on the same clients, in one run, and how each figure grows.

`python -m tests.bench [--conversations N] [--messages M] [--rate R] [--no-growth]`. Every message is durable with us,
and kept nowhere by the relay. Both servers run side by side and take turns, so that whatever else the machine does
meets both. Seconds and processor time depend on the machine; the ratios are what counts. Loopback only. It ends by
itself, with 1 when a bar is missed. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.report import Bar, Row, in_rows
from tests.bench.sides import Ours, Relay, Side
from tests.bench.traffic import Load, Screens, percentile

ROUNDS = 3  # in turns
WARM_UP = 10  # conversations, before the memory of further ones is taken: the first of everything loads code
PACED_S = 30  # so that the slowest hundredth of the requests are more than one or two
OFFERS_MIN = 20
ASKING_OF = (
    25  # one conversation of so many asks for a person again and again, where others talk at full speed
)
OFFERS_EVERY_S = 0.1  # 36,000 requests for a person an hour, beside the messages
CONVERSATIONS = (10, 100, 500, 2_000)
GROWTH_MESSAGES = 3_000  # by which each number of conversations is measured
COST_ROUNDS = (
    5  # in turns, where it is the cost of a message that counts: one of them may meet something else
)
GROWTH_PACED_S = 4
TALKERS = 40
COST_MESSAGES = 450  # for each of them, in all rounds
TRANSCRIPT_EVENTS = (10, 100, 500, 2_000)
HANDOFFS_ENDED = (0, 500, 2_000)

THROUGHPUT_MIN = 0.6  # of the bare relay's
OFFER_MAX = 3.0  # times the bare relay's message, both p99
# What does not grow still differs from one minute to the next, by a fifth and more. What is taken is the ratio to a
# server at its beginning, which the same moments meet.
GROWTH_MAX = 1.25


@dataclass(slots=True, kw_only=True)
class Measured:
    """One side at one size: at full speed, and at the same moderate rate. Seconds from each request to its offer."""

    memory_bytes: int
    full: Load = field(default_factory=Load)
    full_offers_s: list[float] = field(default_factory=list)
    paced: Load = field(default_factory=Load)
    paced_offers_s: list[float] = field(default_factory=list)


class Runner:
    """One server and the screens of its agents."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.screens = Screens()
        self.warm_bytes = 0

    async def start(self) -> None:
        await self.side.start(self.screens.on_screen)
        await self.side.open(WARM_UP)
        await self.screens.full_speed(self.side, range(WARM_UP), WARM_UP)
        self.warm_bytes = self.side.memory_bytes()

    def memory_a_connection(self, measured: Measured) -> float:
        return (measured.memory_bytes - self.warm_bytes) / (self.side.conversations - WARM_UP)

    async def full_speed(self, measured: Measured, conversations: int, messages: int, asking: int) -> None:
        """As many messages as there can be, while `asking` of the customers ask for a person again."""
        over = asyncio.Event()

        async def ask(number: int) -> None:
            while isinstance(self.side, Ours) and not over.is_set():
                measured.full_offers_s.append(await self.side.ask_again(number))

        async with asyncio.TaskGroup() as group:
            for number in range(asking):
                group.create_task(ask(number))
            numbers = range(asking, conversations)
            measured.full.add(await self.screens.full_speed(self.side, numbers, messages))
            over.set()

    async def at_rate(self, measured: Measured, conversations: int, rate: float, seconds: float) -> None:
        """Messages at a rate, while some customers ask for a person again, one after another."""
        asking = max(1, conversations // 5)  # who asks is between two agents, and says nothing meanwhile
        enough = asyncio.Event()
        offers = asyncio.create_task(self._ask_again(asking, enough))
        numbers = range(asking, conversations)
        measured.paced.add(await self.screens.at_rate(self.side, numbers, rate, round(rate * seconds)))
        enough.set()
        measured.paced_offers_s += await offers

    async def _ask_again(self, asking: int, enough: asyncio.Event) -> list[float]:
        offers_s: list[float] = []
        began = time.perf_counter()
        while isinstance(self.side, Ours) and not (enough.is_set() and len(offers_s) >= OFFERS_MIN):
            offers_s.append(await self.side.ask_again(len(offers_s) % asking))
            await asyncio.sleep(max(0.0, began + len(offers_s) * OFFERS_EVERY_S - time.perf_counter()))
        return offers_s


async def started(stack: AsyncExitStack, *sides: Side) -> list[Runner]:
    runners = [Runner(side) for side in sides]
    for runner in runners:
        stack.push_async_callback(runner.side.close)
        await runner.start()
    return runners


async def measure(
    runners: list[Runner],
    conversations: int,
    messages: int,
    rate: float,
    paced_s: float,
    *,
    asking: int,
) -> list[Measured]:
    """All at the same size, in turns. `asking`: how many ask for a person while the others talk at full speed."""
    found = []
    for runner in runners:
        await runner.side.open(conversations)
        found.append(Measured(memory_bytes=runner.side.memory_bytes()))
    gc.collect()
    gc.freeze()  # so that the clients' own collector does not count as the servers'
    for number in range(ROUNDS):
        count = messages // ROUNDS + (number < messages % ROUNDS)
        for runner, measured in zip(runners, found, strict=True):
            if count:
                await runner.full_speed(measured, conversations, count, asking)
    for runner, measured in zip(runners, found, strict=True):
        await runner.at_rate(measured, conversations, rate, paced_s)
    return found


def compared(runners: list[Runner], relay: Measured, ours: Measured) -> list[Row]:
    of_relay, of_ours = runners

    def in_ms(name: str, relay_s: float, ours_s: float) -> Row:
        return Row(name=name, relay=relay_s * 1e3, ours=ours_s * 1e3, unit="ms")

    offers, memory = [], []
    if ours.full_offers_s:
        offers.append(
            in_ms(
                "request to offer p99 / message p99, full speed",
                relay.full.percentile_s(99),
                percentile(ours.full_offers_s, 99),
            )
        )
    if of_ours.side.conversations > WARM_UP:
        relay_bytes, ours_bytes = of_relay.memory_a_connection(relay), of_ours.memory_a_connection(ours)
        memory.append(
            Row(name="memory a connection", relay=relay_bytes / 1e3, ours=ours_bytes / 1e3, unit="kB")
        )
    return [
        Row(
            name="messages a second, full speed (ours durable)",
            relay=relay.full.per_second,
            ours=ours.full.per_second,
            unit="1/s",
        ),
        in_ms("processor a message, full speed", relay.full.cpu_s_a_message, ours.full.cpu_s_a_message),
        *(
            in_ms(
                f"send to screen p{one}, full speed",
                relay.full.percentile_s(one),
                ours.full.percentile_s(one),
            )
            for one in (50, 99)
        ),
        *(
            in_ms(
                f"send to screen p{one}, same rate",
                relay.paced.percentile_s(one),
                ours.paced.percentile_s(one),
            )
            for one in (50, 99)
        ),
        *offers,
        in_ms(
            "request to offer p99 / message p99, same rate",
            relay.paced.percentile_s(99),
            percentile(ours.paced_offers_s, 99),
        ),
        *memory,
        Row(name="start", relay=of_relay.side.start_s, ours=of_ours.side.start_s, unit="s"),
    ]


async def comparison(
    folder: Path, conversations: int, messages: int, rate: float
) -> tuple[list[Row], list[Bar]]:
    async with AsyncExitStack() as stack:
        runners = await started(stack, Relay(), Ours(folder / "compared"))
        asking = max(1, conversations // ASKING_OF)
        relay, ours = await measure(runners, conversations, messages, rate, PACED_S, asking=asking)
        rows = compared(runners, relay, ours)
    throughput = Bar(
        name="messages a second, of the bare relay's",
        value=ours.full.per_second / relay.full.per_second,
        at_least=THROUGHPUT_MIN,
    )
    offers = [
        Bar(
            name=f"request to offer p99, of the bare relay's message p99, {when}",
            value=percentile(offers_s, 99) / load.percentile_s(99),
            at_most=OFFER_MAX,
        )
        for when, offers_s, load in (
            ("full speed", ours.full_offers_s, relay.full),
            ("same rate", ours.paced_offers_s, relay.paced),
        )
    ]
    return rows, [throughput, *offers]


async def by_conversations(folder: Path, rate: float) -> dict[str, list[Row]]:
    """Everything again at each size, for both sides; and the start of ours with the largest."""
    found: dict[str, list[Row]] = {}
    async with AsyncExitStack() as stack:
        mine = Ours(folder / "conversations")
        runners = await started(stack, Relay(), mine)
        for count in CONVERSATIONS:
            tell(f"{count} conversations")
            messages = max(ROUNDS, GROWTH_MESSAGES // count)
            asking = max(1, count // ASKING_OF)
            relay, ours = await measure(runners, count, messages, rate, GROWTH_PACED_S, asking=asking)
            found[str(count)] = compared(runners, relay, ours)
        again_s = await mine.start_again_s()
        start = found[str(CONVERSATIONS[-1])][-1]
        start.name, start.ours = "start (ours with all of these in progress)", again_s
    return found


async def messages_alone(runners: list[Runner], rate: float) -> list[Row]:
    """Nobody asks for a person at full speed: an offer has its whole transcript in it, and costs what that is long."""
    relay, ours = await measure(runners, TALKERS, GROWTH_MESSAGES // TALKERS, rate, GROWTH_PACED_S, asking=0)
    return compared(runners, relay, ours)


async def growth(stack: AsyncExitStack, folder: Path, grown: Runner, what: str) -> Bar:
    """What a message costs in `grown`, of what it costs at the same time in a server at its beginning."""
    (fresh,) = await started(stack, Ours(folder))
    await fresh.side.open(TALKERS)
    ratios = []
    for _ in range(COST_ROUNDS):
        loads = [
            await one.screens.full_speed(one.side, range(TALKERS), COST_MESSAGES // COST_ROUNDS)
            for one in (fresh, grown)
        ]
        ratios.append(loads[1].cpu_s_a_message / loads[0].cpu_s_a_message)
    name = f"processor a message, by {what}, of a server's at its beginning"
    return Bar(name=name, value=median(ratios), at_most=GROWTH_MAX)


async def by_transcript(folder: Path, rate: float) -> tuple[dict[str, list[Row]], Bar]:
    found: dict[str, list[Row]] = {}
    async with AsyncExitStack() as stack:
        runners = await started(stack, Relay(), Ours(folder / "transcripts"))
        length = 0
        for events in TRANSCRIPT_EVENTS:
            tell(f"transcripts of {events} events")
            for runner in runners[1:]:
                await runner.side.open(TALKERS)
                await runner.screens.full_speed(runner.side, range(TALKERS), max(1, events - length))
            found[str(events)] = await messages_alone(runners, rate)
            length = events + GROWTH_MESSAGES // TALKERS
        bar = await growth(stack, folder / "short", runners[1], "the length of the conversation")
    return found, bar


async def by_handoffs_ended(folder: Path, rate: float) -> tuple[dict[str, list[Row]], Bar]:
    """The relay has no handoffs, and is there to be compared with."""
    found: dict[str, list[Row]] = {}
    async with AsyncExitStack() as stack:
        mine = Ours(folder / "ended")
        runners = await started(stack, Relay(), mine)
        ended = 0
        for count in HANDOFFS_ENDED:
            tell(f"{count} ended handoffs")
            await mine.serve_and_end(count - ended)
            ended = count
            found[str(count)] = await messages_alone(runners, rate)
        bar = await growth(stack, folder / "none-ended", runners[1], "the number of ended handoffs")
    return found, bar


def tell(progress: str) -> None:
    sys.stderr.write(f"... {progress}\n")


async def main(conversations: int, messages: int, rate: float, *, grow: bool) -> bool:
    """Whether every bar was reached."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell(f"{conversations} conversations, {messages} messages each")
        rows, bars = await comparison(folder, conversations, messages, rate)
        print(
            f"{conversations} conversations of {messages} messages each at full speed, then {rate:g} a second"
        )
        print(in_rows(rows))
        result: dict[str, object] = {"compared": {row.name: row.values() for row in rows}}
        if grow:
            sizes = await by_conversations(folder, rate)
            lengths, by_length = await by_transcript(folder, rate)
            ended, by_ended = await by_handoffs_ended(folder, rate)
            bars += [by_length, by_ended]
            for what, found in (
                ("conversations", sizes),
                ("events in each transcript", lengths),
                ("ended handoffs", ended),
            ):
                for size, grown in found.items():
                    print(f"\n{size} {what}")
                    print(in_rows(grown))
                result[what] = {
                    size: {row.name: row.values() for row in grown} for size, grown in found.items()
                }
    print()
    for bar in bars:
        print(bar)
    print(f"in {time.perf_counter() - began:.0f} s")
    print(json.dumps(result | {"bars": {bar.name: [round(bar.value, 3), bar.reached] for bar in bars}}))
    return all(bar.reached for bar in bars)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument("--messages", type=int, default=45, help="for each conversation, at full speed")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second in all, for latencies")
    parser.add_argument("--no-growth", action="store_true", help="only the comparison, in a minute or two")
    asked = parser.parse_args()
    reached = asyncio.run(main(asked.conversations, asked.messages, asked.rate, grow=not asked.no_growth))
    sys.exit(0 if reached else 1)
