"""Our rollout engine against `generate` of transformers: same weights, prompts, cap, sampling and threads, in one run.

    python -m benchmarks.generate --out generate.json

Both sides sample at temperature 1 from the whole distribution. Tokens are counted up to and including the stop token,
so padding earns nothing. The engine runs as shipped; of the peer, each way of batching below is tried once and the
fastest competes. The sides then take turns; the ratio is the median over the turns.

Left out: compiled models and reduced precision, on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.generation import ContinuousBatchingConfig

from benchmarks.floor import decode_work, measure_speed, prefill_work
from benchmarks.harness import both, machine, parse, spread, start, tell
from scratchwork.model.hf import load_model
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.recipe.models import find_model
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling, sequence_seed
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.tasks.countdown import Countdown

Prompts = Sequence[Sequence[int]]
Generate = Callable[[Prompts, int], list[int]]  # prompts and a seed to the lengths of the answers


@dataclass(frozen=True, slots=True)
class Turn:
    """One pass over all prompts."""

    seconds: float
    lengths: list[int]  # of the answers, the stop token included

    @property
    def tokens_per_second(self) -> float:
        return sum(self.lengths) / self.seconds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prompts", type=int, default=256, help="held-out countdown problems, one answer each")
    parser.add_argument("--cap", type=int, default=400, help="longest answer in tokens")
    parser.add_argument("--turns", type=int, default=5, help="timed passes over the prompts, of each side")
    return parse(parser)


def our_engine(engine: TorchEngine, sampling: Sampling) -> Generate:
    def generate(prompts: Prompts, seed: int) -> list[int]:
        asked = [Prompt(tuple(ids), (sequence_seed(seed, i),)) for i, ids in enumerate(prompts)]
        return [len(completion.ids) for (completion,) in engine.generate(asked, sampling)]

    return generate


def batched(model: PreTrainedModel, config: GenerationConfig, batch: int) -> Generate:
    """`generate` on left-padded batches, with its key-value cache."""

    def generate(prompts: Prompts, seed: int) -> list[int]:
        torch.manual_seed(seed)
        lengths: list[int] = []
        for first in range(0, len(prompts), batch):
            own = prompts[first : first + batch]
            width = max(map(len, own))
            ids = torch.tensor([[config.pad_token_id] * (width - len(p)) + list(p) for p in own])  # (B, T)
            mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in own])  # (B, T)
            whole = model.generate(input_ids=ids, attention_mask=mask, generation_config=config)  # (B, T + N)
            lengths += answer_lengths(whole[:, width:], config.eos_token_id)
        return lengths

    return generate


def continuous(model: PreTrainedModel, config: GenerationConfig) -> Generate:
    """`generate_batch`: continuous batching on a paged cache."""

    def generate(prompts: Prompts, seed: int) -> list[int]:
        torch.manual_seed(seed)
        pages = ContinuousBatchingConfig(**page_settings(len(prompts), max(map(len, prompts)) + config.max_new_tokens))
        outputs = model.generate_batch(
            [list(ids) for ids in prompts],
            generation_config=config,
            continuous_batching_config=pages,
            progress_bar=False,
        )
        return [len(output.generated_tokens) for output in outputs.values()]

    return generate


def page_settings(sequences: int, longest: int, page: int = 256) -> dict[str, int]:
    """Settings of ContinuousBatchingConfig: room for all sequences at once, and no more.

    Left to itself it takes most of the memory there is, and on a CPU its attention masks grow with that.

    >>> page_settings(256, 440)
    {'num_blocks': 512, 'max_batch_tokens': 256, 'page_size': 256}
    """
    return {"num_blocks": sequences * -(-longest // page), "max_batch_tokens": max(sequences, page), "page_size": page}


def answer_lengths(ids: torch.Tensor, stop_id: int) -> list[int]:
    """Tokens up to and including the first stop token in each row of ids (B, N); all N where there is none.

    >>> answer_lengths(torch.tensor([[5, 1, 0, 0], [5, 5, 5, 5], [1, 1, 1, 1]]), stop_id=1)
    [2, 4, 1]
    """
    stopped_before = (ids == stop_id).cumsum(1).roll(1, dims=1)  # (B, N)
    stopped_before[:, 0] = 0
    return (stopped_before == 0).sum(1).tolist()


def timed(generate: Generate, prompts: Prompts, seed: int) -> Turn:
    began = time.perf_counter()
    lengths = generate(prompts, seed)
    return Turn(time.perf_counter() - began, lengths)


def try_ways(ways: Mapping[str, Generate], prompts: Prompts, seed: int) -> dict[str, float]:
    """Tokens a second of each way, after a small warm-up."""
    found: dict[str, float] = {}
    for name, generate in ways.items():
        generate(prompts[:8], seed)
        found[name] = timed(generate, prompts, seed).tokens_per_second
        print(f"transformers, {name}: {found[name]:,.0f} tokens/s")
    return found


def peer_ways(folder: str, tokenizer: Tokenizer, args: argparse.Namespace) -> dict[str, Generate]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    config = GenerationConfig(
        max_new_tokens=args.cap,
        do_sample=True,
        temperature=1.0,
        top_k=0,
        top_p=1.0,
        eos_token_id=tokenizer.end_id,
        pad_token_id=tokenizer.pad_id,
    )
    sizes = [args.prompts, *(size for size in (128, 64, 32) if size < args.prompts)]
    ways = {f"batches of {size}": batched(model, config, size) for size in sizes}
    return ways | {"continuous batching": continuous(model, config)}


def result(ours: Sequence[Turn], peers: Sequence[Turn], floors: Sequence[float]) -> dict[str, Any]:
    """What the turns say; `floors` are seconds, of our turns."""
    return {
        "tokens_per_second": {
            "ours": spread([turn.tokens_per_second for turn in ours]),
            "transformers": spread([turn.tokens_per_second for turn in peers]),
            "floor": spread([sum(turn.lengths) / floor for turn, floor in zip(ours, floors, strict=True)]),
        },
        "ratio": spread([a.tokens_per_second / b.tokens_per_second for a, b in zip(ours, peers, strict=True)]),
        "over_floor": spread([turn.seconds / floor for turn, floor in zip(ours, floors, strict=True)]),
        "answer_length": {
            "ours": statistics.mean(n for turn in ours for n in turn.lengths),
            "transformers": statistics.mean(n for turn in peers for n in turn.lengths),
        },
    }


def row(found: dict[str, Any], case: str, best: str) -> dict[str, str]:
    rates, ratio = found["tokens_per_second"], found["ratio"]
    return {
        "case": case,
        "ours, tokens/s": f"{rates['ours']['median']:,.0f}",
        "transformers, tokens/s": f"{rates['transformers']['median']:,.0f} ({best})",
        "ratio": f"{ratio['median']:.1f} ({ratio['min']:.1f} to {ratio['max']:.1f})",
        "answer, tokens": both(found["answer_length"], ".1f"),
        "floor, tokens/s": f"{rates['floor']['median']:,.0f}",
        "our time over the floor's": f"{found['over_floor']['median']:.1f}",
    }


def main() -> None:
    args = arguments()
    folder = find_model(args.model)
    model, tokenizer = load_model(folder)
    problems = ProblemSource([Share(Countdown(), (1, 2, 3))], args.seed, "held_out").take(0, args.prompts)
    prompts = [tokenizer.prompt_ids(problem.prompt) for problem in problems]
    prompt_lengths = [len(ids) for ids in prompts]

    engine = our_engine(TorchEngine(model), Sampling(args.cap, stop_ids=(tokenizer.end_id,)))
    engine(prompts[:8], args.seed)
    ways = peer_ways(str(folder), tokenizer, args)
    tried = try_ways(ways, prompts, args.seed)
    best = max(tried, key=tried.__getitem__)
    ours, peers = [], []
    for turn in range(args.turns):
        ours.append(timed(engine, prompts, args.seed + turn))
        peers.append(timed(ways[best], prompts, args.seed + turn))

    speed = measure_speed(model.config)
    prefill = prefill_work(model.config, prompt_lengths).seconds(speed)
    floors = [
        prefill + decode_work(model.config, list(zip(prompt_lengths, turn.lengths, strict=True))).seconds(speed)
        for turn in ours
    ]
    found = result(ours, peers, floors)
    case = f"{args.prompts} prompts, cap {args.cap}"
    setting = {"model": args.model, "parameters": sum(p.numel() for p in model.parameters()), "tried_of_peer": tried}
    tell(
        {"machine": machine(speed, "transformers"), "setting": vars(args) | setting, **found},
        row(found, case, best),
        args.out,
    )


if __name__ == "__main__":
    start(main)
