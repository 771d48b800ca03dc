"""The live view: all numbers in place, plain lines without a terminal, and text that commands nothing."""

from __future__ import annotations

import io
import os
import pty
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from scratchwork.observe.live import LiveView, sparkline
from scratchwork.observe.pace import clock
from scratchwork.observe.plain import PlainView
from scratchwork.observe.view import open_view
from scratchwork.tasks.countdown import Countdown
from scratchwork.types import Group, Rollout, Score

STEPS = {"pretrain": 1000, "grpo": 60}
LINE = {
    "stage": "grpo",
    "step": 3,
    "accuracy": 0.71,
    "accuracy/apples": 0.8,
    "accuracy/countdown": 0.62,
    "reward": 0.71,
    "loss": 0.01,
    "completions/mean_length": 84.4,
    "completions/mean_length/right": 71.0,
    "completions/mean_length/wrong": 110.0,
    "completions/mean_length/cut_off": 400.0,
    "completions/clipped_ratio": 0.02,
    "reflection/rate": 0.63,
    "reflection/backtracks": 1.236,
    "reflection/checks": 2.4,
    "tokens_per_second": 9812.3,
    "step_time": 2.41,
    "note": "not a number",
}


def group(text: str, correct: bool | None = True, length: int = 7) -> Group:
    score = Score(1.0, {} if correct is None else {"accuracy": float(correct)})
    problem = Countdown().draw(random.Random(0), 2)
    ids = (0,) * length
    return Group(problem, (Rollout(problem.id, (0,), ids, (1,) * length, (0.0,) * length, "stop", 0, text, score),))


def terminal(width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, height=40, color_system="truecolor")


def shown(console: Console) -> str:
    """What was written, without the commands of the view itself."""
    assert isinstance(console.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())


def see(line: dict[str, object], groups: Sequence[Group] = (), width: int = 100) -> str:
    console = terminal(width)
    with LiveView(STEPS, console) as view:
        view.step(line, groups)
    return shown(console)


def test_every_number_is_in_the_live_view() -> None:
    text = see(LINE, [group("3+4=7. 7 against 7: yes.</think>The answer is \\boxed{3+4}.")])
    for part in (
        *("step 3/60", "2.4 s a step", "accuracy", "71%", "apples 80%  countdown 62%", "reward", "0.71"),
        *("length", "84", "right 71  wrong 110  cut off 400  in 2.0%", "reflects", "63%", "backtracks", "1.24"),
        *("checks 2.40", "9,812", "countdown, level 2 · right · 7 tokens", "3+4=7. 7 against 7: yes.", "\\boxed{3+4}"),
    ):
        assert part in text, part
    assert "loss" not in text  # of a policy gradient it says nothing


def test_pretraining_shows_its_loss() -> None:
    text = see({"stage": "pretrain", "step": 7, "loss": 2.5, "tokens_per_second": 21000.0})
    assert "pretrain" in text and "step 7/1000" in text and "2.500" in text and "21,000" in text


def test_a_missing_number_is_left_out() -> None:
    text = see({"stage": "grpo", "step": 1, "accuracy": None, "reward": 0.5})
    assert "accuracy" not in text and "reward" in text


HOSTILE = "[bold red]markup[/] [link=file:///etc]x[/link] \x1b[2J\x1b]0;owned\x07\x9b31m\u202eabc\r"


def test_text_by_the_model_commands_nothing() -> None:
    console = terminal()
    with LiveView(STEPS, console) as view:
        view.step(LINE, [group(f"{HOSTILE}</think>{HOSTILE}")])
        view.note(HOSTILE)
    assert isinstance(console.file, io.StringIO)
    written = console.file.getvalue()
    assert written.count("[bold red]markup[/]") >= 3
    assert "\x1b[2J" not in written and "\x1b]" not in written
    assert not set(written) & set("\x07\x9b\u202e")


@pytest.mark.parametrize("make", [LiveView, PlainView])
def test_a_megabyte_costs_nothing_noticeable(make: type[LiveView] | type[PlainView]) -> None:
    groups = [group("[" * 1_000_000)]
    console = Console(file=io.StringIO(), force_terminal=make is LiveView, width=100, height=40)
    began = time.process_time()
    with make(STEPS, console) as view:
        for step in range(1, 61):
            view.step({**LINE, "step": step}, groups)
    assert time.process_time() - began < 2.0
    assert isinstance(console.file, io.StringIO) and len(console.file.getvalue()) < 100_000


def test_thousands_of_steps_are_drawn_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    live, plain = terminal(), Console(file=io.StringIO())
    with LiveView(STEPS, live) as view, PlainView(STEPS, plain) as lines:
        for step in range(1, 1001):
            now += 0.01
            for one in (view, lines):
                one.step({"stage": "pretrain", "step": step, "loss": 1.0})
    assert 30 < shown(live).count("pretrain") < 50  # ten seconds, four a second, and the end
    assert "step 1000/1000" in shown(live)
    assert shown(plain).count("pretrain") == 3  # at 0, 5 and the last
    assert "step 1000/1000" in shown(plain)


def test_the_time_left_is_at_the_pace_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    console = Console(file=io.StringIO())
    with PlainView(STEPS, console) as view:
        for step in range(1, 31):
            now += 10.0 if step < 5 else 2.0
            view.step({"stage": "grpo", "step": step})
        view.step({"stage": "sft", "step": 1})  # a stage of unknown length
    lines = shown(console).splitlines()
    assert lines[0] == "grpo step 1/60"
    assert lines[29] == "grpo step 30/60  1:00 left"
    assert lines[30] == "sft step 1"


def test_an_evaluation_says_how_far_it_is_and_how_long_it_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    live, plain = terminal(), Console(file=io.StringIO())
    with LiveView(STEPS, live) as view, PlainView(STEPS, plain) as lines:
        for one in (view, lines):
            one.note("evaluating")
        for done in range(0, 1201, 10):  # five a second
            for one in (view, lines):
                one.answered(done, 1200)
            now += 2.0
        for one in (view, lines):
            one.note("evaluated")
            one.step(LINE)
    told = shown(plain).splitlines()
    assert told[:3] == ["evaluating", "80 of 1,200 answers  3:44 left", "160 of 1,200 answers  3:28 left"]
    assert told[-3:] == ["1,200 of 1,200 answers  0:00 left", "evaluated", told[-1]] and len(told) == 18
    assert told[-1].startswith("grpo step 3/60")
    assert "600 of 1,200 answers  2:00 left" in shown(live)
    assert "1,200 of 1,200" not in shown(live).split("evaluated")[1]


def test_a_plain_line_says_it_all_in_one_line() -> None:
    console = Console(file=io.StringIO())
    with open_view(STEPS, console) as view:
        assert isinstance(view, PlainView)
        view.step(LINE, [group(HOSTILE)])
        view.note(HOSTILE)
    line, note = shown(console).splitlines()
    assert line == (
        "grpo step 3/60  accuracy 0.71  reward 0.71  length 84  right 71  wrong 110  cut off 2%"
        "  backtracks 1.24  checks 2.40  9,812 tokens/s  2.4 s"
    )
    assert note.startswith("[bold red]markup[/]") and "\x1b" not in note


def test_an_evaluation_alone_leaves_nothing_behind() -> None:
    console = terminal()
    with LiveView({}, console) as view:
        view.answered(5, 10)
    assert isinstance(console.file, io.StringIO)
    last = console.file.getvalue().rpartition("5 of 10 answers")[2]
    assert "starting" not in last and last.rstrip().endswith("\x1b[1A\x1b[2K")


DEMO = """
from scratchwork.observe.view import open_view
with open_view({"grpo": 2}) as view:
    view.note(type(view).__name__)
    view.step({"stage": "grpo", "step": 1, "accuracy": 0.5})
    view.step({"stage": "grpo", "step": 2, "accuracy": 0.75})
"""


def run_in_pty(term: str) -> str:
    """What DEMO writes to a terminal of this kind."""
    ours, theirs = pty.openpty()
    source = Path(__file__).parents[2] / "src"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(source), "TERM": term, "COLUMNS": "80", "LINES": "24"}
    subprocess.run([sys.executable, "-c", DEMO], stdout=theirs, stderr=theirs, env=env, check=True, timeout=120)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the other end is closed and all is read
        pass
    os.close(ours)
    return written.decode()


def test_in_a_real_terminal_it_draws_in_place_and_gives_the_cursor_back() -> None:
    written = run_in_pty("xterm-256color")
    assert "LiveView" in written and "75%" in written
    assert written.index("\x1b[?25l") < written.rindex("\x1b[?25h")
    assert "\x1b[1A" in written or "\x1b[2K" in written


def test_a_terminal_that_can_draw_nothing_gets_lines() -> None:
    written = run_in_pty("dumb")
    assert "PlainView" in written and "\x1b" not in written


def test_sparkline_and_clock_at_their_edges() -> None:
    assert sparkline([0.0], 10) == "▁"
    assert sparkline([0.0, 0.0], 10, 1.0) == "▁▁"
    assert sparkline([-1.0, 0.0], 10) == "▁█"
    assert sparkline([2.0], 10, 1.0) == "█"
    assert len(sparkline([float(i) for i in range(1000)], 40)) == 40
    assert [clock(s) for s in (0, 59.6, 3600)] == ["0:00", "1:00", "1:00:00"]
