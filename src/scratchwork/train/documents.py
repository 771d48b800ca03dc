"""Which documents a supervised stage trains on, and which of their tokens count."""

from __future__ import annotations

from scratchwork.config import PretrainConfig, SftConfig
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.tasks.base import ProblemSource
from scratchwork.tasks.corpus import Corpus, present
from scratchwork.train.packing import Packer


class CorpusPages:
    """Pages of the small internet, every token counting. `drill_share` is set before each step by the loop's hook."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, drills_start: float, drills_end: float) -> None:
        self.corpus, self.tokenizer = corpus, tokenizer
        self.start, self.end, self.drill_share = drills_start, drills_end, drills_start

    def before_step(self, done: float) -> None:
        """The share of drills falls in a straight line over the run."""
        self.drill_share = self.start + (self.end - self.start) * done

    def encode(self, index: int) -> tuple[list[int], list[int]]:
        page = self.corpus.document(index, self.drill_share)
        if page.plain:
            ids = self.tokenizer.plain_ids(page.plain)
        else:
            ids = self.tokenizer.document_ids(page.question, page.thinking, page.answer)
        return ids, [1] * len(ids)

    def packer(self, config: PretrainConfig) -> Packer:
        return Packer(self.encode, config.sequence_length, self.tokenizer.pad_id)


def answer_pages(source: ProblemSource, tokenizer: Tokenizer, config: SftConfig) -> Packer:
    """Right answers given at once, with the thinking block empty and closed; only the answer counts.

    What the chapter calls the SFT model: it has seen what a good answer looks like, and not how to arrive at one.
    """

    def encode(index: int) -> tuple[list[int], list[int]]:
        problem = source[index]
        prompt = tokenizer.prompt_ids(problem.prompt, think=False)
        answer = [*tokenizer.encode(present(problem)), tokenizer.end_id]
        return [*prompt, *answer], [0] * len(prompt) + [1] * len(answer)

    return Packer(encode, config.sequence_length, tokenizer.pad_id)
