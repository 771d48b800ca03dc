"""What `watch` refuses before it listens, and that it listens, answers and ends as asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from scratchwork.cli import main
from scratchwork.runs import RunFolder


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--host", "0.0.0.0"], "--api-key-file"),
        (["no-such-run"], "there is no run"),
        (["--from", "trl"], "needs the folder"),
        (["--from", "other", "."], "trl"),
    ],
)
def test_what_cannot_work_is_a_sentence(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCRATCHWORK_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["watch", *arguments])
    assert end.value.code == 2 and word in capsys.readouterr().err


def test_it_answers_and_ends_as_asked(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "runs", "zero", 'name = "zero"\n', "one").close()
    command = [sys.executable, "-m", "scratchwork", "watch", "one", "--runs-root", "runs", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1].removesuffix("/watch")
        with urllib.request.urlopen(f"{address}/v1/watch/runs") as reply:
            assert [run["name"] for run in json.load(reply)["runs"]] == ["one"]
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
