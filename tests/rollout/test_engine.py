"""TorchEngine: the contract of every engine, its continuous batching, and the same greedy text as `transformers`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from scratchwork.model.hf import save_model
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoding import Decoding, Prompt
from scratchwork.rollout.engine import Engine, TorchEngine
from scratchwork.rollout.sampling import Sampling
from tests.rollout.engine_contract import STOPS, EngineContract, random_model, some_prompts


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(1)


class TestTorchEngine(EngineContract):
    def make_engine(self, model: Transformer, slots: int) -> Engine:
        return TorchEngine(model, slots)


class TestWithKernels(TestTorchEngine):
    head_dim = 16


class TestWithKernelsOnThreads(TestWithKernels):
    @pytest.fixture(autouse=True)
    def many(self, threads: None) -> None:
        torch.set_num_threads(3)


@pytest.mark.parametrize("slots", [5, 64])
def test_on_threads_the_answers_are_the_same_to_the_last_bit(slots: int) -> None:
    prompts, sampling = some_prompts(count=11), Sampling(20, stop_ids=STOPS)
    engine = TorchEngine(random_model(head_dim=16), slots)
    alone = engine.generate(prompts, sampling)
    torch.set_num_threads(3)
    assert engine.generate(prompts, sampling) == alone
    assert [decoding.decoder.slots for decoding in engine.kept] == [max(4, -(-min(slots, 44) // 3))] * 3


@pytest.mark.parametrize("head_dim", [8, 16])
def test_it_tells_of_every_answer_as_it_ends(threads: None, head_dim: int) -> None:
    told: list[int] = []
    torch.set_num_threads(2)
    engine = TorchEngine(random_model(head_dim=head_dim), 8, told.append)
    engine.generate(some_prompts(), Sampling(20, stop_ids=STOPS))
    assert sum(told) == 24 and min(told) > 0 and len(told) > 3


@pytest.mark.parametrize("broken", [0, 1])
def test_what_breaks_off_one_thread_ends_them_all_and_the_next_call_is_whole(monkeypatch, broken: int) -> None:
    """Ctrl-C is raised in the first thread; an error in another comes out too."""
    prompts, sampling = some_prompts(), Sampling(20, stop_ids=STOPS)
    engine = TorchEngine(random_model(head_dim=16))
    torch.set_num_threads(2)
    whole = engine.generate(prompts, sampling)
    step = Decoding.step

    def interrupted(decoding: Decoding, *given):
        if decoding is engine.kept[broken] and decoding.steps > 45:
            raise KeyboardInterrupt
        return step(decoding, *given)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Decoding, "step", interrupted)
        for _ in range(4):
            engine.generate(prompts, sampling)
    assert engine.generate(prompts, sampling) == whole


def test_waiting_prompts_enter_as_others_leave_and_each_prompt_is_prefilled_once(monkeypatch) -> None:
    model, slots = random_model(), 8
    batches: list[int] = []
    prefilled: list[int] = []
    decode, hidden_states = model.decode, model.hidden_states
    monkeypatch.setattr(model, "decode", lambda ids, *rest: (batches.append(len(ids)), decode(ids, *rest))[1])
    monkeypatch.setattr(
        model, "hidden_states", lambda ids, *rest: (prefilled.append(len(ids)), hidden_states(ids, *rest))[1]
    )
    answers = TorchEngine(model, slots).generate(some_prompts(count=12, group=2), Sampling(20, stop_ids=STOPS))
    assert sum(prefilled) == 12
    assert sum(batches) == sum(len(completion.ids) for group in answers for completion in group)  # no step for the dead
    assert max(batches) == slots
    assert len(prefilled) > 2  # the later ones came while others went on
    assert sum(size >= slots - 1 for size in batches) > len(batches) / 2


def test_a_group_larger_than_the_slots_is_answered_whole() -> None:
    [group] = TorchEngine(random_model(), slots=2).generate([Prompt((1, 2), tuple(range(5)))], Sampling(6))
    assert [len(completion.ids) for completion in group] == [6] * 5


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_transformers_answers_the_same_greedy_text(tmp_path, architecture: str) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = Tokenizer.train([f"Try {a}+{b}={a + b}." for a in range(9) for b in range(9)], 300)
    config = random_model().config.model_copy(
        update={"architecture": architecture, "vocab_size": tokenizer.vocab_size, "max_position_embeddings": 128}
    )
    model = Transformer(config)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "norm" in name else 0.0, 0.2, generator=generator)
    save_model(tmp_path, model, tokenizer)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    # For qwen2, AutoTokenizer of transformers 5 takes Qwen's own way to split text, whatever tokenizer.json says.
    reader = transformers.PreTrainedTokenizerFast if architecture == "qwen2" else transformers.AutoTokenizer
    their_tokenizer = reader.from_pretrained(tmp_path)
    questions = ["Try 3+4.", "7", "What is 8+8, and 1+1?"]
    prompts = [Prompt(tuple(tokenizer.prompt_ids(question)), (0,)) for question in questions]
    sampling = Sampling(max_tokens=40, temperature=0, stop_ids=(tokenizer.end_id,))
    answers = TorchEngine(model).generate(prompts, sampling)
    for question, prompt, [ours] in zip(questions, prompts, answers, strict=True):
        chat = [{"role": "user", "content": question}]
        given = their_tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt")
        assert given["input_ids"].tolist() == [list(prompt.ids)]
        told = theirs.generate(**given, max_new_tokens=40, do_sample=False)[0, len(prompt.ids) :].tolist()
        assert their_tokenizer.decode(told) == their_tokenizer.decode(list(ours.ids))
        assert told == list(ours.ids)
