"""The training pass's kernels against torch: the same outputs and gradients, the same bits on any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scratchwork.config import ModelConfig
from scratchwork.model.transformer import Transformer, rope_table, rotate
from scratchwork.native import functions, rows
from tests.models import model_of

EPS = 1e-3
WIDE = {"num_attention_heads": 6, "head_dim": 32, "rms_norm_eps": EPS}


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def numbers(*shape: int, seed: int = 0, mean: float = 0.0) -> Tensor:
    drawn = mean + torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return drawn.requires_grad_()


def turns(D: int) -> tuple[Tensor, Tensor]:
    return rope_table(ModelConfig(hidden_size=D, num_attention_heads=1, num_key_value_heads=1, head_dim=D))


def plain(qkv: Tensor, norms: list[Tensor], D: int, H: int, H_kv: int) -> Tensor:
    """What `functions.attention` says it is, in torch's words and double precision."""
    cos, sin = (x[: qkv.shape[1]].double() for x in turns(D))
    q, k, v = qkv.double().unflatten(-1, (-1, D)).transpose(1, 2).split((H, H_kv, H_kv), dim=1)
    if norms:
        q, k = (F.rms_norm(x, (D,), norm.double(), EPS) for x, norm in zip((q, k), norms, strict=True))
    q, k = rotate(q, cos, sin), rotate(k, cos, sin)
    scores = q @ k.repeat_interleave(H // H_kv, dim=1).transpose(2, 3) / D**0.5
    later = torch.ones_like(scores, dtype=torch.bool).triu(1)
    shares = scores.masked_fill(later, float("-inf")).softmax(-1)
    return (shares @ v.repeat_interleave(H // H_kv, dim=1)).transpose(1, 2).flatten(2)


def agree(ours: Callable[[], Tensor], theirs: Callable[[], Tensor], given: list[Tensor]) -> None:
    out, expected = ours(), theirs()
    torch.testing.assert_close(out, expected, atol=2e-5, rtol=2e-5, check_dtype=False)
    slope = numbers(*out.shape, seed=9).detach()
    gradients = torch.autograd.grad(out, given, slope), torch.autograd.grad(expected, given, slope.to(expected.dtype))
    for own, other in zip(*gradients, strict=True):
        torch.testing.assert_close(own, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("D", "H", "H_kv"), [(16, 1, 1), (32, 6, 2), (48, 2, 2), (64, 4, 1)])
@pytest.mark.parametrize("T", [1, 2, 15, 16, 17, 50])
@pytest.mark.parametrize("normed", [True, False])
def test_attention_and_its_gradients_are_torchs(D: int, H: int, H_kv: int, T: int, normed: bool) -> None:
    qkv = numbers(3, T, (H + 2 * H_kv) * D)
    norms = [numbers(D, seed=1, mean=1.0), numbers(D, seed=2, mean=1.0)] if normed else []
    cos, sin = turns(D)
    agree(
        lambda: functions.attention(qkv, norms, EPS, cos, sin, H, H_kv),
        lambda: plain(qkv, norms, D, H, H_kv),
        [qkv, *norms],
    )


def test_scores_of_any_size_are_softmaxed() -> None:
    D, (cos, sin) = 32, turns(32)
    qkv = (30 * numbers(1, 40, 3 * D)).detach().requires_grad_()  # scores in the thousands
    out = functions.attention(qkv, [], EPS, cos, sin, 1, 1)
    torch.testing.assert_close(out.double(), plain(qkv, [], D, 1, 1), atol=1e-2, rtol=1e-3)
    assert torch.autograd.grad(out.sum(), qkv)[0].isfinite().all()


@pytest.mark.parametrize(("R", "C"), [(1, 16), (7, 48), (2 * rows.BLOCK + 3, 16)])
def test_rms_norm_and_its_gradients_are_torchs(R: int, C: int) -> None:
    x, weight = numbers(R, C), numbers(C, seed=1, mean=1.0)
    agree(
        lambda: functions.rms_norm(x, weight, EPS),
        lambda: F.rms_norm(x.double(), (C,), weight.double(), EPS),
        [x, weight],
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40), st.integers(1, 4), st.floats(0.01, 100))
def test_swiglu_and_its_gradient_are_torchs(R: int, chunks: int, size: float) -> None:
    gate_up = (size * numbers(R, 2, 16 * chunks)).detach().flatten(1).requires_grad_()
    gate, up = gate_up.double().chunk(2, dim=-1)
    slope = numbers(R, 16 * chunks, seed=3).detach()
    out, expected = functions.swiglu(gate_up), F.silu(gate) * up
    torch.testing.assert_close(out.double(), expected, atol=1e-5 * size**2, rtol=1e-5)
    own, other = torch.autograd.grad(out, gate_up, slope), torch.autograd.grad(expected, gate_up, slope.double())
    torch.testing.assert_close(own[0], other[0], atol=1e-5 * size, rtol=1e-4)


def test_what_is_not_in_one_piece_is_read_as_it_stands() -> None:
    """Transposed inputs and broadcast gradients come from any expression around a function."""
    x, weight = numbers(16, 5), numbers(16, seed=1)
    agree(
        lambda: functions.rms_norm(x.t(), weight, EPS).sum(0).expand(3, 16),
        lambda: F.rms_norm(x.t(), (16,), weight, EPS).sum(0).expand(3, 16),
        [x, weight],
    )


def learnt(model: Transformer, dtype: torch.dtype | None = None) -> list[Tensor]:
    """The logits' and all parameters' gradients, of a fixed sum of the logits."""
    ids = torch.arange(5 * 33).view(5, 33) * 7 % 70
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype is not None):
        logits = model(ids)
    slope = numbers(*logits.shape, seed=5).detach()
    return [logits.detach(), *torch.autograd.grad((logits * slope).sum(), list(model.parameters()))]


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_a_model_learns_the_same_without_them(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(architecture, **WIDE)
    ours = learnt(model)
    monkeypatch.setattr(functions, "runs", lambda *_: False)
    for own, other in zip(ours, learnt(model), strict=True):
        torch.testing.assert_close(own, other, atol=1e-4 * float(other.abs().max()), rtol=1e-3)


def test_under_autocast_it_learns_as_far_as_bf16_goes() -> None:
    model = model_of("qwen3", **WIDE)
    for own, other in zip(learnt(model, torch.bfloat16), learnt(model), strict=True):
        assert F.cosine_similarity(own.float().flatten(), other.flatten(), dim=0) > 0.99


def test_threads_change_no_bit() -> None:
    D, (cos, sin) = 32, turns(32)
    qkv, x, weight = numbers(3, 20, 10 * D), numbers(3 * rows.BLOCK, 16), numbers(16, seed=1)

    def computed(threads: int) -> list[Tensor]:
        torch.set_num_threads(threads)
        attended, normed = functions.attention(qkv, [], EPS, cos, sin, 6, 2), functions.rms_norm(x, weight, EPS)
        gradients = torch.autograd.grad(attended.square().sum() + normed.square().sum(), [qkv, x, weight])
        return [attended, normed, *gradients]

    assert all(torch.equal(a, b) for a, b in zip(computed(1), computed(3), strict=True))


def test_padding_on_the_right_changes_no_bit() -> None:
    D, (cos, sin) = 32, turns(32)
    qkv = numbers(1, 40, 10 * D)
    short = functions.attention(qkv[:, :21], [], EPS, cos, sin, 6, 2)
    assert torch.equal(functions.attention(qkv, [], EPS, cos, sin, 6, 2)[:, :21], short)


def test_a_second_derivative_is_refused() -> None:
    x = numbers(2, 16)
    (slope,) = torch.autograd.grad(functions.rms_norm(x, torch.ones(16), EPS).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.parametrize(
    "x", [torch.zeros(2, 16, dtype=torch.float64), torch.zeros(2, 24), torch.zeros(2, 16).bfloat16()]
)
def test_what_they_cannot_take_they_say(x: Tensor) -> None:
    assert functions.runs(torch.zeros(2, 16), 16)
    assert not functions.runs(x, x.shape[-1])
