"""Whatever goes wrong in an application, the client reads OpenAI's error object."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from scratchwork.errors import UserError
from scratchwork.serve.refusals import Refusal


def shape_errors(app: FastAPI) -> None:
    """Have the app tell every error in that one shape."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        return JSONResponse(error.body(), error.status, error.headers())

    @app.exception_handler(UserError)
    async def mistaken(request: Request, error: UserError) -> Response:
        return await refused(request, Refusal(str(error)))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        refusal = Refusal(f"{request.method} {request.scope['path']}: {error.detail}", status=error.status_code)
        return JSONResponse(refusal.body(), refusal.status, {**refusal.headers(), **(error.headers or {})})

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return await refused(request, Refusal("the server failed; its log says why", status=500))
