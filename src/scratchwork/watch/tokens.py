"""The tokens of an answer again: how likely each was and how open the choice, by the weights that gave it or nearly so.

Run folders keep no log-probabilities of single tokens; they are computed from the text when someone looks. The model is
the newest checkpoint that is no newer than the answer, else the one that the run began with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scratchwork.errors import UserError
from scratchwork.runs import ANSWERING, RunFolder
from scratchwork.watch.groups import Row, finite
from scratchwork.watch.lines import Journal
from scratchwork.watch.sources import NotHere

if TYPE_CHECKING:
    from scratchwork.model.tokenizer import Tokenizer
    from scratchwork.model.transformer import Transformer

TRAINING = ("pretrain", "midtrain", "sft")  # stages whose steps come before those of reinforcement learning
END = "<|end|>"


@dataclass
class Tokens:
    """Keeps the model that was asked last; one question at a time. `begin` gives the folder of a model that a recipe
    names as its base."""

    begin: Callable[[str], Path] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    folder: Path | None = None
    loaded: tuple[Transformer, Tokenizer] | None = None

    def answer(self, run: RunFolder, journal: Journal, updates: int, row: Row) -> dict[str, Any]:
        """Tokens, log-probabilities and entropies (nats) of an answer given after `updates` steps of learning.

        Raises NotHere when there is no such model, or it cannot be used.
        """
        step, folder = self.find(run, journal, updates)
        recipe = run.recipe()
        table = recipe.get("grpo")
        told = finite(table.get("temperature")) if isinstance(table, Mapping) else None
        with self.lock:
            try:
                model, tokenizer = self.load(folder)
                return {**measure(model, tokenizer, row, told or 1.0), "checkpoint": step}
            except (UserError, OSError, RuntimeError) as error:
                raise NotHere(f"the model of step {step} cannot be asked: {error}") from error

    def find(self, run: RunFolder, journal: Journal, updates: int) -> tuple[int, Path]:
        """The newest checkpoint of at most that many steps, and its own count of them; 0: the model begun with."""
        from scratchwork.model.checkpoint import checkpoints

        recipe = run.recipe()
        stages = recipe.get("stages", [])
        earlier = stages[: next((i for i, stage in enumerate(stages) if stage in ANSWERING), 0)]
        own = [journal.stages[stage] for stage in earlier if stage in TRAINING and stage in journal.stages]
        before = sum(stage.steps[-1] for stage in own)
        folders = checkpoints(run.path / "checkpoints")
        numbers = {int(path.name.removeprefix("step-")) - before: path for path in folders}
        usable = {step: path for step, path in numbers.items() if 0 <= step <= updates}
        if usable:
            return max(usable), usable[max(usable)]
        base = recipe.get("base")
        if own or self.begin is None or not isinstance(base, str) or "pretrain" in stages:
            raise NotHere(f"there is no checkpoint of step {updates} or before, so its tokens cannot be made again")
        try:
            return 0, self.begin(base)
        except UserError as error:
            raise NotHere(f"there is no checkpoint of step {updates} or before: {error}") from error

    def load(self, folder: Path) -> tuple[Transformer, Tokenizer]:
        from scratchwork.model.checkpoint import verify
        from scratchwork.model.hf import load_model

        if self.loaded is None or self.folder != folder:
            if (folder / "checksums.json").is_file():
                verify(folder)
            self.loaded, self.folder = load_model(folder), folder
        return self.loaded


def measure(model: Transformer, tokenizer: Tokenizer, row: Row, temperature: float) -> dict[str, Any]:
    """The pieces of the answer, one after the other all of its text, each with its two numbers; an answer that ended
    by itself has its end as the last piece. A long one is measured as far as the model can read."""
    import torch

    from scratchwork.objective.logprobs import gather_logprobs, token_entropy

    prompt = tokenizer.prompt_ids(row["prompt"] or "")
    ids, pieces = encoded(tokenizer, row["text"] or "")
    if row["finish_reason"] == "stop":
        ids, pieces = [*ids, tokenizer.end_id], [*pieces, END]
    room = max(0, model.config.max_position_embeddings - len(prompt))
    ids, pieces = ids[:room], pieces[:room]
    if not ids:
        raise NotHere("the answer is empty, or its question is longer than the model can read")
    whole = torch.tensor([[*prompt, *ids]])  # (1, T)
    with torch.inference_mode():
        logits = model(whole)  # (1, T, V)
        logprobs = gather_logprobs(logits, whole, temperature)[0, len(prompt) :]  # (N,)
        entropies = token_entropy(logits, whole, temperature)[0, len(prompt) :]  # (N,)
    return {
        "pieces": pieces,
        "logprob": [round(value, 5) for value in logprobs.tolist()],
        "entropy": [round(value, 5) for value in entropies.tolist()],
    }


def encoded(tokenizer: Tokenizer, text: str) -> tuple[list[int], list[str]]:
    """The ids of a completion and their pieces, which make up `text`; the first closing tag is one token."""
    from scratchwork.model.tokenizer import END_THINK

    ids: list[int] = []
    pieces: list[str] = []
    thinking, tag, answer = text.partition(END_THINK)
    for part in (thinking, tag, answer):
        if part == END_THINK and part is tag:
            ids.append(tokenizer.ids[END_THINK])
            pieces.append(part)
            continue
        encoding = tokenizer.text_backend.encode(part, add_special_tokens=False)
        ids += encoding.ids
        pieces += pieces_of(part, encoding.offsets)
    return ids, pieces


def pieces_of(text: str, offsets: list[tuple[int, int]]) -> list[str]:
    """The text of each token; of a character that several tokens make up the first one has it.

    >>> pieces_of("a验b", [(0, 1), (1, 2), (1, 2), (1, 2), (2, 3)])
    ['a', '验', '', '', 'b']
    """
    pieces, done = [], 0
    for _, end in offsets:
        pieces.append(text[done : max(done, end)])
        done = max(done, end)
    return pieces
