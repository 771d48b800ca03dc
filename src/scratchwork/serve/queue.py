"""Who is next: a bounded queue in which clients take turns, so that one who asks much keeps no other waiting."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """First come first served within a client, one after the other between them. Any thread may call."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.lines: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self.lock = threading.Lock()

    def __len__(self) -> int:
        with self.lock:
            return sum(map(len, self.lines.values()))

    def __iter__(self) -> Iterator[T]:
        with self.lock:
            return iter([item for line in self.lines.values() for item in line])

    def put(self, client: Hashable, item: T) -> None:
        """Raises OverflowError when the queue is full."""
        with self.lock:
            if sum(map(len, self.lines.values())) >= self.most:
                raise OverflowError(f"{self.most} requests are waiting already")
            self.lines.setdefault(client, deque()).append(item)

    def take(self, fits: Callable[[T], bool]) -> T | None:
        """The first item in a client's line that fits, clients in turn; who was served goes to the end."""
        with self.lock:
            for client, line in self.lines.items():
                for item in line:
                    if fits(item):
                        self._out(client, item)
                        return item
        return None

    def remove(self, item: T) -> bool:
        """Whether it was there."""
        with self.lock:
            client = next((client for client, line in self.lines.items() if item in line), None)
            if client is None:
                return False
            self._out(client, item)
            return True

    def _out(self, client: Hashable, item: T) -> None:
        line = self.lines[client]
        line.remove(item)
        self.lines.move_to_end(client)
        if not line:
            del self.lines[client]
