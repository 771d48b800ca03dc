"""Each kernel against the plain torch or numpy expression of the same thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from scratchwork.model.transformer import rope_table, rotate
from scratchwork.native import compiling, kernels, lanes, pieces
from scratchwork.rollout.native import panels
from scratchwork.rollout.sampling import Sampling, draw
from tests.rollout.engine_contract import random_model


def test_a_kernel_is_kept_under_the_version_of_all_files_it_may_call() -> None:
    assert compiling.digest(Path(lanes.__file__).parent) == compiling.VERSION
    assert kernels.forward.py_func.__qualname__ == f"forward-{compiling.VERSION}"  # type: ignore[attr-defined]


def test_a_change_in_any_file_is_another_version(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1")
    before = compiling.digest(tmp_path)
    (tmp_path / "b.py").write_text("x = 2")
    assert compiling.digest(tmp_path) != before


@njit
def exp(x: np.ndarray, out: np.ndarray) -> None:
    lanes.store(out, 0, lanes.exp(lanes.load(x, 0)))


@njit
def folded(x: np.ndarray) -> tuple[float, float]:
    return lanes.total(lanes.load(x, 0)), lanes.greatest(lanes.load(x, 0))


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-87, 88, width=32), min_size=16, max_size=16))
def test_exp_is_right_to_the_last_digits(values: list[float]) -> None:
    x, out = np.array(values, dtype=np.float32), np.empty(16, dtype=np.float32)
    exp(x, out)
    np.testing.assert_allclose(out, np.exp(x.astype(np.float64)), rtol=3e-7)


def test_exp_of_what_is_far_away_neither_overflows_nor_is_a_little() -> None:
    x, out = np.full(16, -1e30, dtype=np.float32), np.empty(16, dtype=np.float32)
    x[8:] = 1e30
    exp(x, out)
    assert (out[:8] == 0).all() and np.isfinite(out).all() and (out[8:] > 1e38).all()


def test_lanes_are_folded_whole() -> None:
    x = np.arange(16, dtype=np.float32)
    assert folded(x) == (120.0, 15.0)
    assert folded(-x) == (-120.0, 0.0)


@pytest.mark.parametrize(("R", "K", "N"), [(4, 1, 16), (8, 33, 48), (32, 160, 320)])
def test_accumulate_is_a_product_added_to_what_was_there(R: int, K: int, N: int) -> None:
    x, w, out = numbers(R, K), numbers(N, K, seed=1), numbers(R, N, seed=2)
    expected = out + x.astype(np.float64) @ w.T
    pieces.accumulate(x, panels([torch.from_numpy(w)])[0], out)
    np.testing.assert_allclose(out, expected, atol=1e-4)


def test_accumulate_reads_no_further_than_its_rows_are_long() -> None:
    x, w, out = numbers(4, 5), numbers(32, 9, seed=1), np.zeros((4, 16), dtype=np.float32)
    pieces.accumulate(x, panels([torch.from_numpy(w)])[0], out)
    np.testing.assert_allclose(out, x @ w[:16, :5].T, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.floats(0.01, 100))
def test_softmax_sums_to_one_and_is_torchs(chunks: int, scale: float) -> None:
    x = numbers(16 * chunks) * np.float32(scale)
    expected = torch.from_numpy(x).softmax(0).numpy()
    pieces.softmax(x)
    np.testing.assert_allclose(x, expected, rtol=1e-4, atol=1e-7)


def test_a_head_is_normed_and_turned_as_in_the_model() -> None:
    config = random_model().config.model_copy(update={"head_dim": 16})
    cos, sin = rope_table(config)  # (S, D)
    x, weight = torch.from_numpy(numbers(16)), torch.from_numpy(numbers(16, seed=1))
    expected = rotate(F.rms_norm(x, (16,), weight, 1e-6)[None, None, None], cos[7], sin[7]).flatten()
    plain = rotate(x[None, None, None], cos[7], sin[7]).flatten()
    for norm, wanted in ((weight, expected), (torch.zeros(0), plain)):
        turned = x.numpy().copy()
        pieces.turned(turned, norm.numpy(), np.float32(1e-6), cos[7].numpy(), sin[7].numpy())
        np.testing.assert_allclose(turned, wanted, atol=1e-6)


def test_gated_is_swiglu() -> None:
    gate_up, out = numbers(4, 64) * 10, np.empty((4, 32), dtype=np.float32)
    gate, up = torch.from_numpy(gate_up).chunk(2, dim=-1)
    pieces.gated(gate_up, out)
    np.testing.assert_allclose(out, (F.silu(gate) * up).numpy(), rtol=1e-5, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 70), st.sampled_from([0.01, 0.7, 1.0, 3.0]), st.integers(0, 1000))
def test_a_token_is_drawn_where_u_falls_in_the_cumulative_distribution(V: int, temperature: float, seed: int) -> None:
    logits = torch.from_numpy(numbers(9, V, seed=seed)) * 3
    u = torch.from_numpy(np.random.default_rng(seed).random(9))
    u[0], u[1] = 0.0, 1 - 2**-53
    ids, logprobs = draw(logits, Sampling(1, temperature), u)
    shares = (logits.double() / temperature).softmax(-1)
    below, after = shares.cumsum(-1) - shares, shares.cumsum(-1)
    at = ids[:, None]
    assert (below.gather(1, at)[:, 0] <= u + 1e-5).all() and (after.gather(1, at)[:, 0] >= u - 1e-5).all()
    torch.testing.assert_close(logprobs.double(), shares.gather(1, at)[:, 0].log(), atol=1e-4, rtol=1e-5)


def test_a_token_without_mass_is_never_drawn() -> None:
    logits = torch.full((3, 8), -1e9)
    logits[:, 5] = 0.0
    ids, logprobs = draw(logits, Sampling(1), torch.tensor([0.0, 0.5, 1 - 2**-53], dtype=torch.float64))
    assert ids.tolist() == [5, 5, 5]
    assert logprobs.tolist() == [0.0, 0.0, 0.0]
