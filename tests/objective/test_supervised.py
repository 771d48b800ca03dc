"""supervised_loss: hand-worked, masked, and the same however the step is cut up."""

from __future__ import annotations

import math

import pytest
import torch

from scratchwork.objective.supervised import supervised_loss

IDS = torch.tensor([[2, 0, 1], [1, 2, 2]])


def random_logits() -> torch.Tensor:
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))


def test_hand_worked_2x3() -> None:
    # Probabilities of the tokens at t=1, 2: 1/4, 3/8 in row 0 and 2/10, 8/10 in row 1. The mask drops the 2/10.
    weights = torch.tensor([[[1.0, 2, 1], [1, 3, 4], [9, 9, 9]], [[5, 3, 2], [1, 1, 8], [9, 9, 9]]])
    mask = torch.tensor([[0, 1, 1], [0, 0, 1]])
    loss = supervised_loss(weights.log(), IDS, mask, num_loss_tokens=3)
    assert loss.item() == pytest.approx(-(math.log(1 / 4) + math.log(3 / 8) + math.log(8 / 10)) / 3)


def test_gradient_is_probability_minus_one_on_the_target_and_zero_where_masked() -> None:
    logits = torch.tensor([[1.0, 3.0, 4.0]]).log().expand(1, 3, 3).clone().requires_grad_()
    supervised_loss(logits, torch.tensor([[0, 1, 2]]), torch.tensor([[0, 0, 1]]), num_loss_tokens=2).backward()
    # Only the logits at t=1 are asked, about token 2: (1/8, 3/8, 4/8 - 1) / 2.
    expected = torch.tensor([[[0.0, 0, 0], [1 / 16, 3 / 16, -4 / 16], [0, 0, 0]]])
    torch.testing.assert_close(logits.grad, expected)


def test_many_micro_batches_equal_one() -> None:
    mask = torch.tensor([[0, 1, 1], [0, 0, 1]])
    whole, parts = random_logits().requires_grad_(), random_logits().requires_grad_()
    loss = supervised_loss(whole, IDS, mask, num_loss_tokens=3)
    loss.backward()
    pieces = [supervised_loss(parts[i : i + 1], IDS[i : i + 1], mask[i : i + 1], num_loss_tokens=3) for i in range(2)]
    for piece in pieces:
        piece.backward()
    torch.testing.assert_close(sum(pieces), loss)
    torch.testing.assert_close(parts.grad, whole.grad)


def test_inputs_are_unchanged_and_bad_ones_named() -> None:
    logits, ids, mask = random_logits(), IDS.clone(), torch.ones(2, 3)
    supervised_loss(logits, ids, mask, num_loss_tokens=4)
    assert torch.equal(logits, random_logits())
    assert torch.equal(ids, IDS)
    assert (mask == 1).all()
    with pytest.raises(ValueError, match="num_loss_tokens is 0"):
        supervised_loss(logits, ids, mask, num_loss_tokens=0)
    with pytest.raises(ValueError, match=r"loss_mask is \(2, 2\)"):
        supervised_loss(logits, ids, mask[:, :2], num_loss_tokens=4)
