"""What `watch` refuses before it listens, and that it listens, answers and ends as asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from inspect import signature
from pathlib import Path

import pytest

from scratchwork.cli import main
from scratchwork.cli.importing import import_, wanted
from scratchwork.cli.watching import foreign, watch
from scratchwork.foreign.folder import ForeignRuns
from scratchwork.runs import RunFolder

SAMPLE = Path(__file__).parents[1] / "foreign" / "trl_sample"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--host", "0.0.0.0"], "--api-key-file"),
        (["no-such-run"], "there is no run"),
        (["--from", "trl"], "needs the folder"),
        (["--from", "other", "."], "trl"),
        (["--correct", "accuracy_reward"], "--from"),
        (["--from", "trl", str(SAMPLE), "--correct", "nothing"], "nothing"),
        (["--from", "trl", str(SAMPLE), "--tokenizer", "."], "tokenizer.json"),
    ],
)
def test_what_cannot_work_is_a_sentence(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCRATCHWORK_API_KEY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
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


def test_it_has_the_options_of_import() -> None:
    """All but those that say where the run goes: it is taken over into the cache."""
    taken, watched = signature(import_).parameters, signature(watch).parameters
    for name in set(taken) - {"trainer", "folder", "name"}:
        assert watched[name].annotation == taken[name].annotation and watched[name].default == taken[name].default


def test_what_is_said_beside_the_folder_is_heeded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = foreign(str(SAMPLE), "trl", wanted([SAMPLE.parent / "trl_printed.txt"], None, "format_reward"))
    assert isinstance(source, ForeignRuns)
    with source.follower.run as run:
        assert source.follower.rules.verdict == "format_reward"
        assert SAMPLE.parent / "trl_printed.txt" in source.follower.source.files()
        assert run.journal()
