"""The routes of the page that watches runs, and a server that has nothing else. No model is loaded, nothing is written.

All questions have one route: the desk takes paths apart, for in the names of runs and problems any character may stand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request
from starlette.responses import Response

import scratchwork
from scratchwork.serve.door import Door, Rules
from scratchwork.serve.page import add_page
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.shaping import shape_errors
from scratchwork.watch.desk import Desk
from scratchwork.watch.plain import to_json
from scratchwork.watch.sources import NotHere

ROOT = "/v1/watch/"


def create_watch_app(desk: Desk, rules: Rules, page: Path | None = None) -> FastAPI:
    """Serve what `desk` answers under `rules`, with the page that was built into the folder `page`."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(desk.close)

    app = FastAPI(title="Scratchwork", version=scratchwork.__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.add_middleware(Door, rules=rules)
    shape_errors(app)
    add_watch(app, desk)
    add_page(app, page, ("watch",))

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/version")
    async def version() -> dict[str, Any]:
        return {"version": scratchwork.__version__, "pages": ["watch"]}

    return app


def add_watch(app: FastAPI, desk: Desk) -> None:
    """Everything under /v1/watch."""

    async def answer(request: Request) -> Response:
        query = request.query_params
        if len(query) < len(query.multi_items()):
            raise Refusal("a field stands twice in the query; give it once")
        try:
            told = await asyncio.to_thread(lambda: to_json(desk.answer(parts_of(request), dict(query))))
        except NotHere as error:
            raise Refusal(str(error), status=404) from error
        return Response(told, media_type="application/json", headers={"Cache-Control": "no-store"})

    app.add_route(ROOT + "{rest:path}", answer, ["GET"], include_in_schema=False)


def parts_of(request: Request) -> tuple[str, ...]:
    """The parts of the path below ROOT. A server gives the path as it was sent, where %2F is no slash."""
    raw = request.scope.get("raw_path")
    sent = raw.decode("latin-1") if isinstance(raw, bytes) and ROOT.encode() in raw else None
    if sent is None:
        return tuple(request.path_params["rest"].split("/"))
    return tuple(unquote(part, errors="replace") for part in sent.partition(ROOT)[2].partition("?")[0].split("/"))
