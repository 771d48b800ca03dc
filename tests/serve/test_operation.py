"""What an operator sees: the verb and its refusals, metrics, and an end that lets answers under way be told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from scratchwork.cli import main
from scratchwork.model.hf import save_model
from tests.serve.conftest import LiveServer

ASKED = [{"role": "user", "content": "Try 3+4"}]
KEY = "k" * 24


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence on stderr."""
    with pytest.raises(SystemExit) as end:
        main(["serve", *arguments])
    assert end.value.code == 2
    return capsys.readouterr().err


def test_others_come_in_by_a_key_alone(capsys: pytest.CaptureFixture[str], monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SCRATCHWORK_API_KEY", raising=False)
    assert "there is no API key" in refused(capsys, "--host", "0.0.0.0")
    empty = tmp_path / "keys"
    empty.write_text("# none yet\n\n")
    assert "holds no key" in refused(capsys, "--host", "0.0.0.0", "--api-key-file", str(empty))
    assert "No such file" in refused(capsys, "--api-key-file", str(tmp_path / "no"))
    for weak in ("short", "with a blank in it and long", "ключ" * 8):
        empty.write_text(weak)
        sentence = refused(capsys, "--api-key-file", str(empty))
        assert "too weak" in sentence and weak not in sentence


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "there is no model at" in refused(capsys, str(tmp_path / "nowhere"))
    assert "cannot listen at 203.0.113.7" in refused(capsys, "--host", "203.0.113.7", "--api-key-file", keys(tmp_path))


def keys(folder: Path) -> str:
    (folder / "keys").write_text(f"{KEY}\n")
    return str(folder / "keys")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory, model, tokenizer) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The verb itself, in a process of its own."""
    root = tmp_path_factory.mktemp("served")
    save_model(root / "mine", model, tokenizer)
    command = [sys.executable, "-m", "scratchwork", "serve", str(root / "mine"), "--port", "0", "--threads", "1"]
    own = {**os.environ, "SCRATCHWORK_API_KEY": KEY, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=own) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        url = re.search(r"http://\S+", said)
        assert url is not None, said
        yield running, url.group()
        running.kill()


def test_the_verb_serves_and_ends_when_asked_to(process: tuple[subprocess.Popen[str], str]) -> None:
    """The answer under way when SIGTERM comes is told to its end, and the process ends."""
    running, url = process
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0).models.list()
    assert [card.id for card in client.models.list()] == ["mine"]
    asked = {"model": "mine", "messages": ASKED, "max_tokens": 120, "extra_body": {"seed": 1}}
    whole = client.chat.completions.create(**asked)
    stream = client.chat.completions.create(**asked, stream=True)
    chunks = [next(stream)]
    running.send_signal(signal.SIGTERM)
    chunks += stream
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert running.wait(20) == 0
    assert running.stderr is not None and running.stderr.read() == ""


def metrics(live: LiveServer) -> dict[str, float]:
    with urllib.request.urlopen(f"{live.url}/metrics") as reply:
        text = reply.read().decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_metrics_count_what_was_done(live: LiveServer) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)
    before = metrics(live)
    reply = client.chat.completions.create(model="thinker", messages=ASKED, seed=1)
    after = metrics(live)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    thinking = reply.usage.completion_tokens_details.reasoning_tokens
    assert grown('scratchwork_tokens_total{kind="prompt",model="thinker"}') == reply.usage.prompt_tokens
    assert grown('scratchwork_tokens_total{kind="thinking",model="thinker"}') == thinking
    answer = grown('scratchwork_tokens_total{kind="answer",model="thinker"}')
    assert answer == reply.usage.completion_tokens - thinking
    assert grown('scratchwork_first_token_seconds_count{model="thinker"}') == 1
    ended = [name for name in after if name.startswith("scratchwork_requests_total{") and grown(name)]
    assert len(ended) == 1 and grown(ended[0]) == 1
    assert grown('scratchwork_first_answer_seconds_count{model="thinker"}') == 1
    closed = [name for name in after if name.startswith("scratchwork_thinking_closed_total{") and grown(name)]
    assert closed == [f'scratchwork_thinking_closed_total{{by="{reply.scratchwork["closed_by"]}",model="thinker"}}']
    assert after['scratchwork_rows_limit{model="thinker"}'] == 16
    assert not json.dumps(list(after)).count("Try")


def test_what_a_client_does_not_wait_for_is_counted_as_left(live: LiveServer) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0)
    name = 'scratchwork_requests_total{ended="left",model="thinker"}'
    before = metrics(live).get(name, 0)
    stream = client.chat.completions.create(model="thinker", messages=ASKED, seed=1, stream=True)
    next(stream)
    stream.close()
    for _ in range(200):
        if metrics(live).get(name, 0) > before:
            return
    raise AssertionError("not counted")
