"""The doctor on its rounds: every line of a journal, in the background, since a long one takes it seconds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scratchwork.observe.doctor.finding import Finding
from scratchwork.observe.doctor.rules import Doctor

PATIENCE = 0.05  # seconds that someone who asks waits for the rest: enough for what a live run adds


@dataclass
class Rounds:
    """Lines wait in `pending` until the doctor has seen them."""

    settings: Mapping[str, Any] = field(default_factory=dict)  # the recipe's table [grpo]
    pending: deque[Mapping[str, Any]] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)
    worker: threading.Thread | None = None
    closing: bool = False

    def __post_init__(self) -> None:
        self.doctor = Doctor(self.settings)

    def findings(self, patience: float = PATIENCE) -> tuple[list[Finding], int]:
        """What was found so far, alarms first, then by step; and how many lines are waiting."""
        if self.pending and (self.worker is None or not self.worker.is_alive()):
            self.worker = threading.Thread(target=self.see_all, daemon=True)
            self.worker.start()
        if self.worker is not None:
            self.worker.join(patience)
        with self.lock:
            found = list(self.doctor.found.values())
        return sorted(found, key=lambda own: (own.symptom.severity != "alarm", own.step)), len(self.pending)

    def wait(self) -> None:
        """Until every line has been seen."""
        while self.findings(patience=1.0)[1]:
            pass

    def see_all(self) -> None:
        while self.pending and not self.closing:
            with self.lock:
                self.doctor.see(self.pending.popleft())
