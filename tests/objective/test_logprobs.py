"""gather_logprobs and token_entropy against the textbook formulas, and the shift that everything else relies on."""

from __future__ import annotations

import pytest
import torch

from scratchwork.objective.logprobs import gather_logprobs, token_entropy

IDS = torch.tensor([[3, 0, 2, 1], [1, 1, 4, 0]])


def random_logits(seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def textbook(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """log_softmax, then pick: for each b, t >= 1 the logits at t - 1 are asked about ids[b, t]."""
    logprobs = torch.log_softmax(logits / temperature, dim=-1)
    rows = [[logprobs[b, t - 1, IDS[b, t]] for t in range(1, 4)] for b in range(2)]
    return torch.stack([torch.stack([torch.zeros((), dtype=torch.float64), *row]) for row in rows])


def test_hand_worked_2x3() -> None:
    # Logits are logs of weights; the probability of a token is its weight over the sum of the three weights.
    # Row 0: ids 2 0 1. Token 0 (t=1) from weights 1 2 1 at t=0: 1/4.  Token 1 (t=2) from 1 3 4 at t=1: 3/8.
    # Row 1: ids 1 2 2. Token 2 (t=1) from weights 5 3 2 at t=0: 2/10. Token 2 (t=2) from 1 1 8 at t=1: 8/10.
    # The weights at t=2 predict a token that is not there.
    weights = torch.tensor([[[1.0, 2, 1], [1, 3, 4], [9, 9, 9]], [[5, 3, 2], [1, 1, 8], [9, 9, 9]]])
    ids = torch.tensor([[2, 0, 1], [1, 2, 2]])
    expected = torch.tensor([[1.0, 1 / 4, 3 / 8], [1.0, 2 / 10, 8 / 10]])
    torch.testing.assert_close(gather_logprobs(weights.log(), ids).exp(), expected)


def test_temperature_hand_worked() -> None:
    # Weights 1 and 9 at T = 2 become their square roots 1 and 3: probability 3/4 for the second.
    logits = torch.tensor([[[1.0, 9.0], [1.0, 1.0]]]).log()
    assert gather_logprobs(logits, torch.tensor([[0, 1]]), temperature=2.0)[0, 1].exp().item() == pytest.approx(0.75)


@pytest.mark.parametrize("temperature", [0.7, 1.0, 1.5])
def test_values_and_gradient_equal_the_textbook(temperature: float) -> None:
    upstream = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    gradients = []
    for function in (lambda x: gather_logprobs(x, IDS, temperature), lambda x: textbook(x, temperature)):
        logits = random_logits().requires_grad_()
        (function(logits) * upstream).sum().backward()
        gradients.append(logits.grad)
    torch.testing.assert_close(
        gather_logprobs(random_logits(), IDS, temperature), textbook(random_logits(), temperature)
    )
    torch.testing.assert_close(gradients[0], gradients[1])


def test_gradient_by_finite_differences() -> None:
    logits = random_logits().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: gather_logprobs(x, IDS, 0.8), (logits,))


def test_raising_a_tokens_logprob_raises_its_own_logit_and_lowers_the_others() -> None:
    logits = random_logits().requires_grad_()
    gather_logprobs(logits, IDS)[0, 1].backward()
    at_t0 = logits.grad[0, 0]
    assert at_t0[IDS[0, 1]] > 0
    assert (at_t0 < 0).sum() == 4
    assert at_t0.sum().item() == pytest.approx(0.0)
    assert logits.grad[0, 1:].abs().sum() == 0  # no other position said anything of that token


def test_the_last_logits_predict_nothing_and_the_first_token_is_not_predicted() -> None:
    logits = random_logits().requires_grad_()
    logprobs = gather_logprobs(logits, IDS)
    logprobs.sum().backward()
    assert (logprobs[:, 0] == 0).all()
    assert (logits.grad[:, -1] == 0).all()
    assert (logits.grad[:, :-1] != 0).all()


def test_extreme_logits_stay_finite() -> None:
    logits = torch.tensor([[[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]]], requires_grad=True)
    logprobs = gather_logprobs(logits, torch.tensor([[0, 1]]))
    logprobs.sum().backward()
    assert logprobs[0, 1].item() == pytest.approx(-2e4)
    assert torch.isfinite(logits.grad).all()


def test_half_precision_logits_give_full_precision_logprobs() -> None:
    logits = random_logits().bfloat16().requires_grad_()
    logprobs = gather_logprobs(logits, IDS)
    assert logprobs.dtype == torch.float32
    torch.testing.assert_close(logprobs, textbook(logits.detach().double(), 1.0).float())
    logprobs.sum().backward()
    assert logits.grad.dtype == torch.bfloat16


def test_entropy_hand_worked() -> None:
    # Of weights 2 1 1, (1/2 1/4 1/4): 1/2 log 2 + 2 * 1/4 log 4 = 3/2 log 2. It belongs to the token drawn next.
    logits = torch.tensor([[[2.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]).log()
    expected = torch.tensor([[0.0, 1.5 * torch.log(torch.tensor(2.0)).item()]])
    torch.testing.assert_close(token_entropy(logits, torch.tensor([[0, 0]])), expected)


def test_entropy_uses_the_temperature_and_has_no_gradient() -> None:
    logits = random_logits().requires_grad_()
    entropy = token_entropy(logits, IDS, temperature=0.5)
    assert not entropy.requires_grad
    expected = torch.distributions.Categorical(logits=logits.detach() / 0.5).entropy()
    torch.testing.assert_close(entropy[:, 1:], expected[:, :-1])


@pytest.mark.parametrize("function", [gather_logprobs, token_entropy])
def test_inputs_are_unchanged_and_bad_ones_named(function) -> None:
    logits, ids = random_logits(), IDS.clone()
    function(logits, ids, 0.7)
    assert torch.equal(logits, random_logits())
    assert torch.equal(ids, IDS)
    for temperature in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="temperature is"):
            function(logits, ids, temperature)
    with pytest.raises(ValueError, match=r"logits are \(2, 4, 5\) and ids \(2, 3\)"):
        function(logits, ids[:, :3])


def test_backward_leaves_the_upstream_gradient_and_the_logits_alone() -> None:
    logits = random_logits().requires_grad_()
    upstream = torch.ones(2, 4, dtype=torch.float64)
    gather_logprobs(logits, IDS).backward(upstream)
    assert (upstream == 1).all()
    assert torch.equal(logits.detach(), random_logits())
