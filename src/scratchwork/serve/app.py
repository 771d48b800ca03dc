"""The application: routes, errors in one shape, and a life from start to drain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import scratchwork
from scratchwork.serve import completions, responses
from scratchwork.serve.answering import Answering, Switchboard
from scratchwork.serve.chat import ChatReply, new_id, understand
from scratchwork.serve.door import Door, Rules
from scratchwork.serve.house import House
from scratchwork.serve.openapi import add_openapi
from scratchwork.serve.page import add_page
from scratchwork.serve.problems import add_problems
from scratchwork.serve.question import Question
from scratchwork.serve.reading import read
from scratchwork.serve.refusals import Refusal
from scratchwork.serve.routing import decide
from scratchwork.serve.shaping import shape_errors
from scratchwork.serve.watching import add_watch
from scratchwork.serve.wire import Asking, ChatRequest, CompletionRequest, ControlRequest, ResponsesRequest
from scratchwork.watch.desk import Desk

PING = 15  # seconds of silence after which a comment goes out, so that proxies and clients keep the line
DEAF = 60  # seconds after which one who takes nothing of what is sent is hung up on
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
T = TypeVar("T")


def create_app(house: House, rules: Rules, page: Path | None = None, desk: Desk | None = None) -> FastAPI:
    """Serve `house` under `rules`, with the page that was built into the folder `page`; runs are watched at `desk`."""
    board = Switchboard(house)
    pages = ("chat", "watch") if desk else ("chat",)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        board.start()
        yield
        board.draining = True
        board.scheduler.close()
        if desk:
            await asyncio.to_thread(desk.close)

    app = FastAPI(title="Scratchwork", version=scratchwork.__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.state.board = board
    app.add_middleware(Door, rules=rules)
    shape_errors(app)
    add_chat(app, board)
    add_listing(app, board, pages)
    add_problems(app)
    if desk:
        add_watch(app, desk)
    add_page(app, page, pages)
    add_openapi(app, house, rules)
    return app


class Reply(Protocol):
    """What every way of asking ends in."""

    @property
    def asking(self) -> Asking: ...

    async def whole(self) -> dict[str, Any]: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


async def answer(
    request: Request, board: Switchboard, question: Question, kind: str, make: Callable[[Answering], Reply]
) -> Response:
    """The reply as events, or in one piece when someone is still there to read it."""
    client, name = request.scope["client_key"], new_id(kind)
    answering = await unless_gone(request, decide(board, question, client, name))
    if answering is None:
        return Response(status_code=499)
    if route := answering.question.route:
        board.metrics.routes.labels(route.to, route.reason).inc()
    reply = make(answering)
    if reply.asking.stream:
        grace = board.house.drain + 1  # by then all have been told their end
        return Stream(reply.chunks(), ping=PING, headers=STREAM, shutdown_grace_period=grace, send_timeout=DEAF)
    whole = await unless_gone(request, reply.whole())
    return JSONResponse(whole) if whole is not None else Response(status_code=499)


class Stream(EventSourceResponse):
    """Events, for as long as someone reads them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives, or None when the client hangs up before: a reply in one piece has no one to send it to."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(hangs_up(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def hangs_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def add_chat(app: FastAPI, board: Switchboard) -> None:
    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        asking = await read(request, ChatRequest)
        question = await asyncio.to_thread(understand, asking, board)  # long texts are encoded beside the loop
        return await answer(request, board, question, "chatcmpl", partial(ChatReply, asking))

    @app.post("/v1/completions")
    async def complete(request: Request) -> Response:
        asking = await read(request, CompletionRequest)
        question = await asyncio.to_thread(completions.understand, asking, board)
        return await answer(request, board, question, "cmpl", partial(completions.CompletionReply, asking))

    @app.post("/v1/responses")
    async def respond(request: Request) -> Response:
        asking = await read(request, ResponsesRequest)
        question = await asyncio.to_thread(responses.understand, asking, board)
        return await answer(request, board, question, "resp", partial(responses.ResponsesReply, asking))

    @app.post("/v1/chat/completions/control")
    async def control(request: Request) -> dict[str, Any]:
        asked = await read(request, ControlRequest)
        return {"id": asked.id, "ended": board.end_thinking(asked.id, request.scope["client_key"])}


def add_listing(app: FastAPI, board: Switchboard, pages: Sequence[str]) -> None:
    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": board.house.cards()}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        return board.house.find(name).card(board.house.visibility)

    @app.get("/health")
    async def health() -> Response:
        if board.draining:
            raise Refusal("shutting down", status=503, retry_after=5)
        return JSONResponse({"status": "ok"})

    @app.get("/metrics")
    async def metrics() -> Response:
        text, kind = board.metrics.text()
        return Response(text, media_type=kind)

    @app.get("/version")
    async def version() -> dict[str, Any]:
        return {"version": scratchwork.__version__, "pages": pages}
