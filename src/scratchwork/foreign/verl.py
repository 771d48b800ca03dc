"""What verl leaves where `trainer.rollout_data_dir` says (`RayPPOTrainer._dump_generations`, read in January 2026).

    ROLLOUTS/7.jsonl    a line an answer: input, output, gts, score, step, and what the reward function says beside it
                        (acc, pred, ...); older ones have no gts
    VALIDATION/7.jsonl  the same of the held-out problems, where `trainer.validation_data_dir` says
    *.log, *.txt, *.out what was printed, if it was kept there: `step:7 - critic/score/mean:0.5 - ...`
    NAME.jsonl          the same by the logger `file`: {"step": 7, "data": {...}}

Prompts are decoded without special tokens, so a conversation's roles stand in them as words. `score` is the reward
before any penalty for KL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scratchwork.errors import UserError
from scratchwork.files import file_errors
from scratchwork.foreign.logs import KINDS, Printed, numbers
from scratchwork.foreign.source import Answer, ForeignError, Log, Shard

HELD_OUT = ("val", "test", "eval")
OURS = {  # the names of verl's numbers that are ours, and TRL's, by another name
    "critic/score/mean": "reward",
    "response_length/mean": "completions/mean_length",
    "response_length/min": "completions/min_length",
    "response_length/max": "completions/max_length",
    "response_length/clip_ratio": "completions/clipped_ratio",
    "actor/pg_loss": "loss",
    "actor/grad_norm": "grad_norm",
    "actor/lr": "learning_rate",
    "actor/entropy": "entropy",
    "actor/entropy_loss": "entropy",
    "actor/kl_loss": "kl",
    "actor/pg_clipfrac": "clip_ratio/region_mean",
    "perf/time_per_step": "step_time",
    "timing_s/gen": "profiling/rollout_time",
}
_STEP = re.compile(r"\bstep:(?P<step>\d{1,9}) - (?P<rest>[^\n]{1,100000})")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")


class VerlFolder:
    """A folder of N.jsonl, or one with such folders in it. Raises ForeignError when it is neither."""

    name = "verl"

    def __init__(self, folder: Path, logs: Sequence[Path] = ()) -> None:
        self.folder = folder
        if not self.shards():
            raise ForeignError(
                f"{folder} has no N.jsonl in it or in a folder of it, which verl writes where "
                "trainer.rollout_data_dir says"
                + ("; these look like TRL's files: use `trl`" if list(folder.glob("**/completions_*.parquet")) else "")
            )
        self.printed = Printed(folder, logs, printed_steps, (*KINDS, "*[!0-9]*.jsonl"))

    def shards(self) -> list[Shard]:
        paths = [path for form in ("*.jsonl", "*/*.jsonl") for path in self.folder.glob(form) if path.stem.isdecimal()]
        folders = {path.parent for path in paths if not is_held_out(path.parent)}
        if len(folders) > 1:
            listed = ", ".join(sorted(path.name for path in folders))
            raise ForeignError(f"{self.folder} has the rollouts of several runs ({listed}); name one of these folders")
        found = (Shard("held_out" if is_held_out(path.parent) else "rollouts", int(path.stem), path) for path in paths)
        return sorted(found, key=lambda shard: (shard.step, shard.kind == "held_out"))

    def read(self, shard: Shard) -> tuple[list[Answer], str]:
        try:
            with file_errors(shard.path, "read"):
                lines = shard.path.read_bytes().splitlines()
        except UserError as error:
            return [], str(error)
        found = [answer(line) for line in lines if line.strip()]
        answers = [one for one in found if one is not None]
        lost = len(found) - len(answers)
        return answers, f"{lost} of {len(found)} lines of {shard.path.name} cannot be read" if lost else ""

    def log(self) -> Log:
        return self.printed.log()

    def files(self) -> list[Path]:
        return [*(shard.path for shard in self.shards()), *self.printed.files()]

    def weights(self, names: Sequence[str], log: Log) -> Mapping[str, float]:
        return {"score": 1.0}  # the other numbers are what the reward function says beside it


def is_held_out(folder: Path) -> bool:
    """By its name: `val`, `validation`, `val_data` and their like."""
    return folder.name.lower().startswith(HELD_OUT)


def answer(line: bytes) -> Answer | None:
    """A line of the file; None when it is not whole, or not an answer."""
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("input"), str) or not isinstance(row.get("output"), str):
        return None
    extras = {name: value for name, value in row.items() if name not in ("input", "output", "gts", "step")}
    said = row.get("pred")
    scores = {name: value for name, value in numbers(extras).items() if not isinstance(row[name], str)}
    return Answer(row["input"], row["output"], scores, gold_of(row.get("gts")), said if isinstance(said, str) else None)


def gold_of(told: Any) -> Mapping[str, Any]:
    """The ground truth: an answer, or for countdown its numbers and target.

    >>> gold_of("42"), gold_of({"target": 24, "numbers": [3, 8]}), gold_of(None)
    ({'answer': '42'}, {'target': 24, 'numbers': [3, 8]}, {})
    """
    if isinstance(told, Mapping):
        return {name: told[name] for name in ("target", "numbers") if name in told}
    return {} if told in (None, "") else {"answer": told}


def printed_steps(text: str) -> Log:
    """The steps in what was printed on the console, or kept by the logger `file`."""
    log: Log = {}
    for match in _STEP.finditer(_COLOUR.sub("", text)):
        pairs = (pair.rpartition(":") for pair in match["rest"].split(" - "))
        log[int(match["step"])] = in_our_names({name: value for name, _, value in pairs})
    for line in text.splitlines():
        if line.startswith('{"step":'):
            step, data = kept_step(line)
            log[step] = in_our_names(data)
    log.pop(-1, None)
    return log


def kept_step(line: str) -> tuple[int, Mapping[str, Any]]:
    """A line of the logger `file`; step -1 when it is none."""
    try:
        row = json.loads(line)
        return (row["step"], dict(row["data"])) if type(row["step"]) is int else (-1, {})
    except (ValueError, KeyError, TypeError, RecursionError):
        return -1, {}


def in_our_names(data: Mapping[str, Any]) -> dict[str, float]:
    """
    >>> in_our_names({"actor/entropy": "0.5", "val-core/gsm8k/acc/mean@1": "np.float64(0.25)", "who": "me"})
    {'entropy': 0.5, 'val-core/gsm8k/acc/mean@1': 0.25}
    """
    return {OURS.get(name, name): value for name, value in numbers(data).items()}
