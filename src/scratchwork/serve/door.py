"""The door: who may come in, with how much, and what every answer carries. Plain ASGI, before any route.

Everything is decided on `scope["path"]`, the path that routes see; the URL that a framework puts together from the Host
header is the client's word (CVE-2026-48710). Open to anyone are the page's files, /health and /version alone.
"""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from scratchwork.serve.refusals import Refusal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OPEN = ("/health", "/version")  # no key needed, nor for the page's own files
GUARDED = ("/v1/", "/metrics", "/openapi.json")
LOCAL = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {  # of an answer that has none of its own; data loads nothing, and the page says what it needs
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
DRAINED = 100_000_000  # bytes
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True)
class Rules:
    """What the operator allows."""

    keys: tuple[str, ...] = ()
    hosts: tuple[str, ...] = LOCAL  # names that a Host header may have; "*" = any
    max_body: int = 4_000_000  # bytes
    max_headers: int = 100

    def __post_init__(self) -> None:
        if any(not key or not key.isascii() or key != key.strip() for key in self.keys):
            raise ValueError("an API key is empty or has characters other than plain ASCII")


class Door:
    """An ASGI middleware. `scope["client_key"]` is a digest of who asked: the key, or the address without one."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], rules: Rules) -> None:
        self.app, self.rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        given = dict(headers).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
        sending = with_headers(send, {"x-request-id": request_id, **HEADERS})
        try:
            self.check(scope, headers)
        except Refusal as refusal:
            await drain(receive)
            await refuse(refusal, sending)
            return
        await self.app(scope, self.counted(receive, scope), sending)

    def check(self, scope: Scope, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Raises Refusal for who or what may not come in."""
        if len(headers) > self.rules.max_headers:
            raise Refusal(f"the request has more than {self.rules.max_headers} headers", status=431)
        table = dict(headers)
        host = table.get(b"host", b"").decode("latin-1")
        if "*" not in self.rules.hosts and hostname(host) not in self.rules.hosts:
            raise Refusal("this Host is not served here; the operator can allow it with --allow-host", status=403)
        self.check_key(scope, table.get(b"authorization", b""))
        length = table.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.rules.max_body:
            raise self.too_large()

    def check_key(self, scope: Scope, authorization: bytes) -> None:
        """Every key is compared with, in constant time; which one it was shows in no clock."""
        address = (scope.get("client") or ("", 0))[0]
        scope["client_key"] = sha256(address.encode()).hexdigest()
        path = scope["path"]
        if not self.rules.keys or path in OPEN or not path.startswith(GUARDED):
            return
        scheme, _, key = authorization.partition(b" ")
        right = [hmac.compare_digest(key.strip(), known.encode()) for known in self.rules.keys]
        if scheme.lower() != b"bearer" or not any(right):
            raise Refusal(
                "the API key is missing or wrong; send Authorization: Bearer KEY", status=401, code="invalid_api_key"
            )
        scope["client_key"] = sha256(key.strip()).hexdigest()

    def counted(self, receive: Receive, scope: Scope) -> Receive:
        """`receive`, ending in a Refusal when the body grows too large, whatever its length was said to be."""
        seen = 0

        async def counting() -> MutableMapping[str, Any]:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.rules.max_body:
                await drain(receive)
                raise self.too_large()
            return message

        return counting

    def too_large(self) -> Refusal:
        return Refusal(f"the request is larger than {self.rules.max_body:,} bytes", status=413)


def hostname(host: str) -> str:
    """The name in a Host header, without its port.

    >>> hostname("localhost:8000"), hostname("[::1]:8000"), hostname("a.b")
    ('localhost', '[::1]', 'a.b')
    """
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.rpartition(":")[0] or host
    return name.lower()


def with_headers(send: Send, headers: dict[str, str]) -> Send:
    """`send`, adding to every answer those of these that it has not set itself."""
    more = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            names = {name.lower() for name, _ in own}
            message["headers"] = [*own, *((name, value) for name, value in more if name not in names)]
        await send(message)

    return sending


async def drain(receive: Receive) -> None:
    """Read on and forget, so that a client still sending gets to read why it is refused; up to a limit."""
    left = DRAINED
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b"")) or 1
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def refuse(refusal: Refusal, send: Send) -> None:
    body = json.dumps(refusal.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers().items()]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
