"""Visitors of a served model: they ask, read the answer as it comes, leave in the middle of it, or end its thinking.

Plain sockets, for a client that computes much would be measured along with the server.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

CHAT = "/v1/chat/completions"
Body = dict[str, Any]
Kind = Literal["reads", "leaves", "ends thinking"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is."""

    host: str
    port: int
    key: str = ""


@dataclass(slots=True)
class Visit:
    """A request and what came of it. Seconds are from the asking."""

    body: Body
    kind: Kind = "reads"
    after: int = 0  # chunks, for who leaves or ends the thinking
    thinking: str = ""
    answer: str = ""
    chunks: int = 0
    arrivals: list[float] = field(default_factory=list)  # of chunks with text
    tokens: int = 0  # as the server counted them
    finish: str | None = None
    error: str = ""
    done: bool = False  # the stream came to its end

    @property
    def lost(self) -> bool:
        """Whether an answer is missing that should be there."""
        return self.kind != "leaves" and not (self.done and self.finish and not self.error)

    @property
    def gaps(self) -> list[float]:
        return [b - a for a, b in zip(self.arrivals, self.arrivals[1:], strict=False)]


async def visit(place: Place, asked: Visit) -> Visit:
    """Make the visit."""
    began = time.perf_counter()
    try:
        async for chunk in stream(place, {**asked.body, "stream": True}):
            take(asked, chunk, time.perf_counter() - began)
            if asked.kind == "leaves" and asked.chunks >= asked.after:
                return asked
            if asked.kind == "ends thinking" and asked.chunks == asked.after:
                await post(place, f"{CHAT}/control", {"id": chunk["id"], "action": "reasoning_end"})
        asked.done = True
    except (OSError, EOFError, ValueError) as error:
        asked.error = asked.error or f"{type(error).__name__}: {error}"
    return asked


def take(asked: Visit, chunk: Body, now: float) -> None:
    """Read a chunk into the visit."""
    asked.chunks += 1
    if "error" in chunk:
        asked.error = json.dumps(chunk["error"])
        return
    for choice in chunk["choices"]:
        thought, said = choice["delta"].get("reasoning_content", ""), choice["delta"].get("content", "")
        asked.thinking += thought
        asked.answer += said
        if thought or said:
            asked.arrivals.append(now)
        asked.finish = choice["finish_reason"] or asked.finish
    if "scratchwork" in chunk:
        cost = chunk["scratchwork"]["cost"]
        asked.tokens = cost["thinking_tokens"] + cost["answer_tokens"]


async def stream(place: Place, body: Body) -> AsyncIterator[Body]:
    """The chunks of a reply up to [DONE]. Raises EOFError when the line ends before, ValueError for a refusal."""
    reader, writer = await send(place, "POST", CHAT, body)
    try:
        status = await status_of(reader)
        if status != 200:
            raise ValueError(f"status {status}: {(await reader.read(500))!r}")
        while line := await reader.readline():
            if line.startswith(b"data: [DONE]"):
                return
            if line.startswith(b"data: "):  # all else frames it, or is a ping
                yield json.loads(line[6:])
        raise EOFError("the line ended before [DONE]")
    finally:
        writer.close()


async def post(place: Place, path: str, body: Body) -> bytes:
    return await whole(place, "POST", path, body)


async def get(place: Place, path: str) -> bytes:
    return await whole(place, "GET", path, None)


async def whole(place: Place, method: str, path: str, body: Body | None) -> bytes:
    """A reply in one piece. Raises ValueError for a refusal."""
    reader, writer = await send(place, method, path, body)
    try:
        status = await status_of(reader)
        content = await reader.read()
        if status != 200:
            raise ValueError(f"status {status}: {content[:500]!r}")
        return content
    finally:
        writer.close()


async def send(
    place: Place, method: str, path: str, body: Body | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A line for one request alone, as in HTTP/1.0: the reply's end is the line's."""
    reader, writer = await asyncio.open_connection(place.host, place.port, limit=2**20)
    content = json.dumps(body).encode() if body is not None else b""
    head = [f"{method} {path} HTTP/1.0", "Host: localhost", f"Content-Length: {len(content)}"]
    head += ["Content-Type: application/json"] + ([f"Authorization: Bearer {place.key}"] if place.key else [])
    writer.write("\r\n".join([*head, "", ""]).encode() + content)
    await writer.drain()
    return reader, writer


async def status_of(reader: asyncio.StreamReader) -> int:
    """Read the head of a reply."""
    status = int((await reader.readline()).split()[1])
    while (await reader.readline()).strip():
        pass
    return status


async def visits(place: Place, asked: Iterable[Visit], at_once: int, seconds: float = float("inf")) -> list[Visit]:
    """So many at once until all are made, or no new ones after so many seconds; those that were made."""
    waiting, made, over = iter(asked), [], time.perf_counter() + seconds

    async def keep_coming() -> None:
        for one in waiting:
            if time.perf_counter() > over:
                return
            made.append(await visit(place, one))

    await asyncio.gather(*(keep_coming() for _ in range(at_once)))
    return made


async def gauges(place: Place) -> dict[str, float]:
    """The server's metrics, summed over models; of those by kind, the tokens that were said."""
    found: dict[str, float] = {}
    for line in (await get(place, "/metrics")).decode().splitlines():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#") and 'kind="prompt"' not in name:
            name = name.partition("{")[0]
            found[name] = found.get(name, 0.0) + float(value)
    return found


async def rows_left(place: Place, patience: float = 10.0) -> float:
    """Rows, requests and waiters that a server still has when nobody is there, after some patience."""
    over = time.perf_counter() + patience
    while True:
        found = await gauges(place)
        left = sum(found[f"scratchwork_{name}"] for name in ("rows", "running", "waiting"))
        if not left or time.perf_counter() > over:
            return left
        await asyncio.sleep(0.05)
