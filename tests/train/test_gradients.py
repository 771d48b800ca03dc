"""The gradient of a step: what `backward` gives, and no bit of it hangs on the threads."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import Tensor

from scratchwork.train.batch import TokenBatch
from scratchwork.train.gradients import add_gradients, side_by_side, warm_up
from tests.rollout.engine_contract import VOCABULARY, random_model


@pytest.fixture(autouse=True)
def threads_as_they_were():
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)


def batches() -> list[TokenBatch]:
    generator = torch.Generator().manual_seed(1)
    made = []
    for rows, width in ((3, 40), (5, 21), (1, 33), (8, 7)):
        ids = torch.randint(0, VOCABULARY, (rows, width), generator=generator)
        whole = torch.ones(rows, width)
        made.append(TokenBatch(ids, whole.bool(), whole.bool(), whole, whole))
    return made


def gradients(threads: int) -> tuple[dict[str, Tensor], float, list[int]]:
    model = random_model()
    torch.set_num_threads(threads)

    def loss(batch: TokenBatch) -> tuple[Tensor, int]:
        return model(batch.ids).logsumexp(-1).square().sum() / 100, len(batch.ids)

    total, besides = add_gradients(model, loss, batches())
    torch.set_num_threads(1)
    return {name: p.grad for name, p in model.named_parameters()}, total, besides


def test_gradients_are_those_of_backward_and_the_same_bits_on_any_number_of_threads() -> None:
    model = random_model()
    torch.set_num_threads(1)
    for batch in batches():
        (model(batch.ids).logsumexp(-1).square().sum() / 100).backward()
    one, total, besides = gradients(1)
    assert besides == [3, 5, 1, 8] and total > 0
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(one[name], parameter.grad, rtol=1e-4, atol=1e-5)
    for threads in (2, 3):
        many, same, order = gradients(threads)
        assert (same, order) == (total, besides)
        assert all(torch.equal(many[name], one[name]) for name in one)


def test_gradients_add_to_what_is_there() -> None:
    model = random_model()
    torch.set_num_threads(2)

    def loss(batch: TokenBatch) -> tuple[Tensor, None]:
        return model(batch.ids).sum(), None

    add_gradients(model, loss, batches())
    once = model.norm.weight.grad.clone()
    add_gradients(model, loss, batches())
    torch.set_num_threads(1)
    torch.testing.assert_close(model.norm.weight.grad, 2 * once)


def test_threads_work_side_by_side_each_with_one() -> None:
    torch.set_num_threads(2)
    meeting = threading.Barrier(2, timeout=30)  # passes only if two are here at once

    def work(item: int) -> tuple[int, int]:
        meeting.wait()
        return item, torch.get_num_threads()

    assert list(side_by_side(work, range(6))) == [(i, 1) for i in range(6)]
    assert torch.get_num_threads() == 2
    assert list(side_by_side(lambda item: torch.get_num_threads(), range(2), alone=True)) == [2, 2]
    torch.set_num_threads(1)


def test_an_error_in_a_thread_is_raised_here() -> None:
    torch.set_num_threads(2)
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda item: 1 // item, [1, 0, 1]))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


def test_warming_up_leaves_no_trace() -> None:
    model = random_model(head_dim=16)
    torch.set_num_threads(1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert warm_up(model) > 0
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
