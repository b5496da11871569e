"""`make run`: starts the parts, people first, keeps them running, and stops them together.

What is said at the terminal is here; what a part is, is in `parts`; how one is kept, in `keeper`.
"""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from typing import Callable, Sequence

from handoff.tooling import model, parent, parts
from handoff.tooling.announcer import Announcer, control_path
from handoff.tooling.console import Console
from handoff.tooling.keeper import Keeper, Part
from handoff.tooling.parts import Instance
from handoff.tooling.places import ROOT
from handoff.tooling.reload import only_one
from handoff.tooling.terminal import ToolingError, main_guard

HEAD_START_S = 10  # the first part has the machine for itself until it is ready, or this long
GRACE_S = 10  # for a part to finish what it is doing after it was asked to stop
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEMO_ACCOUNTS = (
    "agent1@demo.example",
    "agent2@demo.example",
    "supervisor@demo.example",
    "trainer@demo.example",
)
DEMO_PASSWORD = "demo-only"


async def keep_running(
    first: Part,
    others: Sequence[Part],
    console: Console,
    on_ready: Callable[[Part, float], None],
    announcer: Announcer,
    anew: Callable[[], Sequence[Part]],
) -> int:
    """Run the parts until a signal says stop: 0 then, or 2 when an essential part refused its settings.

    `SIGUSR1` starts the others again, as `anew` gives them; a `ToolingError` of it is said, and changes nothing.
    """

    def ready(part: Part, after_s: float) -> None:
        on_ready(part, after_s)
        if part.announced:
            announcer.ends()
        elif part.name == first.name and announcer.under_way:
            announcer.begins()  # it died meanwhile, and knows nothing of the restart

    def ended(part: Part) -> None:
        if part.announced:
            announcer.ends()

    async def reload() -> None:
        try:
            parts_anew = anew()
        except ToolingError as error:
            console.say(f"nothing is started again: {error}")
            return
        console.say("starting the assistant again ...")
        await asyncio.wait([announcer.begins()])
        for keeper, part in zip(keepers[1:], parts_anew):
            keeper.restart(part)

    keepers = [Keeper(part, console, ready, ended) for part in (first, *others)]
    stop = asyncio.Event()
    reloads: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    def asked_to_reload() -> None:
        reloads[:] = [task for task in reloads if not task.done()]
        if not reloads and len(running) > 1:
            reloads.append(asyncio.ensure_future(reload()))

    def asked() -> None:
        if stop.is_set():  # asked twice: no more patience
            for keeper in keepers:
                keeper.kill()
        stop.set()

    for number in STOP_SIGNALS:
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # started under nohup: meant to outlive its terminal
        loop.add_signal_handler(number, asked)
    loop.add_signal_handler(signal.SIGUSR1, asked_to_reload)
    stopped = asyncio.create_task(stop.wait(), name="stop asked for")
    through_make = asyncio.create_task(parent.interrupted(), name="make interrupted")
    through_make.add_done_callback(lambda _task: stop.set())
    leading = asyncio.create_task(keepers[0].run(), name=f"keeper of {first.name}")
    running = [leading]
    is_ready = asyncio.create_task(keepers[0].ready.wait(), name=f"{first.name} ready")
    await asyncio.wait(
        [stopped, leading, is_ready], timeout=HEAD_START_S, return_when=asyncio.FIRST_COMPLETED
    )
    is_ready.cancel()
    if not stop.is_set() and not leading.done():
        if any(part.announced for part in others):
            announcer.begins()
        for keeper, part in zip(keepers[1:], others):
            running.append(asyncio.create_task(keeper.run(), name=f"keeper of {part.name}"))
    await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
    console.say("stopping all parts ...")
    through_make.cancel()
    for task in reloads:
        task.cancel()
    await announcer.close()
    for keeper in keepers:
        keeper.stop()
    _, alive = await asyncio.wait(running, timeout=GRACE_S)
    for keeper in keepers:
        keeper.kill()
    if alive:
        await asyncio.wait(alive)
    stopped.cancel()
    refused = any(keeper.refused for keeper in keepers)
    console.say("a part refused its settings, see above" if refused else "all parts have stopped")
    for task in running:
        task.result()  # a bug in a keeper is not swallowed
    return 2 if refused else 0


def welcome(instance: Instance) -> str:
    """What to say when people are served: where everything is, and how to log in."""
    address = instance.address
    lines = ["", "Byname is open."]
    if instance.demo:
        lines.append(f"  customers  {address}/   (the demo shop, with the chat at its corner)")
    lines.append(f"  agents     {address}/console/")
    if (ROOT / "webchat/dist/trainer/index.html").is_file():
        lines.append(f"  trainers   {address}/trainer/")
    if instance.demo:
        lines.append(f"  Demo accounts, all with the password {DEMO_PASSWORD}:")
        lines.extend(f"    {account}" for account in DEMO_ACCOUNTS)
    lines.append(
        "  The assistant is still loading. Questions wait a moment for it; people can be reached already."
    )
    lines.append("  Ctrl-C stops everything.")
    return "\n".join([*lines, ""])


def bot_anew(instance: Instance) -> list[Part]:
    """The bot's parts with the model in service, else that for the present data. Raises `ToolingError` without one."""
    model_file = model.in_service(instance.data_dir) or model.model_path()
    if not model_file.is_file():
        raise ToolingError("No trained model is here for the present data: run make train first.")
    return parts.bot_parts(instance, model_file)


async def _main(instance: Instance) -> int:
    console = Console()
    welcomed = False

    def on_ready(part: Part, after_s: float) -> None:
        nonlocal welcomed
        console.say(f"{part.name} is ready after {after_s:.1f} s")
        if part.name == "server" and not welcomed:
            welcomed = True
            console.say(welcome(instance))

    try:
        server = parts.server_part(instance)
        bot = bot_anew(instance)
        announcer = Announcer(control_path(instance.data_dir))
        return await keep_running(server, bot, console, on_ready, announcer, partial(bot_anew, instance))
    finally:
        console.close()


def main() -> int:
    instance = parts.read_instance(os.environ)
    bot_anew(instance)
    parts.check_ports(instance)
    with only_one(instance.data_dir):
        return asyncio.run(_main(instance))


if __name__ == "__main__":
    main_guard(main)
