"""The demo page at `/` with its assets: files as they are, nothing computed."""

from pathlib import Path

from aiohttp import web

PAGES = Path(__file__).parent / "pages"

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked again each time, answered 304: a rebuilt page shows at once
}


def demo_routes(pages: Path = PAGES) -> list[web.RouteDef]:
    """Routes for the demo page: `pages/index.html` at `/`, `pages/assets/` under `/demo/assets/`."""
    assets = (pages / "assets").resolve()

    async def page(_request: web.Request) -> web.FileResponse:
        return _file(pages / "index.html")

    async def asset(request: web.Request) -> web.FileResponse:
        path = (assets / request.match_info["path"]).resolve()
        if not path.is_relative_to(assets):
            raise web.HTTPNotFound
        return _file(path)

    return [web.get("/", page), web.get("/demo/assets/{path:.+}", asset)]


def _file(path: Path) -> web.FileResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_HEADERS)
