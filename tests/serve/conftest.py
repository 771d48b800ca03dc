"""A small model that says anything, with a tokenizer of ours."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import uvicorn

from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.serve.app import create_app
from scratchwork.serve.codec import OwnCodec
from scratchwork.serve.door import Rules
from scratchwork.serve.house import Defaults, House, Served
from scratchwork.serve.scheduler import Desk
from tests.models import model_of


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.train([f"Try {a}+{b}={a + b}. Wait, no." for a in range(9) for b in range(9)], 300)


@pytest.fixture(scope="session")
def model(tokenizer: Tokenizer) -> Transformer:
    return model_of(
        "llama",
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        intermediate_size=48,
        max_position_embeddings=256,
    )


class LiveServer:
    """A server on loopback, in a thread."""

    def __init__(self, house: House, rules: Rules, page: Path | None = None) -> None:
        self.app = create_app(house, rules, page)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="warning"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    def __enter__(self) -> LiveServer:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


@pytest.fixture(scope="session")
def house(model: Transformer, tokenizer: Tokenizer) -> House:
    """A thinking model and one that answers at once."""
    defaults = Defaults(max_tokens=60)
    served = [
        Served("thinker", "thinking", OwnCodec(tokenizer, thinks=True), Desk(model, 16, 256, 64), defaults),
        Served("fast", "sft", OwnCodec(tokenizer, thinks=False), Desk(model, 16, 256, 64), defaults),
    ]
    return House({one.name: one for one in served})


@pytest.fixture(scope="session")
def live(house: House) -> Iterator[LiveServer]:
    with LiveServer(house, Rules()) as server:
        yield server
