"""The server under load: many streams at once, some of which leave, stop, think within budgets or are told to answer.

    python -m benchmarks.serve --out serve.json

It starts the server as shipped, in a process of its own, and holds it to three things: no answer is lost, none is mixed
with another (a sample is asked again, alone, with its seed), and no row stays taken. It then measures, on an idle
server, the time to the first token; and its throughput beside the offline engine's: the same prompts, seeds, cap and
number of sequences at once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.floor import measure_speed
from benchmarks.harness import machine, parse, spread, start, tell
from benchmarks.visitors import Body, Place, Visit, gauges, rows_left, visit, visits
from scratchwork.errors import UserError
from scratchwork.model.hf import load_model
from scratchwork.recipe.models import find_model
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling, sequence_seed
from scratchwork.serve.codec import Message, OwnCodec
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.tasks.countdown import Countdown

IDLE = 50  # requests for the time to the first token
AGAIN = 40  # streams that are asked again, alone


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--streams", type=int, default=64, help="at once")
    parser.add_argument("--seconds", type=float, default=120.0, help="of visitors who do as they like")
    parser.add_argument("--prompts", type=int, default=256, help="for the throughput beside the engine's")
    parser.add_argument("--cap", type=int, default=400, help="longest answer in tokens")
    parser.add_argument("--turns", type=int, default=3, help="timed passes over the prompts, of each side")
    return parse(parser)


@contextmanager
def served(model: str, threads: int, slots: int) -> Iterator[Place]:
    """The verb itself, on loopback. Raises UserError when it does not start."""
    command = [sys.executable, "-m", "scratchwork", "serve", model, "--port", "0", "--slots", str(slots)]
    own = {**os.environ, "SCRATCHWORK_API_KEY": "", "OMP_NUM_THREADS": str(threads)}
    command += ["--threads", str(threads), "--queue", "4096"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own) as running:
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        found = next((found for line in lines if (found := re.search(r"http://([^:/]+):(\d+)", line))), None)
        if found is None:
            raise UserError("the server did not start; what it said stands above")
        try:
            yield Place(found[1], int(found[2]))
        finally:
            running.terminate()


def asked(question: str, cap: int, seed: int, **more: Any) -> Body:
    messages = [{"role": "user", "content": question}]
    return {"messages": messages, "max_completion_tokens": cap, "seed": seed, "temperature": 1, **more}


def as_they_like(questions: Sequence[str], cap: int, seed: int) -> Iterator[Visit]:
    """Visitors without end, each of its own mind."""
    rng = random.Random(seed)
    for i in itertools.count():
        body = asked(questions[i % len(questions)], rng.choice((cap, cap, cap // 4)), seed + i)
        kind = rng.random()
        if kind < 0.2:
            yield Visit(body, "leaves", rng.randrange(1, 60))
        elif kind < 0.3:
            yield Visit(body, "ends thinking", rng.randrange(2, 40))
        elif kind < 0.45:
            yield Visit({**body, "thinking_budget": rng.randrange(1, cap // 4)})
        elif kind < 0.6:
            yield Visit({**body, "stop": [rng.choice(("=", "\\boxed", "1", "so"))]})
        elif kind < 0.7:
            yield Visit({**body, "thinking": {"type": "disabled"}})
        else:
            yield Visit(body)


async def crowd(place: Place, asked: Iterator[Visit], streams: int, seconds: float) -> dict[str, Any]:
    """Let them in for so many seconds, see them all off, and say how it went."""
    before, began = await gauges(place), time.perf_counter()
    made = await visits(place, asked, streams, seconds)
    took, left = time.perf_counter() - began, await rows_left(place)
    after = await gauges(place)
    stayed = [one for one in made if one.kind == "reads" and not one.lost]
    again = random.Random(0).sample(stayed, min(AGAIN, len(stayed)))
    alone = [await visit(place, Visit(one.body)) for one in again]
    mixed = [a for a, b in zip(again, alone, strict=True) if (a.thinking, a.answer) != (b.thinking, b.answer)]
    gaps = sorted(gap for one in made for gap in one.gaps)
    firsts = [one.arrivals[0] for one in made if one.arrivals]
    return {
        "visits": len(made),
        "seconds": round(took, 1),
        "lost": [one.error or "no end" for one in made if one.lost],
        "asked_again": len(again),
        "mixed": len(mixed),
        "rows_left": left,
        "tokens_per_second": (after["scratchwork_tokens_total"] - before.get("scratchwork_tokens_total", 0)) / took,
        "gap_ms": {f"p{p}": 1000 * gaps[len(gaps) * p // 100] for p in (50, 99)},
        "first_token_ms": {"loaded": 1000 * statistics.median(firsts)},
    }


async def first_token(place: Place, questions: Sequence[str]) -> list[float]:
    """Milliseconds to the first text, one request after the other."""
    bodies = [asked(questions[i % len(questions)], 8, i) for i in range(IDLE)]
    made = await visits(place, [Visit(body) for body in bodies], 1)
    return [1000 * one.arrivals[0] for one in made if one.arrivals]


async def read_all(place: Place, bodies: Sequence[Body], streams: int) -> float:
    """Tokens a second when everyone reads to the end. Raises UserError for one who could not."""
    began = time.perf_counter()
    made = await visits(place, [Visit(body) for body in bodies], streams)
    took = time.perf_counter() - began
    if any(one.lost for one in made):
        raise UserError("an answer was lost: " + next(one.error for one in made if one.lost))
    return sum(one.tokens for one in made) / took


def offline(engine: TorchEngine, codec: OwnCodec, bodies: Sequence[Body]) -> float:
    """Tokens a second of the engine, for the same questions with the same seeds."""
    prompts = [
        Prompt(codec.prompt([Message("user", b["messages"][0]["content"])], True).ids, (sequence_seed(b["seed"], 0),))
        for b in bodies
    ]
    began = time.perf_counter()
    done = engine.generate(prompts, Sampling(bodies[0]["max_completion_tokens"], stop_ids=codec.stop_ids))
    return sum(len(one.ids) for (one,) in done) / (time.perf_counter() - began)


def row(found: dict[str, Any], case: str) -> dict[str, str]:
    load, rates, ratio = found["load"], found["tokens_per_second"], found["ratio"]
    return {
        "case": case,
        "visits": f"{load['visits']:,} in {load['seconds']:.0f} s",
        "lost / mixed / rows left": f"{len(load['lost'])} / {load['mixed']} of {load['asked_again']} / "
        f"{load['rows_left']:.0f}",
        "gap, ms (p50, p99)": f"{load['gap_ms']['p50']:.1f}, {load['gap_ms']['p99']:.1f}",
        "first token, ms (idle, loaded)": f"{found['first_token_ms']['idle']:.1f}, "
        f"{load['first_token_ms']['loaded']:.1f}",
        "loaded, tokens/s": f"{load['tokens_per_second']:,.0f}",
        "server, tokens/s": f"{rates['server']['median']:,.0f}",
        "engine, tokens/s": f"{rates['engine']['median']:,.0f}",
        "ratio": f"{ratio['median']:.2f} ({ratio['min']:.2f} to {ratio['max']:.2f})",
    }


def main() -> None:
    args = arguments()
    model, tokenizer = load_model(find_model(args.model))
    problems = ProblemSource([Share(Countdown(), (1, 2, 3))], args.seed, "held_out").take(0, args.prompts)
    questions = [problem.prompt for problem in problems]
    bodies = [asked(question, args.cap, args.seed + i) for i, question in enumerate(questions)]
    engine, codec = TorchEngine(model, args.streams), OwnCodec(tokenizer, thinks=True)
    threads, found = machine(measure_speed(model.config))["threads"], {}
    # A quarter of the rows is kept from thinkers: there are so many that all who come find one.
    with served(args.model, threads, args.streams * 4 // 3 + 1) as place:
        asyncio.run(read_all(place, bodies[:8], 8))
        found["first_token_ms"] = {"idle": statistics.median(asyncio.run(first_token(place, questions)))}
        found["load"] = asyncio.run(
            crowd(place, as_they_like(questions, args.cap, args.seed), args.streams, args.seconds)
        )
        offline(engine, codec, bodies[:8])
        rates = [
            (asyncio.run(read_all(place, bodies, args.streams)), offline(engine, codec, bodies))
            for _ in range(args.turns)
        ]
    found["tokens_per_second"] = {"server": spread([a for a, _ in rates]), "engine": spread([b for _, b in rates])}
    found["ratio"] = spread([a / b for a, b in rates])
    told = {"machine": machine(measure_speed(model.config)), "setting": vars(args), **found}
    tell(told, row(found, f"{args.streams} streams, cap {args.cap}"), args.out)
    if found["load"]["lost"] or found["load"]["mixed"] or found["load"]["rows_left"]:
        raise UserError("an answer was lost or mixed, or a row stayed taken")


if __name__ == "__main__":
    start(main)
