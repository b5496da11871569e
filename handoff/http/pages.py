"""The built web pages: widget, console, trainer. Static files with strict headers, nothing rendered here."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from handoff.service.desk_file import DeskFile

_POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)
_NO_STORE = "no-cache"  # pages are looked at anew, their assets carry a hash and are kept
_KEPT = "public, max-age=31536000, immutable"


class Pages:
    """Serves `<built>/{widget,console,trainer}`. Raises at start if the pages were not built."""

    def __init__(self, built: Path, desk_file: DeskFile) -> None:
        self._built = built
        self._desk_file = desk_file

    def missing(self) -> list[str]:
        """Pages that were not built, by name."""
        needed = ("widget/index.html", "widget/loader.js", "console/index.html", "trainer/index.html")
        return [name for name in needed if not (self._built / name).is_file()]

    def routes(self) -> list[web.AbstractRouteDef]:
        routes: list[web.AbstractRouteDef] = [
            web.get("/widget/loader.js", self.loader),
            web.get("/widget/", self.widget),
        ]
        for name in ("console", "trainer"):
            routes += [web.get(f"/{name}", self.with_slash), web.get(f"/{name}/", self.page)]
        for name in ("widget", "console", "trainer"):
            folder = self._built / name / "assets"
            if folder.is_dir():
                routes.append(web.static(f"/{name}/assets", folder))
        return routes

    async def loader(self, _request: web.Request) -> web.StreamResponse:
        return self._file("widget/loader.js", headers={"Cache-Control": "public, max-age=300"})

    async def widget(self, request: web.Request) -> web.StreamResponse:
        """The iframe's page. Which sites may embed it is said to the browser, per site."""
        site = self._desk_file.config.site(request.query.get("site"))
        origins = " ".join(site.allowed_origins) if site is not None else ""
        return self._page("widget", f"'self' {origins}".strip() if site is not None else "'none'")

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self._page(request.path.strip("/"), "'none'")

    async def with_slash(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(f"{request.path}/")

    def _page(self, name: str, ancestors: str) -> web.StreamResponse:
        headers = {
            "Content-Security-Policy": _POLICY.format(ancestors=ancestors),
            "Cache-Control": _NO_STORE,
        }
        return self._file(f"{name}/index.html", headers=headers)

    def _file(self, name: str, *, headers: dict[str, str]) -> web.StreamResponse:
        path = self._built / name
        if not path.is_file():
            raise web.HTTPNotFound(text="This page was not built: run `make setup`.\n")
        return web.FileResponse(path, headers=headers)


async def add_safe_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer; a signal of the application."""
    response.headers["Server"] = "byname"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if "/assets/" in request.path and response.status == 200:
        response.headers["Cache-Control"] = _KEPT
