"""How a run stands is told by its lock and its progress, not by who wrote it last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from scratchwork.runs import RunFolder
from tests.watch.conftest import Get

Asks = Callable[[RunFolder], Get]
HOLD = "import sys, time; from pathlib import Path; from scratchwork.runs import RunFolder; "
HOLD += "run = RunFolder.open(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def test_a_run_is_running_while_a_process_holds_it(written: RunFolder, ask: Asks) -> None:
    get = ask(written)
    assert get()["state"] == "finished"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(written.path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        assert get()["state"] == "running" and get()["eta"] is not None
        os.kill(holder.pid, signal.SIGKILL)  # as a crash would
    assert get()["state"] == "finished" and get()["eta"] is None


def test_looking_keeps_no_one_from_writing(written: RunFolder) -> None:
    looking = threading.Event()

    def look() -> None:
        while not looking.is_set():
            _ = written.held

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        RunFolder.open(written.path).close()
    looking.set()
    for thread in threads:
        thread.join()


def test_stopped_is_what_has_stages_left(written: RunFolder, ask: Asks) -> None:
    written.write_json("progress.json", {"stages": 1})
    assert ask(written)()["state"] == "stopped"
    (written.path / "progress.json").unlink()
    assert ask(written)()["state"] == "stopped"


def test_a_failed_run_says_why(written: RunFolder, ask: Asks) -> None:
    written.append("grpo", 6, {"failed": "the loss is not finite"})
    get = ask(written)
    while (page := get())["examining"]:
        pass
    assert page["failed"] == "the loss is not finite"
    assert page["notes"][-1] == {"stage": "grpo", "step": 6, "text": "the loss is not finite"}
    assert any(own["rule"] == "diverged" and own["severity"] == "alarm" for own in page["findings"])
