"""Our server against `transformers serve`: same weights, same chat requests, so many at once, each read in one piece.

    python -m benchmarks.serve_peer --out serve_peer.json

Both run as a user starts them, in a process of their own, and answer in turns, so that whatever else the machine does
falls on both; who has no turn has nothing to do. Tokens are what each server counts of its own answers. Of the peer, no
batching and its continuous batching (with a cache of the size needed) are both tried, and the faster competes.

Left out: vLLM, whose wheel on PyPI is for CUDA and wants a torch of its own; `--against URL` measures any server that
runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.floor import measure_speed
from benchmarks.generate import page_settings
from benchmarks.harness import both, machine, parse, spread, start, tell
from benchmarks.serve import asked, served
from benchmarks.visitors import CHAT, Body, Place, get, post
from scratchwork.errors import UserError
from scratchwork.model.hf import load_model
from scratchwork.recipe.models import find_model
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.tasks.countdown import Countdown

PATIENCE = 120  # seconds until a peer answers
Side = tuple[Place, Sequence[Body]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=32, help="held-out countdown problems, all at once")
    parser.add_argument("--cap", type=int, default=400, help="longest answer in tokens")
    parser.add_argument("--turns", type=int, default=3, help="timed passes over the requests, of each side")
    parser.add_argument("--against", metavar="URL", help="a server that runs already, instead of transformers'")
    return parse(parser)


@contextmanager
def peer(folder: Path, threads: int, flags: Sequence[str]) -> Iterator[Place]:
    """`transformers serve` on loopback. Raises UserError when it does not come up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = Place("127.0.0.1", free.getsockname()[1])
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--device", "cpu"]
    command += ["--dtype", "float32", "--host", place.host, "--port", str(place.port), *flags]
    own = {**os.environ, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=own) as running:
        try:
            wait_for(place, running)
            yield place
        finally:
            running.terminate()


def wait_for(place: Place, running: subprocess.Popen[bytes]) -> None:
    over = time.monotonic() + PATIENCE
    while True:
        try:
            asyncio.run(get(place, "/health"))
            return
        except (OSError, ValueError, IndexError):
            if running.poll() is not None or time.monotonic() > over:
                raise UserError("`transformers serve` did not come up; try the command by itself") from None
            time.sleep(0.2)


async def all_at_once(place: Place, bodies: Sequence[Body]) -> tuple[float, float]:
    """Tokens a second, and the mean length of an answer."""
    began = time.perf_counter()
    replies = await asyncio.gather(*(post(place, CHAT, body) for body in bodies))
    took = time.perf_counter() - began
    tokens = [json.loads(reply)["usage"]["completion_tokens"] for reply in replies]
    return sum(tokens) / took, sum(tokens) / len(tokens)


def take_turns(ours: Side, theirs: Side, turns: int) -> dict[str, Any]:
    """Of both, one after the other each time, after a small turn that does not count; each with seeds of its own."""
    for place, bodies in (ours, theirs):
        asyncio.run(all_at_once(place, bodies[:4]))
    rounds = [
        [asyncio.run(all_at_once(place, reseeded(bodies, turn))) for place, bodies in (ours, theirs)]
        for turn in range(turns)
    ]
    rates = [[rate for rate, _ in one] for one in rounds]
    return {
        "ours": spread([a for a, _ in rates]),
        "peer": spread([b for _, b in rates]),
        "ratio": spread([a / b for a, b in rates]),
        "length": {name: mean(one[side][1] for one in rounds) for side, name in enumerate(("ours", "peer"))},
    }


def reseeded(bodies: Sequence[Body], turn: int) -> list[Body]:
    """The same questions, answered anew: one draw of a few answers says little of how long they are."""
    return [body | {"seed": body["seed"] + turn * len(bodies)} for body in bodies]


def compare(args: argparse.Namespace, folder: Path, ours: Side, bodies: Sequence[Body], threads: int) -> dict[str, Any]:
    """Each way of the peer beside us."""
    if args.against:
        found = re.fullmatch(r"https?://([^:/]+):(\d+)/?", args.against)
        if found is None:
            raise UserError(f"--against is {args.against!r}; give http://HOST:PORT")
        return {"as it runs": take_turns(ours, (Place(found[1], int(found[2])), bodies), args.turns)}
    pages = page_settings(len(bodies), 2 * args.cap)
    cache = ["--cb-block-size", str(pages["page_size"]), "--cb-num-blocks", str(pages["num_blocks"])]
    cache += ["--cb-max-batch-tokens", str(pages["max_batch_tokens"])]
    tried = {}
    for name, flags in {"no batching": [], "continuous batching": ["--continuous-batching", *cache]}.items():
        with peer(folder, threads, flags) as place:
            tried[name] = take_turns(ours, (place, bodies), args.turns)
        print(f"{name}: {tried[name]['peer']['median']:,.0f} tokens/s, ours {tried[name]['ours']['median']:,.0f}")
    return tried


def row(found: dict[str, Any], case: str, best: str) -> dict[str, str]:
    ratio = found["ratio"]
    return {
        "case": case,
        "ours, tokens/s": f"{found['ours']['median']:,.0f}",
        "peer, tokens/s": f"{found['peer']['median']:,.0f} ({best})",
        "ratio": f"{ratio['median']:.1f} ({ratio['min']:.1f} to {ratio['max']:.1f})",
        "answer, tokens": both(found["length"], ".1f"),
    }


def main() -> None:
    args = arguments()
    folder = find_model(args.model).resolve()
    model, _ = load_model(folder)
    problems = ProblemSource([Share(Countdown(), (1, 2, 3))], args.seed, "held_out").take(0, args.requests)
    ours_asked = [asked(problem.prompt, args.cap, args.seed + i) for i, problem in enumerate(problems)]
    # The peer has a name for the cap of its own, and asks for the model's.
    theirs_asked = [body | {"model": str(folder), "max_tokens": args.cap} for body in ours_asked]
    speed = measure_speed(model.config)
    told = machine(speed, "transformers")
    with served(args.model, told["threads"], args.requests * 4 // 3 + 1) as place:
        tried = compare(args, folder, (place, ours_asked), theirs_asked, told["threads"])
    best = max(tried, key=lambda name: tried[name]["peer"]["median"])
    found = row(tried[best], f"{args.requests} requests at once, cap {args.cap}", best)
    tell({"machine": told, "setting": vars(args), "tried": tried}, found, args.out)


if __name__ == "__main__":
    start(main)
