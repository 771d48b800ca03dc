"""A model to talk to: questions in, replies out, one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from scratchwork.errors import UserError, suggestion
from scratchwork.evaluate import held_out_problems
from scratchwork.model.checkpoint import Checkpoint
from scratchwork.recipe.job import use_threads
from scratchwork.recipe.models import load_named, thinks
from scratchwork.reward.grammar import Response, parse
from scratchwork.reward.verify import verify
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling, sequence_seed
from scratchwork.tasks.corpus import TASKS
from scratchwork.types import FinishReason, Problem


@dataclass(frozen=True)
class Reply:
    """An answer in its parts, why it ended and how many tokens it took."""

    response: Response
    finish_reason: FinishReason
    tokens: int


@dataclass(frozen=True)
class Speaker:
    """A loaded model and how it is to answer."""

    checkpoint: Checkpoint
    think: bool
    sampling: Sampling

    @classmethod
    def load(cls, name: str, think: bool | None, temperature: float, max_tokens: int, threads: int) -> Speaker:
        """The model called `name` (see `models.load_named`). `think` None: as it was trained to."""
        use_threads(threads)
        checkpoint = load_named(name)
        if think is None:
            think = thinks(name, checkpoint)
        sampling = Sampling(max_tokens, temperature, stop_ids=(checkpoint.tokenizer.end_id,))
        return cls(checkpoint, think, sampling)

    def reply(self, question: str, seed: tuple[int, ...]) -> Reply:
        """Raises UserError when the question leaves no room for an answer."""
        tokenizer = self.checkpoint.tokenizer
        prompt = Prompt(tuple(tokenizer.prompt_ids(question, self.think)), (sequence_seed(*seed),))
        [[completion]] = TorchEngine(self.checkpoint.model, slots=1).generate([prompt], self.sampling)
        response = parse(tokenizer.decode(completion.ids), opened=self.think)
        return Reply(response, completion.finish_reason, len(completion.ids))

    def judge(self, problem: Problem, reply: Reply) -> bool:
        return verify(reply.response.answer, problem)


def held_out(family: str, level: int, count: int, seed: int) -> list[Problem]:
    """Some held-out problems. Raises UserError for a family that there is not."""
    if family not in TASKS:
        raise UserError(f"family is {family!r}; {suggestion(family, TASKS)}")
    return held_out_problems({family: TASKS[family]()}, {family: [level]}, count, seed)
