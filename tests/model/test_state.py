"""Nested states survive tensors + JSON exactly, and nothing else gets in."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from scratchwork.model.state import pack, unpack

KEYS = st.text(max_size=5).filter(lambda key: "/" not in key) | st.integers()
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
STATES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)


def through_files(state: object) -> object:
    tensors, rest = pack(state)
    return unpack(load(save(tensors)), json.loads(json.dumps(rest)))


@given(STATES)
def test_plain_states_come_back_equal_and_of_the_same_types(state: object) -> None:
    assert repr(through_files(state)) == repr(state)


@pytest.mark.parametrize("key", ["$tensor", "$tuple", "$items"])
def test_a_key_like_our_own_marks_is_only_a_key(key: str) -> None:
    assert through_files({key: [1], "x": {key: "x"}}) == {key: [1], "x": {key: "x"}}


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.Muon])
def test_an_optimizer_goes_on_as_if_it_had_never_stopped(kind) -> None:
    def start() -> tuple[torch.nn.Parameter, torch.optim.Optimizer]:
        weight = torch.nn.Parameter(torch.eye(4) + 0.1)
        return weight, kind([weight], lr=0.05)

    def step(weight: torch.nn.Parameter, optimizer: torch.optim.Optimizer, target: float) -> None:
        (weight - target).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    straight, optimizer = start()
    for target in (1.0, 2.0, 3.0, 4.0):
        step(straight, optimizer, target)
    weight, optimizer = start()
    for target in (1.0, 2.0):
        step(weight, optimizer, target)
    kept = through_files({"weight": weight, "optimizer": optimizer.state_dict()})
    resumed, fresh = start()
    with torch.no_grad():
        resumed.copy_(kept["weight"])
    fresh.load_state_dict(kept["optimizer"])
    for target in (3.0, 4.0):
        step(resumed, fresh, target)
    assert torch.equal(resumed, straight)


def test_the_generators_state_comes_back() -> None:
    generator = torch.Generator().manual_seed(7)
    kept = through_files({"rng": generator.get_state()})
    drawn = torch.rand(5, generator=generator)
    generator.set_state(kept["rng"])
    assert torch.equal(torch.rand(5, generator=generator), drawn)


def test_tensors_are_copies_of_any_layout() -> None:
    base = torch.arange(6.0).view(2, 3)
    tensors, rest = pack([base.t(), base[0]])  # not contiguous, and sharing memory
    base.zero_()
    assert unpack(tensors, rest)[0].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert through_files([base.t(), base[0]])[1].tolist() == [0, 0, 0]


def test_what_is_neither_tensor_nor_plain_is_refused_by_its_path() -> None:
    with pytest.raises(TypeError, match=r"'a/1/b' of the state is a set; a checkpoint keeps"):
        pack({"a": [0, {"b": {1}}]})
    with pytest.raises(TypeError, match="two tensors of the state have the path '0'"):
        pack({0: torch.zeros(1), "0": torch.ones(1)})
