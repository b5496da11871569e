"""The server is killed between writing a notice and delivering it: it goes out after the next start, by its old id."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from tests.clients import Customer
from tests.faults.server import ServerProcess
from tests.receivers import happens, hook, hook_settings, mail_box


async def test_notice_written_before_a_kill_is_delivered_after_the_start(tmp_path: Path) -> None:
    async with mail_box() as box, hook() as receiver:
        receiver.mood = box.mood = "hangs"
        settings = hook_settings(receiver) | {"smtp_url": box.url, "notice_digest_s": "0"}
        environment = {f"HANDOFF_{name.upper()}": value for name, value in settings.items()}
        server = ServerProcess(tmp_path / "data", tmp_path / "log", environment)
        await server.start()
        try:
            async with aiohttp.ClientSession() as http:
                customer = await Customer.begin(server.origin, http, locale="en")
                await customer.connect()
                handoff = await customer.want_person()
                tried = await receiver.is_tried()
                await happens(lambda: box.tries, "a mail under way")
                await customer.hang_up()
            server.kill()
            receiver.mood = box.mood = "takes"

            await server.start()

            posted = await receiver.gets()
            mail = await box.gets()
        finally:
            server.stop()
        assert posted.id == tried.id
        assert posted.genuine
        assert posted.body["data"]["reference"] == handoff["reference"]
        assert tried.id in str(mail["Byname-Notices"]).split()
