"""A life from the first request to the last: uvicorn, which on SIGTERM lets answers under way end, up to a bound.

Those that have not ended by then are cut off as if by the time limit: whole events, a `finish_reason`, `[DONE]`.
"""

from __future__ import annotations

import asyncio
import socket
from math import ceil
from types import FrameType

import uvicorn
from fastapi import FastAPI

from scratchwork.errors import UserError


class Quiet(uvicorn.Server):
    """A server that keeps no log of who asked what, and to which being asked to stop is no failure."""

    def __init__(self, app: FastAPI, grace: int = 2) -> None:
        config = uvicorn.Config(
            app,
            access_log=False,  # nobody's addresses, and no paths
            log_level="warning",
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=grace,
        )
        super().__init__(config)
        self.app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # uvicorn would raise them again at the end


class Server(Quiet):
    """Asked to stop, it takes no more requests at once, and waits for those under way as long as the house says."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app, ceil(app.state.board.house.drain) + 2)  # streams end first, each with a word

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        board = self.app.state.board
        asyncio.get_running_loop().call_later(board.house.drain, board.end_all)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.state.board.draining = True
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UserError when the address is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise UserError(f"cannot listen at {host}, port {port} ({error.strerror}); choose another --port") from error


def is_loopback(host: str) -> bool:
    """
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    return host in ("localhost", "::1") or host.startswith("127.")
