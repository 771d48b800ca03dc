"""The cache against plain loops: what was written where, and what moves."""

from __future__ import annotations

import torch

from scratchwork.config import ModelConfig
from scratchwork.model.cache import KVCache

CONFIG = ModelConfig(hidden_size=12, num_hidden_layers=2, num_attention_heads=6, num_key_value_heads=3, head_dim=2)
L, H_kv, D, ROWS, S = 2, 3, 2, 4, 7


def random_cache(rows: int = ROWS, seed: int = 0) -> KVCache:
    cache, generator = KVCache(CONFIG, rows, S), torch.Generator().manual_seed(seed)
    cache.keys.normal_(generator=generator), cache.values.normal_(generator=generator)
    return cache


def test_write_touches_one_position_of_each_of_the_first_rows() -> None:
    cache = random_cache()
    expected_keys, expected_values = cache.keys.clone(), cache.values.clone()
    keys, values = torch.randn(2, 3, H_kv, 1, D)
    positions = torch.tensor([6, 0, 3])
    cache.write(1, cache.places(positions), keys, values)
    for row, position in enumerate(positions.tolist()):
        for head in range(H_kv):
            expected_keys[1, row, head, position] = keys[row, head, 0]
            expected_values[1, row, head, position] = values[row, head, 0]
    assert torch.equal(cache.keys, expected_keys)
    assert torch.equal(cache.values, expected_values)


def test_read_is_a_view_of_the_front() -> None:
    cache = random_cache()
    keys, values = cache.read(1, rows=slice(2), length=5)
    assert torch.equal(keys, cache.keys[1, :2, :, :5])
    assert torch.equal(values, cache.values[1, :2, :, :5])
    assert keys.data_ptr() == cache.keys[1].data_ptr()  # nothing was gathered


def test_fill_copies_a_prompt_to_all_rows_of_its_group() -> None:
    cache, prompts = random_cache(), random_cache(rows=2, seed=1)
    before = cache.keys.clone()
    cache.fill(torch.tensor([1, 3]), prompts, torch.tensor([1, 1]), length=4)
    for row in (1, 3):
        assert torch.equal(cache.keys[:, row, :, :4], prompts.keys[:, 1, :, :4])
        assert torch.equal(cache.values[:, row, :, :4], prompts.values[:, 1, :, :4])
        assert torch.equal(cache.keys[:, row, :, 4:], before[:, row, :, 4:])
    assert torch.equal(cache.keys[:, [0, 2]], before[:, [0, 2]])


def test_rows_of_its_own_fill_holes() -> None:
    cache = random_cache()
    before = cache.values.clone()
    cache.fill(torch.tensor([0, 1]), cache, torch.tensor([3, 2]), length=S)
    assert torch.equal(cache.values[:, 0], before[:, 3])
    assert torch.equal(cache.values[:, 1], before[:, 2])
