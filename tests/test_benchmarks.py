"""The arithmetic behind the benchmarks: the floor, counted by hand, and the lengths that tokens per second stand on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.floor import Speed, Work, decode_work, measure_speed, prefill_work, train_work, weights
from benchmarks.harness import both, spread
from benchmarks.observe import groups_of
from scratchwork.config import ModelConfig
from scratchwork.model.transformer import Transformer
from scratchwork.observe.metrics import step_metrics
from scratchwork.rollout_table import read_parquet, to_parquet
from scratchwork.types import Group, Problem, Rollout, Score

# Two blocks: qkv 8x(4+2+2), output 4x8, MLP 3x8x16 = 480 weights each; 10x8 make the logits; 2x4 attention channels.
TINY = ModelConfig(
    vocab_size=10,
    hidden_size=8,
    intermediate_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
    head_dim=2,
)


def test_weights_are_the_models_matrices() -> None:
    assert weights(TINY) == (960, 80)
    assert sum(weights(TINY)) == sum(p.numel() for p in Transformer(TINY).parameters() if p.dim() == 2)


def test_decoding_by_hand() -> None:
    # An answer of 3 to a prompt of 5: fed at positions 5, 6, 7, each attends to itself and all before. Three reads of
    # the weights; keys and values are 2 x 2 blocks x 1 head x 2 numbers a position.
    work = decode_work(TINY, [(5, 3)])
    assert work.operations == 3 * 2 * 1040 + (5 + 6 + 7) * 4 * 8
    assert work.bytes == 4 * (3 * 1040 + (5 + 6 + 7) * 8)


def test_sequences_decoded_together_share_the_reads_of_weights() -> None:
    alone, together = decode_work(TINY, [(5, 3)]), decode_work(TINY, [(5, 3), (5, 2)])
    assert together.operations - alone.operations == decode_work(TINY, [(5, 2)]).operations
    assert together.bytes - alone.bytes == 4 * (5 + 6) * 8


def test_prefill_by_hand() -> None:
    assert prefill_work(TINY, [5, 2]).operations == 2 * 960 * (4 + 1) + (1 + 2 + 3 + 4 + 1) * 4 * 8


def test_training_by_hand() -> None:
    work = train_work(TINY, [(2, 3)])
    assert work.operations == 3 * (2 * (960 * 5 + 80 * 3) + (1 + 2 + 3 + 4 + 5) * 4 * 8)
    assert work.bytes == 4 * 7 * 1040


def test_the_floor_is_the_longer_of_computing_and_reading() -> None:
    speed = Speed(operations=100.0, bytes=10.0)
    assert Work(operations=200, bytes=10).seconds(speed) == 2.0
    assert Work(operations=200, bytes=30).seconds(speed) == 3.0


def test_speeds_are_measured() -> None:
    speed = measure_speed(TINY, size=16, budget=0.01)
    assert speed.operations > 0 and speed.bytes > 0


def test_telling() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}
    assert both({"ours": 1.26, "trl": 2.0}, ".1f") == "1.3 / 2.0"


def test_only_tokens_up_to_the_stop_token_count() -> None:
    pytest.importorskip("transformers")
    from benchmarks.generate import answer_lengths

    ids = torch.tensor([[5, 1, 0, 0], [5, 5, 5, 5], [1, 1, 1, 1], [5, 5, 5, 1]])
    assert answer_lengths(ids, stop_id=1) == [2, 4, 1, 4]


def test_what_is_read_again_is_what_the_step_had(tmp_path: Path) -> None:
    problem = Problem("p", "countdown", 1, "Use 2 and 3 once each to make 5.", "5", "countdown", {"numbers": [2, 3]})

    def rollout(text: str, right: bool) -> Rollout:
        score = Score(float(right), {"accuracy": float(right)}, "5")
        return Rollout("p", (1,), (3, 4, 5), (1, 1, 1), (-0.5, -0.25, 0.0), "stop", 3, text, score)

    texts = ("2*3=6. 6 against 5: no. Wait, 2+3=5.</think>\\boxed{2+3}", True), ("2*3=6.</think>\\boxed{2*3}", False)
    groups = [Group(problem, tuple(rollout(*one) for one in texts))]
    (tmp_path / "step.parquet").write_bytes(to_parquet(1, groups))
    again = step_metrics(groups_of(read_parquet(tmp_path / "step.parquet")))
    assert again == step_metrics(groups) and again["reflection/backtracks"] > 0
