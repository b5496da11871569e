"""The journey once more, by npm's `socket.io-client` 4 under Node: the contract does not depend on our own client."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from handoff.tooling.node import WEBCHAT, environ_with_node
from tests.houses import House

JOURNEY = Path(__file__).with_name("journey.mjs")
NODE_S = 60.0


async def test_journey_with_the_javascript_client(house: House) -> None:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(JOURNEY),
        house.origin,
        str(WEBCHAT),
        env=environ_with_node(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(NODE_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()

    found = json.loads(out)

    assert found == {
        "order": True,
        "burst": 200,
        "complete": True,
        "agent": "Maren Petersen",
        "noGap": True,
        "missed": ["Said meanwhile"],
        "once": True,
        "refusals": {
            "another": "conflict",
            "nothing": "bad_request",
            "unknown": "bad_request",
            "long": "too_large",
            "binary": "bad_request",
            "stale": "stale_offer",
        },
        "badToken": "unauthorized",
        "foreignOrigin": True,
    }
