"""The supervisor with real processes: what dies is started again, and nothing outlives it."""

from __future__ import annotations

import http.client
import json
import queue
import re
import shlex
import signal
import socketserver
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from handoff.tooling.places import ROOT

DEADLINE_S = 60  # far more than any of it takes, on a busy machine too; only a failure waits for it
LIVES = "import os, signal; print('pid', os.getpid()); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LIVES}"


class Product:
    """A running supervisor and what it said."""

    def __init__(self, read: bool, makefile: Path | None = None, **wanted: Any) -> None:
        command = [sys.executable, "-m", "tests.tooling.product", json.dumps(wanted)]
        if makefile is not None:  # as the project's own does it
            makefile.write_text(f"run:\n\t@exec {shlex.join(command).replace('$', '$$')}\n")
            command = ["make", "--file", str(makefile), "run"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._lives_seen: Counter[str] = Counter()
        if read:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, pattern: str) -> re.Match[str]:
        """Read on to the first line, from here, that matches."""
        while True:
            line = self._lines.get(timeout=DEADLINE_S)
            assert line is not None, f"it ended without saying {pattern!r}: {self.said}"
            self.said.append(line)
            match = re.search(pattern, line)
            if match:
                return match

    def pid_of(self, name: str) -> psutil.Process:
        """The process of a part; asked again, that of its next life. The parts may speak in any order."""
        pattern = rf"^{name}\s*\| pid (\d+)"
        told = [match for match in (re.search(pattern, line) for line in self.said) if match]
        while len(told) <= self._lives_seen[name]:
            told.append(self.until(pattern))
        self._lives_seen[name] += 1
        return psutil.Process(int(told[self._lives_seen[name] - 1].group(1)))


StartProduct = Callable[..., Product]


@pytest.fixture
def start_product() -> Iterator[StartProduct]:
    """Start a supervisor over these parts; whatever is left of it is killed after the test."""
    products: list[Product] = []

    def start(
        *parts: dict[str, Any],
        grace_s: float = DEADLINE_S,
        read: bool = True,
        control: str = "/nowhere/control.sock",
        anew: list[dict[str, Any]] | None = None,
        makefile: Path | None = None,
    ) -> Product:
        products.append(Product(read, makefile, parts=parts, grace_s=grace_s, control=control, anew=anew))
        return products[-1]

    yield start
    for product in products:
        family = []
        if product.process.poll() is None:
            family = psutil.Process(product.process.pid).children(recursive=True)
            product.process.kill()
        for process in family:
            process.kill()
        product.process.wait(DEADLINE_S)
        if product.process.stdout is not None and product.process.stdout.readable():
            product.process.stdout.close()


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Stands for the running server at its control socket. `told` is what it heard; it answers when `may_answer`."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Heard)
        self.told: queue.Queue[str] = queue.Queue()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def hears(self) -> str:
        return self.told.get(timeout=DEADLINE_S)


class _Heard(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        assert self.rfile.readline() == b"POST /api/control/bot HTTP/1.1\r\n"
        headers = http.client.parse_headers(self.rfile)
        body = json.loads(self.rfile.read(int(headers["Content-Length"])))
        self.server.told.put(body["restart"])
        self.server.may_answer.wait(DEADLINE_S)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "control.sock") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.may_answer.set()
        server.shutdown()


def part(name: str, code: str = LIVES, **more: Any) -> dict[str, Any]:
    return {"name": name, "code": code, **more}


def test_dead_part_is_started_again_and_the_others_go_on(start_product: StartProduct) -> None:
    product = start_product(part("server"), part("rasa"))
    server, rasa = product.pid_of("server"), product.pid_of("rasa")

    rasa.kill()

    product.until(r"rasa ended after .* \(SIGKILL\); starting it again in")
    assert product.pid_of("rasa").pid != rasa.pid
    assert server.is_running()


def test_dead_server_is_started_again_and_the_others_go_on(start_product: StartProduct) -> None:
    product = start_product(part("server", essential=True), part("rasa"))
    server, rasa = product.pid_of("server"), product.pid_of("rasa")

    server.kill()

    assert product.pid_of("server").pid != server.pid
    assert rasa.is_running()


def test_watched_part_that_hangs_is_ended_and_started_again(
    start_product: StartProduct, tmp_path: Path
) -> None:
    """It would hang for ever: nothing ends a program that only waits."""
    ready_file = tmp_path / "ready"
    ready_file.touch()
    product = start_product(
        part("server", ready_file=str(ready_file)), part("rasa", ready_file=str(ready_file), watched=True)
    )
    product.until("rasa is ready")  # it is watched from then on
    server, rasa = product.pid_of("server"), product.pid_of("rasa")
    rasa.suspend()
    ready_file.unlink()

    product.until("rasa has not answered for 1 s; ending it")
    rasa.wait(DEADLINE_S)
    ready_file.touch()
    assert product.pid_of("rasa").pid != rasa.pid
    assert server.is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_all_parts_and_the_supervisor(
    start_product: StartProduct, number: signal.Signals
) -> None:
    product = start_product(part("server"), part("rasa"))
    parts = [product.pid_of("server"), product.pid_of("rasa")]

    product.process.send_signal(number)

    product.until("all parts have stopped")
    assert product.process.wait(DEADLINE_S) == 0
    assert psutil.wait_procs(parts, DEADLINE_S)[1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_make_alone_stops_the_product(
    start_product: StartProduct, number: signal.Signals, tmp_path: Path
) -> None:
    """GNU make does not pass SIGINT on: it waited for a product that did not know of it."""
    product = start_product(part("server"), part("rasa"), makefile=tmp_path / "Makefile")
    parts = [product.pid_of("server"), product.pid_of("rasa")]

    product.process.send_signal(number)

    product.until("all parts have stopped")
    product.process.wait(DEADLINE_S)
    assert psutil.wait_procs(parts, DEADLINE_S)[1] == []


def test_part_that_will_not_stop_is_killed_after_the_grace(start_product: StartProduct) -> None:
    product = start_product(part("server"), part("rasa", STUBBORN), grace_s=0.1)
    stubborn = product.pid_of("rasa")

    product.process.send_signal(signal.SIGINT)

    assert product.process.wait(DEADLINE_S) == 0
    stubborn.wait(DEADLINE_S)


def test_second_signal_does_not_wait_for_the_grace(start_product: StartProduct) -> None:
    product = start_product(part("server", STUBBORN), grace_s=10 * DEADLINE_S)
    stubborn = product.pid_of("server")

    product.process.send_signal(signal.SIGINT)
    product.until("stopping all parts")
    product.process.send_signal(signal.SIGINT)

    assert product.process.wait(DEADLINE_S) == 0
    stubborn.wait(DEADLINE_S)


def test_killed_supervisor_leaves_no_orphans(start_product: StartProduct) -> None:
    product = start_product(part("server"), part("actions", STUBBORN), part("rasa"))
    parts = [product.pid_of(name) for name in ("server", "actions", "rasa")]

    product.process.kill()

    assert psutil.wait_procs(parts, DEADLINE_S)[1] == []


def test_children_of_a_dead_part_do_not_outlive_it(start_product: StartProduct) -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {LIVES!r}]).wait()"
    product = start_product(part("server", code))
    grandchild = product.pid_of("server")
    parent = grandchild.parent()
    assert parent is not None

    parent.kill()

    grandchild.wait(DEADLINE_S)


def test_first_part_has_the_machine_for_itself_until_it_is_ready(
    start_product: StartProduct, tmp_path: Path
) -> None:
    ready_file = tmp_path / "ready"
    product = start_product(part("server", ready_file=str(ready_file)), part("rasa"))
    product.pid_of("server")
    assert len(psutil.Process(product.process.pid).children()) == 1

    ready_file.touch()

    product.until("server is ready")
    product.pid_of("rasa")


def test_refused_settings_of_the_server_end_everything(start_product: StartProduct, tmp_path: Path) -> None:
    """Starting it again would give the same answer, and the reason would scroll away."""
    refuses = "import sys; print('HANDOFF_PORT is wrong'); sys.exit(2)"
    never = str(tmp_path / "never")

    product = start_product(part("server", refuses, essential=True, ready_file=never), part("rasa"))

    product.until("HANDOFF_PORT is wrong")
    product.until("refused its settings")
    assert product.process.wait(DEADLINE_S) == 2


def test_part_that_cannot_be_started_does_not_hold_up_the_others(start_product: StartProduct) -> None:
    product = start_product(part("server", "raise SystemExit(2)"), part("rasa"))

    rasa = product.pid_of("rasa")

    product.until(r"server ended after .* \(exit code 2\)")
    product.until(r"server ended after .* \(exit code 2\)")
    assert rasa.is_running()


def test_parts_do_not_wait_for_somebody_to_read_their_output(
    start_product: StartProduct, tmp_path: Path
) -> None:
    """A pipe that nobody reads fills up after 64 KiB; a part that waited for it would serve nobody."""
    fifo = tmp_path / "done"
    done = subprocess.Popen(
        ["sh", "-c", f"mkfifo {fifo} && echo made && cat {fifo}"], stdout=subprocess.PIPE, text=True
    )
    assert done.stdout is not None
    assert done.stdout.readline() == "made\n"
    talks = (
        f"print('x' * 4096 * 1024); print('y\\n' * 20000); open({str(fifo)!r}, 'w').write('went on'); {LIVES}"
    )

    start_product(part("server", talks), read=False)

    try:
        output, _ = done.communicate(timeout=DEADLINE_S)
    finally:
        done.kill()
    assert output == "went on"


def test_every_line_of_a_part_is_marked_with_its_name(start_product: StartProduct) -> None:
    code = f"import sys; print('one'); print('two', file=sys.stderr); sys.stdout.buffer.write(b'\\xff odd\\n'); {LIVES}"
    product = start_product(part("rasa", code))

    assert product.until("one").string == "rasa    | one"
    assert product.until("two").string == "rasa    | two"


def test_start_of_the_assistant_is_announced_and_its_end_too(
    start_product: StartProduct, control: Server, tmp_path: Path
) -> None:
    loaded = tmp_path / "loaded"
    rasa = part("rasa", ready_file=str(loaded), announced=True)
    product = start_product(part("server"), rasa, control=str(tmp_path / "control.sock"))
    product.pid_of("rasa")
    assert control.hears() == "begins"
    assert control.told.empty()

    loaded.touch()

    product.until("rasa is ready")
    assert control.hears() == "ends"


def test_crash_of_the_assistant_is_announced_by_nobody(
    start_product: StartProduct, control: Server, tmp_path: Path
) -> None:
    product = start_product(
        part("server"), part("rasa", announced=True), control=str(tmp_path / "control.sock")
    )
    assert [control.hears(), control.hears()] == ["begins", "ends"]

    product.pid_of("rasa").kill()

    product.until("rasa ended after")
    product.until("rasa is ready")
    assert control.told.empty()


def test_assistant_that_dies_while_it_is_started_ends_the_waiting(
    start_product: StartProduct, control: Server, tmp_path: Path
) -> None:
    never = str(tmp_path / "never")
    dies = part("rasa", "raise SystemExit(1)", ready_file=never, announced=True)
    start_product(part("server"), dies, control=str(tmp_path / "control.sock"))

    assert [control.hears(), control.hears()] == ["begins", "ends"]


def test_server_that_died_while_the_assistant_starts_is_told_again(
    start_product: StartProduct, control: Server, tmp_path: Path
) -> None:
    never = str(tmp_path / "never")
    product = start_product(
        part("server"),
        part("rasa", ready_file=never, announced=True),
        control=str(tmp_path / "control.sock"),
    )
    assert control.hears() == "begins"

    product.pid_of("server").kill()

    assert control.hears() == "begins"


def test_assistant_is_started_anew_when_nobody_waits_for_it_any_more(
    start_product: StartProduct, control: Server, tmp_path: Path
) -> None:
    new = f"print('the new model'); {LIVES}"
    product = start_product(
        part("server"),
        part("rasa", announced=True),
        control=str(tmp_path / "control.sock"),
        anew=[part("rasa", new, announced=True)],
    )
    server, rasa = product.pid_of("server"), product.pid_of("rasa")
    assert [control.hears(), control.hears()] == ["begins", "ends"]
    control.may_answer.clear()

    product.process.send_signal(signal.SIGUSR1)

    product.until("starting the assistant again")
    assert control.hears() == "begins"
    assert rasa.is_running()  # a turn is under way, and is finished first
    control.may_answer.set()
    product.until("the new model")
    assert control.hears() == "ends"
    rasa.wait(DEADLINE_S)
    assert server.is_running()
    product.pid_of("rasa").kill()
    product.until("rasa ended after")
    product.until("the new model")
    assert control.told.empty()


def test_stubborn_assistant_is_started_anew_all_the_same(start_product: StartProduct) -> None:
    product = start_product(part("server"), part("rasa", STUBBORN), anew=[part("rasa")])
    rasa = product.pid_of("rasa")

    product.process.send_signal(signal.SIGUSR1)

    rasa.wait(DEADLINE_S)
    assert product.pid_of("rasa").pid != rasa.pid


def test_reload_without_anything_new_says_so_and_changes_nothing(start_product: StartProduct) -> None:
    product = start_product(part("server"), part("rasa"))
    rasa = product.pid_of("rasa")

    product.process.send_signal(signal.SIGUSR1)

    product.until("nothing is started again: nothing new is here")
    assert rasa.is_running()
