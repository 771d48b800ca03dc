"""The server for one process: on loopback, at a port of its own, behind a key that nobody else is told."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from scratchwork.errors import UserError
from scratchwork.serve.app import create_app
from scratchwork.serve.door import Rules
from scratchwork.serve.house import House
from scratchwork.serve.server import Server, listen

HOST = "127.0.0.1"


@contextmanager
def embedded(house: House) -> Iterator[tuple[str, str]]:
    """The address, `/v1` included, and the key of a server for as long as the context lasts."""
    key = secrets.token_hex(24)
    with listen(HOST, 0) as door:
        server = Server(create_app(house, Rules(keys=(key,))))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise UserError("the server inside this process did not start; its log says why")
            thread.join(0.01)
        try:
            yield f"http://{HOST}:{door.getsockname()[1]}/v1", key
        finally:
            server.should_exit = True
            thread.join(house.drain + 3)
