"""The real parts for the bot's tests, as processes: Rasa with the trained model, and the action server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bot.shop_double import KEY

ROOT = Path(__file__).resolve().parents[2]
# Only what hangs is given up so late: a part that ends is noticed at once, and a busy machine may take minutes for one.
RASA_START_S = 600
ACTIONS_START_S = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Part:
    """A process that is started, waited for and stopped. Its output goes to `log_path`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log_path: Path) -> None:
        self._arguments = [sys.executable, *arguments]
        self._environment = environment
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool], within_s: float) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments,
                cwd=ROOT,
                env=os.environ | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + within_s
        while not is_ready():
            try:
                self._process.wait(timeout=0.1)  # paces the asking, and notices an early end
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            self.stop()
            raise AssertionError(f"{self._arguments} is not ready:\n{self.log_path.read_text()[-4000:]}")

    def cpu_s(self) -> float:
        """Processor time that it has used so far, which does not grow with what else the machine does."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def call(
    method: str, url: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and decoded JSON; 0 when nobody answers. `body` is sent as it is when it is bytes, else as JSON."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")
    except (urllib.error.URLError, ConnectionError):
        return 0, {}


class Bot:
    """Rasa and the action server before a shop, and how the handoff server talks to them."""

    auth_token = "the-token-of-the-tests"

    def __init__(self, model: Path, shop_url: str, folder: Path) -> None:
        rasa_port, actions_port = free_port(), free_port()
        self.rasa_url = f"http://127.0.0.1:{rasa_port}"
        self.url = f"{self.rasa_url}/webhooks/byname"
        self.actions_url = f"http://127.0.0.1:{actions_port}"
        environment = {
            "HANDOFF_BOT_KEY": KEY,
            "HANDOFF_ACTIONS_URL": self.actions_url,
            "HANDOFF_SHOP_URL": shop_url,
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self.actions = Part(
            ["-m", "actions", "--port", str(actions_port)], environment, folder / "actions.log"
        )
        self.rasa = Part(
            [
                *("-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(rasa_port), "-m", str(model)),
                *("--endpoints", "bot/endpoints.yml", "--credentials", "bot/credentials.yml"),
                *("--enable-api", "--auth-token", self.auth_token),
            ],
            environment,
            folder / "rasa.log",
        )

    def start(self) -> None:
        self.start_actions()
        self.rasa.start(lambda: call("GET", f"{self.url}/")[0] == 200, RASA_START_S)

    def start_actions(self) -> None:
        self.actions.start(lambda: call("GET", f"{self.actions_url}/health")[0] == 200, ACTIONS_START_S)

    def stop(self) -> None:
        self.rasa.stop()
        self.actions.stop()

    def post(self, body: object, key: str | None = KEY) -> tuple[int, dict[str, Any]]:
        return call("POST", f"{self.url}/turn", body, {"Authorization": f"Bearer {key}"} if key else {})


class Customer:
    """One conversation: says something and gets the whole answer of the turn."""

    def __init__(self, bot: Bot, locale: str = "en") -> None:
        self._bot = bot
        self._locale = locale
        self.sender_id = uuid.uuid4().hex

    def says(
        self, text: str, slots: dict[str, Any] | None = None, turn_id: str | None = None
    ) -> dict[str, Any]:
        status, answer = self._bot.post(
            {
                "v": 1,
                "turn_id": turn_id or uuid.uuid4().hex,
                "sender_id": self.sender_id,
                "text": text,
                "locale": self._locale,
                "slots": slots,
            }
        )
        assert status == 200, answer
        return answer


def texts(answer: dict[str, Any]) -> str:
    return "\n".join(message["text"] for message in answer["messages"])
