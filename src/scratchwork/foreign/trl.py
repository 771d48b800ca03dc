"""What TRL's trainers leave with `log_completions=True` (GRPOTrainer and RLOOTrainer, written against TRL 1.16).

    completions/completions_00010.parquet   of the step's last generation batch: step, prompt, completion, a column for
                                            each reward function, those of `log_extra`, advantage
    checkpoint-20/trainer_state.json        log_history; written when a checkpoint is
    *.log, *.txt, *.out                     what was printed, if it was kept there: the same numbers at once, rounded

Prompts and completions are text, or lists of messages. The weights of the reward functions are in none of these files
but a pickle; they follow from the log, once it has more steps than there are functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scratchwork.errors import UserError
from scratchwork.files import file_errors
from scratchwork.foreign.logs import Printed, number, numbers
from scratchwork.foreign.source import Answer, ForeignError, Log, Shard

GOLD = ("solution", "answer", "final_answer", "ground_truth", "target")
NO_SCORE = {"step", "prompt", "completion", "advantage", *GOLD}
_SHARD = re.compile(r"completions_(\d{1,9})\.parquet")
_PRINTED = re.compile(r"(?P<line>\{'[^{}]{1,20000}\})|─ Step (?P<step>\d{1,9}) ─")
_PAIR = re.compile(r"'([^']{1,200})': '?([^',}]{1,40})")
NOT_OF_A_STEP = {"step", "epoch", "total_flos"}  # nor what begins with `train_`: of the whole run


class TrlFolder:
    """An `output_dir`, or its folder `completions`. Raises ForeignError when it is none."""

    name = "trl"

    def __init__(self, folder: Path, logs: Sequence[Path] = ()) -> None:
        self.folder = folder.parent if folder.name == "completions" else folder
        if not self.shards():
            raise ForeignError(
                f"{folder} has no completions/completions_*.parquet, which TRL writes with log_completions=True"
                + ("; these look like verl's files: use `verl`" if list(folder.glob("[0-9]*.jsonl")) else "")
            )
        self.printed = Printed(self.folder, logs, printed_steps)

    def shards(self) -> list[Shard]:
        found = ((path, _SHARD.fullmatch(path.name)) for path in (self.folder / "completions").glob("*.parquet"))
        return sorted((Shard("rollouts", int(m[1]), path) for path, m in found if m), key=lambda shard: shard.step)

    def read(self, shard: Shard) -> tuple[list[Answer], str]:
        try:
            with file_errors(shard.path, "read"):
                table = pq.read_table(shard.path)
        except (pa.ArrowException, UserError) as error:
            return [], f"{shard.path.name} cannot be read, or is not whole yet ({str(error).splitlines()[0]:.120})"
        if missing := {"prompt", "completion"} - set(table.column_names):
            return [], f"{shard.path.name} has no column {sorted(missing)[0]!r}"
        scores = [name for name in table.column_names if name not in NO_SCORE and is_number(table.schema.field(name))]
        rows = table.to_pylist()
        return [answer(row, scores) for row in rows], ""

    def log(self) -> Log:
        log = self.printed.log()
        for path in self.states():
            for step, line in state_steps(path).items():
                log[step] = log.get(step, {}) | line
        return log

    def states(self) -> list[Path]:
        """The newest checkpoint's, and that of the end."""
        known = [path / "trainer_state.json" for path in self.folder.glob("checkpoint-*") if path.name[11:].isdecimal()]
        newest = sorted(known, key=lambda path: int(path.parent.name[11:]))[-1:]
        return [*newest, self.folder / "trainer_state.json"]

    def files(self) -> list[Path]:
        return [*(shard.path for shard in self.shards()), *self.states(), *self.printed.files()]

    def weights(self, names: Sequence[str], log: Log) -> Mapping[str, float]:
        paid = [name for name in names if any(f"rewards/{name}/mean" in line for line in log.values())] or list(names)
        return solve_weights(paid, log) or dict.fromkeys(paid, 1.0)


def is_number(field: pa.Field) -> bool:
    """A reward function's column: TRL makes floats of all its values."""
    return bool(pa.types.is_floating(field.type))


def answer(row: Mapping[str, Any], scores: Sequence[str]) -> Answer:
    """A row of the table; None and NaN are scores that were not given."""
    found = ((name, number(row[name])) for name in scores)
    gold = next((row[name] for name in GOLD if row.get(name) not in (None, "")), None)
    return Answer(
        words_of(row["prompt"]),
        words_of(row["completion"]),
        {name: value for name, value in found if value is not None},
        {} if gold is None else {"answer": gold},
    )


def words_of(turns: Any) -> str:
    """A text as it is; of messages the words: one alone without its role.

    >>> words_of([{"role": "user", "content": "1+1?"}])
    '1+1?'
    >>> words_of([{"role": "system", "content": "Think."}, {"role": "user", "content": [{"text": "1+1?"}]}])
    'system: Think.\\n\\nuser: 1+1?'
    """
    if not isinstance(turns, list):
        return "" if turns is None else str(turns)
    said = [(turn.get("role"), content_of(turn.get("content"))) for turn in turns if isinstance(turn, Mapping)]
    return said[0][1] if len(said) == 1 else "\n\n".join(f"{role}: {words}" for role, words in said)


def content_of(content: Any) -> str:
    """The text of a message, of which pictures may be other parts."""
    parts = content if isinstance(content, list) else [{"text": content}]
    return "".join(part.get("text") or "" for part in parts if isinstance(part, Mapping))


def state_steps(path: Path) -> Log:
    """The steps in a trainer_state.json; none when it is damaged or being written."""
    log: Log = {}
    try:
        for line in json.loads(path.read_bytes())["log_history"]:
            if type(line["step"]) is int:
                log[line["step"]] = log.get(line["step"], {}) | of_a_step(line)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return {step: line for step, line in log.items() if line}


def printed_steps(text: str) -> Log:
    """The steps in what was printed: a line of numbers, then the table of completions, whose title names the step."""
    log: Log = {}
    line: dict[str, float] = {}
    for match in _PRINTED.finditer(text):
        if match["line"]:
            line = of_a_step(dict(_PAIR.findall(match["line"])))
        elif "reward" in line:
            log[int(match["step"])], line = line, {}
    return log


def of_a_step(line: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a line that are a training step's; their names are ours, which are TRL's."""
    found = numbers(line).items()
    return {name: value for name, value in found if name not in NOT_OF_A_STEP and not name.startswith("train_")}


def solve_weights(names: Sequence[str], log: Log) -> dict[str, float] | None:
    """The weights with which the functions' means make the reward's in every line; None while that is not settled.

    >>> means = [(1.0, 0.5), (0.5, 0.5), (0.0, 0.25)]
    >>> log = {i: {"rewards/a/mean": a, "rewards/b/mean": b, "reward": a + 0.2 * b} for i, (a, b) in enumerate(means)}
    >>> solve_weights(["a", "b"], log), solve_weights(["a", "b"], {0: log[0]})
    ({'a': 1.0, 'b': 0.2}, None)
    """
    import numpy as np

    columns = [*(f"rewards/{name}/mean" for name in names), "reward"]
    rows = [[line[column] for column in columns] for line in log.values() if all(column in line for column in columns)]
    if not names or len(rows) <= len(names):
        return None
    means, rewards = np.array(rows)[:, :-1], np.array(rows)[:, -1]
    found, _, rank, _ = np.linalg.lstsq(means, rewards, rcond=1e-3)
    if rank < len(names) or abs(means @ found - rewards).max() > 1e-3:
        return None
    return {name: round(float(weight), 2) for name, weight in zip(names, found, strict=True)}
