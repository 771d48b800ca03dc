"""The kernels against torch: the same logits for every family; and no bit of them hangs on who shares the batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scratchwork.model.transformer import Transformer
from scratchwork.native import kernels
from scratchwork.rollout.decoder import Decoder, TorchDecoder
from scratchwork.rollout.decoding import Decoding, Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.native import NativeDecoder, runs
from scratchwork.rollout.sampling import Sampling
from tests.models import model_of
from tests.rollout.engine_contract import random_model, some_prompts

ROOM = 50
LENGTHS = (0, 1, 17, 5, 32)  # of prompts, but for their last tokens


def decoded(architecture: str, heads: int, kv_heads: int, tied: bool, vocabulary: int = 70) -> Transformer:
    return model_of(
        architecture,
        seed=heads,
        vocab_size=vocabulary,
        num_hidden_layers=3,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=32,
        max_position_embeddings=ROOM,
        tie_word_embeddings=tied,
        rms_norm_eps=1e-3,
    )


@torch.inference_mode()
def spoken(decoder: Decoder, order: list[int], steps: int = 12) -> torch.Tensor:
    """Logits (prompts, 2, steps, V) of two rows a prompt, entered in an order, fed the same tokens; the second row of
    each is a step ahead of the first in what it is fed.
    """
    places, prompts, row = {}, [], 0
    for i in order:
        ids = [(7 * i + 3 * t) % 61 for t in range(LENGTHS[i])]
        places[i] = row
        prompts.append((ids, torch.arange(row, row + 2)))
        row += 2
    decoder.enter(prompts)
    said = []
    for step in range(steps):
        fed = torch.tensor([(5 * i + step + second) % 61 for i in order for second in (0, 1)])
        positions = torch.tensor([LENGTHS[i] + step for i in order for _ in (0, 1)])
        said.append(decoder.decode(fed, positions))
    logits = torch.stack(said, dim=1).unflatten(0, (-1, 2))
    return torch.stack([logits[places[i] // 2] for i in sorted(order)])


@pytest.mark.parametrize(
    ("architecture", "heads", "kv_heads", "tied"),
    [("llama", 4, 4, True), ("qwen2", 6, 2, False), ("qwen3", 5, 1, True), ("qwen3", 8, 2, False)],
)
def test_logits_are_torchs(architecture: str, heads: int, kv_heads: int, tied: bool) -> None:
    model = decoded(architecture, heads, kv_heads, tied)
    ours = spoken(NativeDecoder(model, 10, ROOM, threads=2), [0, 1, 2, 3, 4])
    theirs = spoken(TorchDecoder(model, 10, ROOM), [0, 1, 2, 3, 4])
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_company_order_and_threads_change_no_bit() -> None:
    model = decoded("qwen3", 6, 2, True)
    together = spoken(NativeDecoder(model, 10, ROOM, threads=1), [0, 1, 2, 3, 4])
    for threads, order in ((3, [4, 2, 0, 1, 3]), (2, [3, 1])):
        again = spoken(NativeDecoder(model, 10, ROOM, threads), order)
        assert torch.equal(again, together[sorted(order)])


def test_blocks_of_rows_change_no_bit(monkeypatch) -> None:
    model, prompts, sampling = random_model(head_dim=16), some_prompts(count=12, group=9), Sampling(20)
    many = TorchEngine(model, slots=108).generate(prompts, sampling)
    few = TorchEngine(model, slots=11).generate(prompts, sampling)
    assert many == few  # log-probs too


def test_a_prompt_of_several_blocks_is_read_as_torch_reads_it(monkeypatch) -> None:
    config = random_model(head_dim=16).config.model_copy(update={"max_position_embeddings": 400})
    model = Transformer(config)
    model.init_weights(torch.Generator().manual_seed(3))
    ids = [(11 * t) % 63 for t in range(2 * kernels.BLOCK + 30)]
    logits = []
    with torch.inference_mode():
        for decoder in (NativeDecoder(model, 2, 300, threads=2), TorchDecoder(model, 2, 300)):
            decoder.enter([(ids, torch.tensor([0])), (ids[:5], torch.tensor([1]))])
            logits.append(decoder.decode(torch.tensor([3, 9]), torch.tensor([len(ids), 5])))
    torch.testing.assert_close(*logits, atol=1e-4, rtol=1e-4)


def test_moved_rows_go_on_as_they_were() -> None:
    model = decoded("llama", 4, 2, True)
    decoder = NativeDecoder(model, 4, ROOM, threads=1)
    ids = torch.tensor([3, 9])
    with torch.inference_mode():
        decoder.enter([([1, 2, 3] * 6, torch.tensor([0])), ([5], torch.tensor([1, 2]))])
        expected = decoder.decode(ids, torch.tensor([18, 1]))
        decoder.move(torch.tensor([3]), torch.tensor([0]), 18)
        decoder.move(torch.tensor([0]), torch.tensor([2]), 1)
        decoder.move(torch.tensor([1]), torch.tensor([3]), 18)
        assert torch.equal(decoder.decode(ids.flip(0), torch.tensor([1, 18])), expected.flip(0))


def test_weights_are_those_at_the_last_refresh() -> None:
    model = decoded("qwen3", 4, 2, True)
    decoder = NativeDecoder(model, 1, ROOM, threads=1)

    def first() -> torch.Tensor:
        return decoder.decode(torch.tensor([3]), torch.tensor([0]))

    with torch.no_grad():
        before = first()
        for parameter in model.parameters():
            parameter.mul_(1.5)
        assert torch.equal(first(), before)
        decoder.refresh()
        assert not torch.allclose(first(), before)
        torch.testing.assert_close(first(), model(torch.tensor([[3]]))[0], atol=1e-4, rtol=1e-4)


def test_small_models_in_full_precision_on_a_cpu_take_the_kernels() -> None:
    assert isinstance(Decoding(random_model(head_dim=16), 2, 30).decoder, NativeDecoder)
    assert not runs(random_model(head_dim=16).double())
    assert not runs(random_model(head_dim=8))
    assert not runs(type("Other", (Transformer,), {})(random_model(head_dim=16).config))
    with torch.device("meta"):
        assert not runs(random_model(head_dim=16))


def test_a_model_that_breaks_off_leaves_the_threads_in_order() -> None:
    """An error in one thread's share is raised here, and the next call works."""
    decoder = NativeDecoder(decoded("qwen3", 4, 2, True), 8, ROOM, threads=2)
    good = [torch.zeros(8, dtype=torch.long)] * 2
    expected = decoder.decode(*good)
    with pytest.raises(ValueError):
        decoder.run([(1, 2, 3)] * 2)
    assert torch.equal(decoder.decode(*good), expected)


@pytest.mark.parametrize(("token", "position"), [(70, 0), (-1, 0), (0, 50), (0, -1)])
def test_what_is_not_there_is_refused_before_memory_is_touched(token: int, position: int) -> None:
    decoder = NativeDecoder(decoded("qwen3", 4, 2, True), 2, ROOM, threads=1)
    with pytest.raises(IndexError, match=r"a (token|position) is"):
        decoder.decode(torch.tensor([3, token]), torch.tensor([0, position]))
    with pytest.raises(IndexError, match="token"):
        decoder.enter([([3, 70], torch.tensor([0]))])
    with pytest.raises(IndexError, match="row"):
        decoder.decode(torch.zeros(3, dtype=torch.long), torch.zeros(3, dtype=torch.long))


def test_prompts_share_their_reading(monkeypatch) -> None:
    calls = []
    decoder = NativeDecoder(decoded("qwen3", 4, 2, True), 8, ROOM, threads=1)
    monkeypatch.setattr(decoder, "run", lambda parts: calls.append([len(part[0]) for part in parts]))
    decoder.enter([([1, 2, 3], torch.arange(0, 4)), ([], torch.arange(4, 6)), ([7], torch.arange(6, 8))])
    assert calls == [[3, 1]]


def test_engine_answers_the_same_with_one_thread_and_three() -> None:
    answers = []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        engine = TorchEngine(random_model(head_dim=16), 24)
        answers.append(engine.generate([Prompt((1, 2, 3), tuple(range(24)))], Sampling(30)))
    torch.set_num_threads(1)
    assert answers[0] == answers[1]


SAID = """
import torch
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from tests.rollout.engine_contract import random_model, some_prompts
torch.set_num_threads(1)
answers = TorchEngine(random_model(head_dim=16)).generate(some_prompts(), Sampling(20))
print([(c.ids, c.sampled_logprobs) for group in answers for c in group])
"""


@pytest.mark.slow
def test_compiled_anew_or_taken_from_the_disk_the_kernels_say_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    texts = [
        subprocess.run([sys.executable, "-c", SAID], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert list(tmp_path.rglob("*.nbc"))
    assert texts[0] == texts[1] != ""
