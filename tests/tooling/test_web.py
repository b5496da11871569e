"""The web pages are built when their sources changed, by a Node that is new enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.tooling import browser, node, web
from handoff.tooling.certificates import with_system_certificates
from handoff.tooling.terminal import ToolingError
from tests.tooling.conftest import MakeProgram

WORKING_NPM = """
echo "$*" >> ../npm.log
case "$1" in
  ci) mkdir -p node_modules ;;
  run) mkdir -p dist ;;
esac
"""


@pytest.fixture
def webchat(tmp_path: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources, and a Node with an npm that writes down what it was asked."""
    folder = tmp_path / "webchat"
    (folder / "src").mkdir(parents=True)
    (folder / "src/main.ts").write_text("1", encoding="utf-8")
    (folder / "package-lock.json").write_text("{}", encoding="utf-8")
    make_program("node/node", "echo v24.1.0")
    make_program("node/npm", WORKING_NPM)
    monkeypatch.setenv("PATH", f"{tmp_path / 'node'}:/bin:/usr/bin")
    monkeypatch.setattr(web, "WEBCHAT", folder)
    monkeypatch.setattr(web, "BUILT", folder / "dist/.built")
    monkeypatch.setattr(web, "INSTALLED", folder / "node_modules/.installed")
    monkeypatch.setattr(web, "LOCKS", tmp_path / "locks")
    return folder


def asked(webchat: Path) -> list[str]:
    return (webchat.parent / "npm.log").read_text().splitlines()


def test_unchanged_sources_are_built_once(webchat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web.build()
    monkeypatch.setenv("PATH", "")  # with nothing to run, nothing can be run
    web.build()

    assert asked(webchat) == ["ci", "run build"]


def test_changed_source_is_built_with_the_packages_that_are_there(webchat: Path) -> None:
    web.build()
    (webchat / "src/main.ts").write_text("2", encoding="utf-8")

    web.build()

    assert asked(webchat) == ["ci", "run build", "run build"]


def test_changed_lock_installs_packages_anew(webchat: Path) -> None:
    web.packages()
    (webchat / "package-lock.json").write_text('{"a": 1}', encoding="utf-8")

    web.packages()

    assert asked(webchat) == ["ci", "ci"]


def test_removed_pages_are_built_again(webchat: Path) -> None:
    web.build()
    (webchat / "dist/.built").unlink()
    (webchat / "dist").rmdir()

    web.build()

    assert asked(webchat) == ["ci", "run build", "run build"]


def test_failed_build_is_tried_again_next_time(webchat: Path, make_program: MakeProgram) -> None:
    make_program("node/npm", 'echo "$*" >> ../npm.log; mkdir -p node_modules; test "$1" = ci')
    for _ in range(2):
        with pytest.raises(ToolingError, match="Building the web pages failed"):
            web.build()

    assert asked(webchat) == ["ci", "run build", "run build"]


def test_node_that_is_too_old_or_fails_is_passed_over(make_program: MakeProgram, tmp_path: Path) -> None:
    for folder, script in (("old", "echo v20.20.2"), ("broken", "exit 1"), ("new", "echo v22.0.0")):
        make_program(f"{folder}/node", script)
        make_program(f"{folder}/npm", "")
    path = ":".join(str(tmp_path / folder) for folder in ("old", "broken", "new"))

    environ = node.environ_with_node({"PATH": path})

    assert environ["PATH"].split(":")[0] == str(tmp_path / "new")
    assert node.npm(environ) == str(tmp_path / "new/npm")


def test_browser_stub_that_does_not_run_is_passed_over(make_program: MakeProgram, tmp_path: Path) -> None:
    """On Ubuntu `chromium-browser` is a script that asks for a snap."""
    make_program("bin/chromium", 'echo "requires the chromium snap" >&2; exit 1')
    make_program("bin/chromium-browser", "echo install the snap")
    real = make_program("bin/google-chrome", "echo Google Chrome 150.0")

    assert browser.find({"PATH": str(tmp_path / "bin")}) == str(real)


def test_chosen_browser_that_does_not_run_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ToolingError, match="BYNAME_CHROMIUM is set to"):
        browser.find({"PATH": "", "BYNAME_CHROMIUM": str(tmp_path / "nothing")})


def test_packages_are_fetched_from_whom_the_machine_trusts(tmp_path: Path) -> None:
    store = tmp_path / "authorities.crt"
    store.touch()

    environ = with_system_certificates({"SSL_CERT_FILE": "/own.crt"}, stores=("/nowhere", str(store)))

    assert environ == {"SSL_CERT_FILE": "/own.crt", "NODE_EXTRA_CA_CERTS": str(store)}
