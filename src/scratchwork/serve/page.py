"""The pages, as files: what a build left behind, read once and served from memory, so that no path leads anywhere else.

A wheel carries the built page inside the package; a checkout has it in web/dist after `make page`.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from scratchwork.built import PLACES
from scratchwork.files import file_errors

# Word for word what web/build/policy.ts says, and what a meta tag cannot say.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
    "frame-ancestors 'none'"
)
SAFE = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
# Named here, for what a machine believes about endings is anyone's guess.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
NONE_BUILT = """<!doctype html>
<html lang="en">
<title>Scratchwork</title>
<h1>The page is not built</h1>
<p>The server runs: any OpenAI client can talk to it at <code>/v1</code>. To have the page as well, run
<code>make page</code> in a checkout of Scratchwork and start the server again.</p>
"""

HOMES = {"chat": ("/", "index.html"), "watch": ("/watch", "watch.html")}  # of each page: its path, and its file

Endpoint = Callable[[Request], Awaitable[Response]]


def find_page() -> Path | None:
    """The folder of the built page, if there is one."""
    return next((place for place in PLACES if (place / "index.html").is_file()), None)


def add_page(app: FastAPI, folder: Path | None, pages: Sequence[str] = ("chat",)) -> None:
    """Serve these pages at their homes and each file at its name; / leads on to the first page that has another home.
    No `folder`: the homes say how to build one.

    Every file has a route of its own, so that all other paths stay what they are without a page.
    """
    files = read_files(folder) if folder else {}
    homes = {path: files.get(name) for path, name in map(HOMES.__getitem__, pages)}
    for path, home in homes.items():
        app.add_route(path, endpoint(*home) if home else nothing_built(), ["GET", "HEAD"], include_in_schema=False)
    if "/" not in homes:
        app.add_route("/", leading_on(next(iter(homes))), ["GET", "HEAD"], include_in_schema=False)
    for name, (content, headers) in files.items():
        app.add_route(f"/{name}", endpoint(content, headers), ["GET", "HEAD"], include_in_schema=False)


def read_files(folder: Path) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Every file with its headers, by its path within the folder. Hidden files and links are no part of a page."""
    with file_errors(folder, "read"):
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        return {
            name: (path.read_bytes(), {"Content-Type": kind(name), "Cache-Control": cache(name), **SAFE})
            for name, path in names.items()
            if not any(part.startswith(".") for part in name.split("/"))
        }


def kind(name: str) -> str:
    """
    >>> kind("assets/chat-1a2b.js"), kind("what")
    ('text/javascript; charset=utf-8', 'application/octet-stream')
    """
    return TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def cache(name: str) -> str:
    """What stands in assets/ has a hash of its content in its name; all else may be another thing tomorrow.

    >>> cache("index.html"), cache("icon.svg")
    ('no-store', 'no-cache')
    """
    if name.startswith("assets/"):
        return "public, max-age=31536000, immutable"
    return "no-store" if name.endswith(".html") else "no-cache"


def endpoint(content: bytes, headers: dict[str, str], status: int = 200) -> Endpoint:
    async def serve(request: Request) -> Response:
        return Response(content, status, headers)

    return serve


def leading_on(path: str) -> Endpoint:
    """To a page beside this one, whatever prefix a proxy has put before both."""

    async def lead(request: Request) -> Response:
        return RedirectResponse(f".{path}", headers=SAFE)

    return lead


def nothing_built() -> Endpoint:
    headers = {"Content-Type": TYPES[".html"], "Cache-Control": "no-store", **SAFE}
    return endpoint(NONE_BUILT.encode(), headers, 404)
