"""Draws follow the softmax, truncation keeps exactly the right tokens, and log-probs are of what was drawn from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from scratchwork.errors import UserError
from scratchwork.rollout.sampling import Sampling, draw, later_seed, sequence_seed, truncated, uniforms

LOGITS = st.lists(st.integers(-60, 60), min_size=1, max_size=12, unique=True).map(lambda xs: [x / 7 for x in xs])


def naive_kept(logits: list[float], temperature: float, top_p: float, top_k: int) -> set[int]:
    """Top-k, then the fewest likeliest whose mass reaches p, token by token."""
    scaled = torch.tensor(logits, dtype=torch.float64) / temperature
    order = sorted(range(len(logits)), key=lambda i: -logits[i])[: top_k or None]
    probs = scaled[order].softmax(-1).tolist()
    kept: set[int] = set()
    mass = 0.0
    for i, p in zip(order, probs, strict=True):
        if top_p < 1 and mass >= top_p:
            break
        kept.add(i)
        mass += p
    return kept


@given(LOGITS, st.sampled_from([0.3, 1.0, 2.5]), st.floats(0.05, 1.0), st.integers(0, 14))
@example([0.0, 1 / 7, 36 / 7], 0.3, 0.9999999999999999, 0)
def test_truncation_keeps_what_the_definition_keeps(logits, temperature, top_p, top_k) -> None:
    sampling = Sampling(1, temperature, top_p, top_k)
    kept = set(truncated(torch.tensor([logits]), sampling)[0].isfinite().nonzero()[:, 0].tolist())
    # Rounding may decide about tokens at which the mass reaches p to the last digits; so ask on either side of them.
    least, most = (naive_kept(logits, temperature, min(1.0, top_p + d), top_k) for d in (-1e-6, 1e-6))
    likeliest = sorted(range(len(logits)), key=lambda i: -logits[i])[: len(kept)]
    assert least <= kept <= most and kept == set(likeliest)


def test_truncation_by_hand() -> None:
    logits = torch.tensor([[0.1, 0.4, 0.2, 0.3]]).log()

    def probs(**cut: float) -> list[float]:
        return [round(p, 4) for p in truncated(logits, Sampling(1, **cut)).softmax(-1)[0].tolist()]

    assert probs() == [0.1, 0.4, 0.2, 0.3]
    assert probs(top_k=2) == [0, 0.5714, 0, 0.4286]
    assert probs(top_p=0.69) == [0, 0.5714, 0, 0.4286]
    assert probs(top_p=0.71) == [0, 0.4444, 0.2222, 0.3333]
    assert probs(top_p=1e-9) == probs(top_p=5e-324) == [0, 1, 0, 0]
    assert probs(top_k=3, top_p=0.75) == [0, 0.5714, 0, 0.4286]  # of those left: 4/9 + 3/9 = 0.78
    assert probs(temperature=0.5) == [0.0333, 0.5333, 0.1333, 0.3]  # squares: 1 16 4 9 of 30


@pytest.mark.parametrize("cut", [{}, {"temperature": 0.7}, {"temperature": 1.5, "top_p": 0.8}, {"top_k": 3}])
def test_draws_follow_the_distribution(cut) -> None:
    n, sampling = 40_000, Sampling(1, **cut)
    logits = torch.tensor([1.0, -1.0, 0.5, 2.0, -4.0, 0.0])
    u = torch.from_numpy(uniforms(np.arange(n, dtype=np.uint64), np.zeros(n, dtype=np.uint64)))
    ids, logprobs = draw(logits.expand(n, -1), sampling, u)
    probs = truncated(logits[None], sampling).softmax(-1)[0]
    seen = torch.bincount(ids, minlength=6)
    assert seen[probs == 0].sum() == 0
    expected = n * probs[probs > 0]
    chi_square = ((seen[probs > 0] - expected).square() / expected).sum()
    assert chi_square < 20.5  # 0.999 of 5 degrees of freedom; the seeds are fixed
    torch.testing.assert_close(logprobs, probs.log()[ids])


@given(LOGITS, st.sampled_from([0.0, 1e-300, 0.5, 1 - 2.0**-53]), st.floats(0.05, 1.0))
def test_no_draw_lands_on_a_token_without_mass(logits, u, top_p) -> None:
    rows = torch.tensor([logits, [-1e4, *logits[1:]], [*logits[:-1], -1e4]])
    ids, logprobs = draw(rows, Sampling(1, top_p=top_p), torch.full((3,), u, dtype=torch.float64))
    kept = truncated(rows, Sampling(1, top_p=top_p)).softmax(-1)
    assert (kept.gather(-1, ids[:, None]) > 0).all()
    assert logprobs.isfinite().all()


def test_greedy_takes_the_first_likeliest_for_certain() -> None:
    ids, logprobs = draw(torch.tensor([[0.0, 3.0, 3.0], [5.0, 1.0, 2.0]]), Sampling(1, temperature=0), torch.rand(2))
    assert ids.tolist() == [1, 0]
    assert logprobs.tolist() == [0.0, 0.0]


def test_uniforms_are_uniform_and_apart() -> None:
    seeds, positions = np.meshgrid(np.arange(300, dtype=np.uint64), np.arange(300, dtype=np.uint64))
    u = uniforms(seeds.ravel(), positions.ravel())
    assert u.min() >= 0
    assert u.max() < 1
    assert len(np.unique(u)) == u.size
    counts = np.histogram(u, bins=50, range=(0, 1))[0]
    assert ((counts - u.size / 50) ** 2 / (u.size / 50)).sum() < 86  # 0.999 of 49 degrees of freedom
    grid = u.reshape(300, 300) - 0.5
    for shift in (grid[1:] * grid[:-1], grid[:, 1:] * grid[:, :-1]):  # neighbours in position and in seed
        assert abs(shift.mean()) < 4 / 12 / 300


def test_sequence_seeds_depend_on_every_part_and_their_order() -> None:
    seeds = [sequence_seed(*parts) for parts in ((1, 2), (2, 1), (1,), (1, 2, 0), (0, 1, 2), (-1, 2), (2**64 + 1, 3))]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert sequence_seed(1, 2) == seeds[0]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"max_tokens": 0}, "max_tokens is 0; an answer has at least 1 token"),
        ({"temperature": -0.1}, r"temperature is -0\.1; use 0 \(greedy\), or 0\.01 and more"),
        ({"temperature": 1e-50}, r"temperature is 1e-50"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_p": 0.0}, r"top_p is 0\.0; it is a share above 0 and at most 1"),
        ({"top_p": 1.1}, r"top_p is 1\.1"),
        ({"top_k": -1}, r"top_k is -1; use 0 \(all tokens\) or more"),
    ],
)
def test_settings_that_make_no_sense_are_sentences(settings, sentence) -> None:
    with pytest.raises(UserError, match=sentence):
        Sampling(**{"max_tokens": 5, **settings})


@given(st.integers(0, 2**64 - 1), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_later_seed_goes_on_where_the_first_was(seed: int, tokens: int, t: int) -> None:
    first = uniforms(np.array([seed], dtype=np.uint64), np.array([tokens + t], dtype=np.uint64))
    later = uniforms(np.array([later_seed(seed, tokens)], dtype=np.uint64), np.array([t], dtype=np.uint64))
    assert first == later and later_seed(seed, 0) == seed


@given(LOGITS, st.sampled_from([0.0, 0.3, 0.999]), st.sampled_from([0.0, 0.7, 1.0]), st.data())
def test_what_is_suppressed_never_comes_and_the_rest_share_its_mass(logits, u, temperature, data) -> None:
    banned = data.draw(st.sets(st.integers(0, len(logits) - 1), max_size=len(logits) - 1))
    rows, at = torch.tensor([logits]), torch.tensor([u], dtype=torch.float64)
    ids, logprobs = draw(rows, Sampling(1, temperature, suppressed_ids=tuple(sorted(banned))), at)
    left = [i for i in range(len(logits)) if i not in banned]
    only_ids, only = draw(rows[:, left], Sampling(1, temperature), at)  # as if the vocabulary lacked them
    assert ids.item() not in banned
    assert ids.item() == left[only_ids.item()]
    torch.testing.assert_close(logprobs, only)
