"""The seam from rollouts to gradients: what is trainable, what divides, and that cutting a step up changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from scratchwork.objective.logprobs import gather_logprobs
from scratchwork.objective.policy_loss import OBJECTIVES, Denominators, policy_loss
from scratchwork.train.batch import TokenBatch, make_batches
from scratchwork.types import Rollout, Score

PAD, END = 2, 1
VOCAB = 12


def rollout(prompt: list[int], completion: list[int], finish: str = "stop", reward: float | None = 1.0) -> Rollout:
    n = len(completion)
    logprobs = tuple(-0.1 * (i + 1) for i in range(n))
    return Rollout("p", tuple(prompt), tuple(completion), (1,) * n, logprobs, finish, 0, "", Score(reward))


SHORT = rollout([5, 6], [7, END])
LONG = rollout([8], [9, 10, 11, 9], finish="length", reward=0.0)
MIDDLE = rollout([5, 8], [6, 7, END])
STEP = [SHORT, LONG, MIDDLE]
CREDIT = [1.0, -0.5, 0.25]


class ToyModel(torch.nn.Module):
    """Causal by construction: the logits at t see the running sum of the embeddings up to t."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = torch.nn.Parameter(torch.randn(VOCAB, 6, generator=generator))
        self.head = torch.nn.Parameter(torch.randn(6, VOCAB, generator=generator))

    def forward(self, ids: Tensor) -> Tensor:
        return torch.tanh(self.table[ids].cumsum(dim=1)) @ self.head


def backward(
    batches: list[TokenBatch], denominators: Denominators, name: str = "grpo", kl: float = 0.0
) -> tuple[float, list[Tensor]]:
    """The loss of a step and its gradients, micro-batch by micro-batch, as the trainer does it."""
    model, total = ToyModel(), 0.0
    for batch in batches:
        logprobs = gather_logprobs(model(batch.ids), batch.ids, temperature=0.9)
        objective = replace(OBJECTIVES[name], kl=kl)
        ref = batch.sampled_logprobs if kl else None
        loss, _ = policy_loss(
            logprobs, batch.sampled_logprobs, batch.advantages, batch.loss_mask, objective, denominators, ref
        )
        loss.backward()
        total += loss.item()
    return total, [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]


def assert_same_step(one: tuple[float, list[Tensor]], other: tuple[float, list[Tensor]]) -> None:
    assert one[0] == pytest.approx(other[0], abs=1e-6)
    torch.testing.assert_close(one[1], other[1], rtol=1e-4, atol=1e-6)


def test_a_batch_written_out() -> None:
    (batch,), denominators = make_batches([SHORT, LONG], [1.0, -0.5], PAD, tokens_per_microbatch=100, max_tokens=4)
    assert batch.ids.tolist() == [[8, 9, 10, 11, 9], [5, 6, 7, END, PAD]]
    assert batch.attention_mask.tolist() == [[True] * 5, [True] * 4 + [False]]
    assert batch.loss_mask.tolist() == [[False, True, True, True, True], [False, False, True, True, False]]
    assert batch.advantages.tolist() == [[0.0, -0.5, -0.5, -0.5, -0.5], [0.0, 0.0, 1.0, 1.0, 0.0]]
    expected = torch.tensor([[0.0, -0.1, -0.2, -0.3, -0.4], [0.0, 0.0, -0.1, -0.2, 0.0]])
    torch.testing.assert_close(batch.sampled_logprobs, expected)
    assert denominators == Denominators(num_loss_tokens=6, num_rollouts=2, max_tokens=4)


def test_a_pad_id_inside_a_completion_is_an_ordinary_token() -> None:
    (batch,), denominators = make_batches([rollout([5], [PAD, 7, END]), LONG], [1.0, 1.0], PAD, 100, 4)
    assert batch.loss_mask[1].tolist() == [False, True, True, True, False]
    assert batch.attention_mask[1].tolist() == [True, True, True, True, False]
    assert denominators.num_loss_tokens == 7


def test_a_completions_own_mask_is_respected() -> None:
    partly = replace(SHORT, loss_mask=(0, 1))
    (batch,), denominators = make_batches([partly], [1.0], PAD, 100, 4)
    assert batch.loss_mask.tolist() == [[False, False, False, True]]
    assert denominators.num_loss_tokens == 1


def test_rows_go_longest_first_into_micro_batches_within_the_budget() -> None:
    rollouts = [rollout([5], [7] * n) for n in (1, 9, 3, 4, 2, 5, 1)]  # rows of 2 10 4 5 3 6 2
    batches, _ = make_batches(rollouts, [1.0] * 7, PAD, tokens_per_microbatch=12, max_tokens=9)
    assert [tuple(batch.ids.shape) for batch in batches] == [(1, 10), (2, 6), (3, 4), (1, 2)]


def test_a_row_over_the_budget_goes_alone() -> None:
    batches, _ = make_batches(STEP, CREDIT, PAD, tokens_per_microbatch=1, max_tokens=4)
    assert [batch.ids.shape[0] for batch in batches] == [1, 1, 1]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_many_micro_batches_equal_one(name: str) -> None:
    whole = make_batches(STEP, CREDIT, PAD, tokens_per_microbatch=1000, max_tokens=4)
    pieces = make_batches(STEP, CREDIT, PAD, tokens_per_microbatch=1, max_tokens=4)
    assert (len(whole[0]), len(pieces[0])) == (1, 3)
    assert_same_step(backward(*whole, name, kl=0.05), backward(*pieces, name, kl=0.05))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_pads_and_how_much_changes_nothing(name: str) -> None:
    batches, denominators = make_batches(STEP, CREDIT, PAD, 1000, 4)

    def widen(batch: TokenBatch) -> TokenBatch:
        fields = {f: torch.nn.functional.pad(getattr(batch, f), (0, 3)) for f in batch.__slots__ if f != "ref_logprobs"}
        return TokenBatch(**fields)

    widened = [widen(batch) for batch in batches]
    other_pad, _ = make_batches(STEP, CREDIT, 3, 1000, 4)
    assert_same_step(backward(batches, denominators, name), backward(widened, denominators, name))
    assert_same_step(backward(batches, denominators, name), backward(other_pad, denominators, name))


def gradient_by_position(one: Rollout) -> Tensor:
    """How strongly the loss pulls at the logits of each position: (T,)."""
    (batch,), denominators = make_batches([one], [1.0], PAD, 1000, 8)
    logits = ToyModel()(batch.ids).detach().requires_grad_()
    logprobs = gather_logprobs(logits, batch.ids)
    args = (batch.sampled_logprobs, batch.advantages, batch.loss_mask, OBJECTIVES["rloo"], denominators)
    policy_loss(logprobs, *args)[0].backward()
    return logits.grad.abs().sum(dim=-1)[0]


def test_prompt_tokens_get_no_gradient_and_the_stop_token_does() -> None:
    pull = gradient_by_position(rollout([5, 6, 8], [7, 9, END]))  # the logits at t speak of the token at t + 1
    assert (pull[:2] == 0).all()  # of the prompt's second and third token
    assert (pull[2:5] > 0).all()  # of 7, of 9, and of the stop token
    assert pull[5] == 0  # of what would follow the stop token


def test_a_rewarded_stop_becomes_likelier() -> None:
    model = ToyModel()
    (batch,), denominators = make_batches([SHORT], [1.0], PAD, 1000, 4)
    args = (batch.sampled_logprobs, batch.advantages, batch.loss_mask, OBJECTIVES["rloo"], denominators)
    before = gather_logprobs(model(batch.ids), batch.ids)
    policy_loss(before, *args)[0].backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 0.01 * parameter.grad
        after = gather_logprobs(model(batch.ids), batch.ids)
    assert (after[0, 2:] > before[0, 2:]).all()


def test_truncated_rollouts_are_masked_only_when_asked() -> None:
    plain, counted = make_batches(STEP, CREDIT, PAD, 1000, 4)
    masked, fewer = make_batches(STEP, CREDIT, PAD, 1000, 4, mask_truncated=True)
    assert counted == Denominators(9, 3, 4)
    assert fewer == Denominators(5, 2, 4)
    assert [b.ids.shape[0] for b in plain] == [3]
    assert_same_step(backward(masked, fewer), backward(*make_batches([SHORT, MIDDLE], [1.0, 0.25], PAD, 1000, 4)))


def test_a_rollout_without_a_verdict_is_never_trained_on() -> None:
    failed = rollout([5], [7, 7, END], reward=None)
    step = make_batches([SHORT, failed, MIDDLE], [1.0, 0.0, 0.25], PAD, 1000, 4)
    assert step[1] == Denominators(5, 2, 4)
    assert_same_step(
        backward(*step, kl=0.1), backward(*make_batches([SHORT, MIDDLE], [1.0, 0.25], PAD, 1000, 4), kl=0.1)
    )


@pytest.mark.parametrize("name", OBJECTIVES)
def test_skipping_zero_advantages_leaves_the_gradient_alone(name: str) -> None:
    credit = [1.0, 0.0, -0.25]
    all_rows = make_batches(STEP, credit, PAD, 1000, 4)
    skipped = make_batches(STEP, credit, PAD, 1000, 4, skip_zero_advantage=True)
    assert skipped[1] == all_rows[1]
    assert [b.ids.shape[0] for b in skipped[0]] == [2]
    assert_same_step(backward(*skipped, name), backward(*all_rows, name))


def test_nothing_to_learn_gives_no_batches() -> None:
    unread = rollout([5], [7], reward=None)
    assert make_batches([unread], [0.0], PAD, 1000, 4) == ([], Denominators(0, 0, 4))
    assert make_batches([], [], PAD, 1000, 4) == ([], Denominators(0, 0, 4))
    blind = replace(SHORT, loss_mask=(0, 0))
    assert make_batches([blind], [1.0], PAD, 1000, 4) == ([], Denominators(0, 0, 4))


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="3 rollouts but 1 advantages"):
        make_batches(STEP, [1.0], PAD, 1000, 4)
    with pytest.raises(ValueError, match="tokens_per_microbatch is 0"):
        make_batches(STEP, CREDIT, PAD, 0, 4)
    with pytest.raises(ValueError, match="problem p is nan"):
        make_batches([SHORT], [float("nan")], PAD, 1000, 4)
    with pytest.raises(ValueError, match="problem p has no prompt"):
        make_batches([rollout([], [7])], [1.0], PAD, 1000, 4)
