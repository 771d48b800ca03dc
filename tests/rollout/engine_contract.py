"""What every engine must do. A test class of an engine inherits from `EngineContract` and says how to make one:

    class TestTorchEngine(EngineContract):
        def make_engine(self, model, slots):
            return TorchEngine(model, slots)

`slots` is how many sequences may be decoded together; an engine that decides this itself may ignore it.
"""

from __future__ import annotations

import pytest
import torch

from scratchwork.errors import UserError
from scratchwork.model.transformer import Transformer
from scratchwork.objective.logprobs import gather_logprobs
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling, truncated
from scratchwork.types import Completion
from tests.models import model_of

VOCABULARY = 64
STOPS = (3, 7, 11)


def random_model(seed: int = 0, head_dim: int = 8) -> Transformer:
    """A model with opinions: about four bits of entropy a token, and a stop token now and then.

    With heads of 8 torch decodes, with heads of 16 the kernels of scratchwork.native.
    """
    return model_of(
        "qwen3",
        seed,
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        head_dim=head_dim,
        max_position_embeddings=64,
    )


def some_prompts(count: int = 6, group: int = 4) -> list[Prompt]:
    """Prompts of 1 to 12 tokens, `group` seeds each."""
    generator = torch.Generator().manual_seed(2)
    lengths = [1 + 7 * i % 12 for i in range(count)]
    ids = [torch.randint(0, VOCABULARY, (length,), generator=generator).tolist() for length in lengths]
    return [Prompt(tuple(own), tuple(100 * i + g for g in range(group))) for i, own in enumerate(ids)]


@torch.no_grad()
def recomputed(model: Transformer, prompt: Prompt, completion: Completion, sampling: Sampling) -> torch.Tensor:
    """Log-probs of the completion's tokens from one uncached pass."""
    ids = torch.tensor([[*prompt.ids, *completion.ids]])  # (1, T)
    logits = truncated(model(ids)[0], sampling)[None] * sampling.temperature  # (1, T, V)
    return gather_logprobs(logits, ids, sampling.temperature)[0, len(prompt.ids) :]


class EngineContract:
    sampling = Sampling(max_tokens=20, stop_ids=STOPS)
    head_dim = 8

    def make_engine(self, model: Transformer, slots: int) -> Engine:
        raise NotImplementedError

    @pytest.fixture
    def model(self) -> Transformer:
        return random_model(head_dim=self.head_dim)

    @pytest.fixture
    def answers(self, model: Transformer) -> list[list[Completion]]:
        return self.make_engine(model, 64).generate(some_prompts(), self.sampling)

    def test_every_seed_of_every_prompt_is_answered(self, answers: list[list[Completion]]) -> None:
        assert [len(group) for group in answers] == [len(prompt.seeds) for prompt in some_prompts()]

    def test_an_answer_ends_at_its_first_stop_token_or_at_the_cap(self, answers: list[list[Completion]]) -> None:
        reasons = set()
        for completion in (c for group in answers for c in group):
            reasons.add(completion.finish_reason)
            assert not set(completion.ids[:-1]) & set(STOPS)
            assert (completion.finish_reason == "stop") == (completion.ids[-1] in STOPS)
            if completion.finish_reason == "length":
                assert len(completion.ids) == self.sampling.max_tokens
        assert reasons == {"stop", "length"}

    def test_without_stop_tokens_only_the_cap_ends_an_answer(self, model: Transformer) -> None:
        [[one]] = self.make_engine(model, 4).generate([Prompt((1, 2), (5,))], Sampling(max_tokens=9))
        assert (len(one.ids), one.finish_reason) == (9, "length")

    @pytest.mark.parametrize(
        "sampling",
        [
            Sampling(20, stop_ids=STOPS),
            Sampling(20, temperature=0.7, stop_ids=STOPS),
            Sampling(20, temperature=1.3, top_p=0.8, top_k=20, stop_ids=STOPS),
        ],
    )
    def test_logprobs_are_those_of_the_distribution_that_sampled(self, model: Transformer, sampling: Sampling) -> None:
        prompts = some_prompts()
        answers = self.make_engine(model, 64).generate(prompts, sampling)
        for prompt, completion in ((p, c) for p, group in zip(prompts, answers, strict=True) for c in group):
            told = torch.tensor(completion.sampled_logprobs)
            torch.testing.assert_close(told, recomputed(model, prompt, completion, sampling), atol=1e-4, rtol=0)

    def test_greedy_follows_the_likeliest_token(self, model: Transformer) -> None:
        sampling = Sampling(max_tokens=20, temperature=0, stop_ids=STOPS)
        prompts = some_prompts(group=1)
        for prompt, [completion] in zip(prompts, self.make_engine(model, 64).generate(prompts, sampling), strict=True):
            ids = list(prompt.ids)
            while len(ids) < len(prompt.ids) + 20 and not (len(ids) > len(prompt.ids) and ids[-1] in STOPS):
                with torch.no_grad():
                    ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
            assert list(completion.ids) == ids[len(prompt.ids) :]
            assert set(completion.sampled_logprobs) == {0.0}

    @pytest.mark.parametrize("slots", [1, 3, 5, 17])
    def test_a_text_does_not_depend_on_slots(self, model, answers, slots: int) -> None:
        assert self.texts(self.make_engine(model, slots).generate(some_prompts(), self.sampling)) == self.texts(answers)

    def test_a_text_does_not_depend_on_company_or_order(self, model, answers) -> None:
        engine, prompts = self.make_engine(model, 8), some_prompts()
        backwards = engine.generate(prompts[::-1], self.sampling)
        assert self.texts(backwards[::-1]) == self.texts(answers)
        for prompt, group in zip(prompts, answers, strict=True):
            for seed, completion in zip(prompt.seeds, group, strict=True):
                [[alone]] = engine.generate([Prompt(prompt.ids, (seed,))], self.sampling)
                assert (alone.ids, alone.finish_reason) == (completion.ids, completion.finish_reason)

    def test_members_of_a_group_differ_from_their_first_token_on(self, model: Transformer) -> None:
        [group] = self.make_engine(model, 64).generate([Prompt((1, 2, 3), tuple(range(32)))], self.sampling)
        assert len({completion.ids for completion in group}) > 28
        assert len({completion.ids[0] for completion in group}) > 4

    def test_equal_seeds_give_equal_texts(self, model: Transformer) -> None:
        [[one, two]] = self.make_engine(model, 8).generate([Prompt((1, 2), (7, 7))], self.sampling)
        assert one.ids == two.ids

    def test_new_weights_are_used_from_the_next_answer_on(self, answers) -> None:
        engine = self.make_engine(random_model(1, self.head_dim), 64)
        assert self.texts(engine.generate(some_prompts(), self.sampling)) != self.texts(answers)
        engine.load_weights(random_model(0, self.head_dim).state_dict())
        assert self.texts(engine.generate(some_prompts(), self.sampling)) == self.texts(answers)

    def test_no_prompts_and_no_seeds_are_no_answers(self, model: Transformer) -> None:
        engine = self.make_engine(model, 4)
        assert engine.generate([], self.sampling) == []
        assert engine.generate([Prompt((1,), ())], self.sampling) == [[]]
        assert [len(group) for group in engine.generate([Prompt((1,), ()), Prompt((2,), (0, 1))], self.sampling)] == [
            0,
            2,
        ]

    def test_prompts_that_cannot_be_answered_are_sentences(self, model: Transformer) -> None:
        engine = self.make_engine(model, 4)
        with pytest.raises(UserError, match="a prompt is empty; it needs at least one token"):
            engine.generate([Prompt((), (1,))], self.sampling)
        with pytest.raises(UserError, match=r"max_tokens is 20, .* makes 65 tokens; the model ends at 64"):
            engine.generate([Prompt((1,) * 45, (1,))], self.sampling)
        [[longest]] = engine.generate([Prompt((1,) * 44, (1,))], Sampling(max_tokens=20))
        assert len(longest.ids) == 20

    @staticmethod
    def texts(answers: list[list[Completion]]) -> list[list[tuple[int, ...]]]:
        return [[completion.ids for completion in group] for group in answers]
