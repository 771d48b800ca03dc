"""A step's rollouts as a Parquet table: what a person or an instrument wants to read later, a row a rollout.

Left out: token ids and their log-probs, which are ten times the rest and can be made again from the text.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scratchwork.types import Group, Problem, Rollout

COLUMNS = pa.schema(
    {
        "step": pa.int64(),
        "problem_id": pa.string(),
        "family": pa.string(),
        "level": pa.int64(),
        "prompt": pa.string(),
        "text": pa.string(),
        "answer": pa.string(),  # null when there was none to read
        "gold": pa.string(),
        "verifier": pa.string(),
        "data": pa.string(),  # JSON: what the verifier needs to know of the problem
        "reward": pa.float64(),  # null when a verifier failed
        "correct": pa.bool_(),
        "finish_reason": pa.string(),
        "length": pa.int64(),  # tokens
        "components": pa.string(),  # JSON: their names differ from recipe to recipe
        "policy_version": pa.int64(),
        "mean_logprob": pa.float64(),  # of the sampled tokens, natural log
    }
)


def to_parquet(step: int, groups: Sequence[Group]) -> bytes:
    """The rollouts of `groups`, in their order, as the bytes of a Parquet file."""
    return rows_to_parquet([rollout_row(step, group.problem, one) for group in groups for one in group.rollouts])


def rows_to_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows in COLUMNS as the bytes of a Parquet file; what a row says of a column may be None."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=COLUMNS), buffer, compression="zstd")
    return buffer.getvalue()


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """The rows of a file that `to_parquet` made, `components` as a dictionary again."""
    rows = pq.read_table(path).to_pylist()
    return [row | {"components": json.loads(row["components"])} for row in rows]


def problem_of(row: Mapping[str, Any]) -> Problem:
    """The problem that a row's answer is to; one of an older table, which names no verifier, with the verifier "".

    >>> row = {"problem_id": "p", "family": "apples", "level": 1, "prompt": "?", "gold": "3"}
    >>> problem_of(row | {"verifier": "number", "data": "{}"})
    Problem(id='p', family='apples', level=1, prompt='?', answer='3', verifier='number', data={})
    """
    verifier, data = row.get("verifier") or "", json.loads(row.get("data") or "{}")
    return Problem(row["problem_id"], row["family"], row["level"], row["prompt"], row["gold"], verifier, data)


def rollout_row(step: int, problem: Problem, rollout: Rollout) -> dict[str, Any]:
    """One rollout in COLUMNS."""
    return {
        "step": step,
        "problem_id": problem.id,
        "family": problem.family,
        "level": problem.level,
        "prompt": problem.prompt,
        "text": rollout.text,
        "answer": rollout.score.answer,
        "gold": problem.answer,
        "verifier": problem.verifier,
        "data": json.dumps(dict(problem.data)),
        "reward": rollout.score.reward,
        "correct": rollout.score.correct,
        "finish_reason": rollout.finish_reason,
        "length": rollout.length,
        "components": json.dumps(dict(rollout.score.components)),
        "policy_version": rollout.policy_version,
        "mean_logprob": math.fsum(rollout.sampled_logprobs) / rollout.length,
    }
