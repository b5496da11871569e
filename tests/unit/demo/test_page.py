"""The demo page's routes over a real HTTP server."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from handoff.demo.page import demo_routes


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Nordlicht</h1>", encoding="utf-8")
    (folder / "assets" / "demo.css").write_text("h1 { color: teal }", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


async def fetch(pages: Path, path: str) -> tuple[int, str, dict[str, str]]:
    app = web.Application()
    app.add_routes(demo_routes(pages))
    async with TestClient(TestServer(app)) as client, client.get(path) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def test_the_page_is_served_with_a_strict_content_policy(pages: Path) -> None:
    status, text, headers = await fetch(pages, "/")
    assert (status, text) == (200, "<h1>Nordlicht</h1>")
    assert headers["Content-Type"] == "text/html"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")


async def test_assets_are_served_with_their_type(pages: Path) -> None:
    status, _, headers = await fetch(pages, "/demo/assets/demo.css")
    assert (status, headers["Content-Type"]) == (200, "text/css")


@pytest.mark.parametrize(
    "path",
    [
        "/demo/assets/none.css",
        "/demo/assets/..%2findex.html",
        "/demo/assets/..%2f..%2fsecret.txt",
        "/demo/assets/link.txt",
        "/demo/assets/%2fetc%2fpasswd",
    ],
)
async def test_nothing_outside_the_assets_is_served(pages: Path, path: str) -> None:
    status, text, _ = await fetch(pages, path)
    assert status == 404
    assert "secret" not in text
