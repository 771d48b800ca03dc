"""The decoder: cached equals uncached, no token sees a later one, rotary positions are relative."""

from __future__ import annotations

import pytest
import torch

from scratchwork.config import ModelConfig
from scratchwork.model.cache import KVCache
from scratchwork.model.transformer import rope_table, rotate

FAMILIES = ("llama", "qwen2", "qwen3")


def some_ids(rows: int, length: int, vocabulary: int = 250) -> torch.Tensor:
    return torch.randint(0, vocabulary, (rows, length), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@torch.no_grad()
def test_cached_decode_equals_the_whole_pass_when_rows_are_at_different_places(
    random_model, architecture, kv_heads
) -> None:
    model = random_model(architecture, num_key_value_heads=kv_heads)
    ids, starts, steps = some_ids(3, 20), torch.tensor([1, 9, 4]), 10
    expected = model(ids)  # (3, 20, V)
    cache = KVCache(model.config, rows=5, max_length=24)
    cache.keys.fill_(1e4), cache.values.fill_(1e4)  # old memory of other sequences must never be read
    model.hidden_states(ids[:, :9], prefilled := KVCache(model.config, 3, 9))
    for row, start in enumerate(starts.tolist()):
        cache.fill(torch.tensor([row]), prefilled, torch.tensor([row]), start)
    for step in range(steps):
        at = starts + step
        logits = model.decode(ids.gather(1, at[:, None])[:, 0], cache, at)
        torch.testing.assert_close(logits, expected[torch.arange(3), at], atol=1e-4, rtol=0)


@pytest.mark.parametrize("architecture", FAMILIES)
@torch.no_grad()
def test_no_token_sees_a_later_one_so_padding_on_the_right_changes_nothing(random_model, architecture) -> None:
    model, ids = random_model(architecture), some_ids(2, 12)
    changed = ids.clone()
    changed[:, 7:] = 0
    before, after = model(ids), model(changed)
    torch.testing.assert_close(before[:, :7], after[:, :7], atol=1e-5, rtol=0)
    torch.testing.assert_close(model(ids[:, :7]), before[:, :7], atol=1e-5, rtol=0)
    assert (before[:, 7:] - after[:, 7:]).abs().max() > 0.1
    assert (model(ids.flip(1))[:, -1] - before[:, -1]).abs().max() > 0.1  # order counts


def test_rotation_by_hand() -> None:
    # head_dim 4 and theta 100: pairs (0, 2) and (1, 3) turn by 1 and by 1/10 radian a position.
    cos, sin = rope_table(ModelConfig(head_dim=4, rope_theta=100.0, max_position_embeddings=8))
    x = torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]])
    turned = rotate(x, cos[3:4], sin[3:4])[0, 0, 0]
    a, b = torch.tensor(3.0), torch.tensor(0.3)
    torch.testing.assert_close(turned, torch.stack([a.cos(), -2 * b.sin(), a.sin(), 2 * b.cos()]))


def test_scores_depend_on_distance_alone() -> None:
    cos, sin = rope_table(ModelConfig(head_dim=8, max_position_embeddings=64))
    q, k = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(0))

    def score(at_q: int, at_k: int) -> torch.Tensor:
        return (rotate(q, cos[at_q], sin[at_q]) * rotate(k, cos[at_k], sin[at_k])).sum()

    torch.testing.assert_close(score(9, 4), score(49, 44))
    assert (score(9, 4) - score(9, 5)).abs() > 1e-3


def test_weights_are_reproducible_and_tied_when_asked(random_model) -> None:
    one, two = random_model(seed=3), random_model(seed=4)
    for model in (one, two):
        model.init_weights(torch.Generator().manual_seed(5))
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, two.state_dict()[name]), name
    assert one.lm_head.weight is one.embed.weight
    untied = random_model(tie_word_embeddings=False)
    assert untied.lm_head.weight is not untied.embed.weight


@pytest.mark.parametrize("architecture", FAMILIES)
def test_every_parameter_gets_a_gradient(random_model, architecture) -> None:
    model = random_model(architecture, tie_word_embeddings=False)
    model(some_ids(2, 6))[:, -1].square().sum().backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
