"""The page on a run of a million rollouts: how long each of its questions takes, at the median and at p95.

    python -m benchmarks.watch --out watch.json

A run folder is made in a temporary place as a long training leaves one: a Parquet file a step, a journal, and held-out
problems asked again. Its answers are the writers', drawn anew from a pool, so that the texts are real and are searched
like real ones. The verb itself serves it in a process of its own, and one client asks over HTTP. Asked twice: at once,
while the server still reads the run in the background, and when it has read it.

CPU time is told beside the wall clock, for a machine that has other things to do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.floor import measure_speed
from benchmarks.harness import machine, parse, start, tell
from scratchwork.config import ModelConfig
from scratchwork.errors import UserError
from scratchwork.observe.metrics import step_metrics
from scratchwork.reward.rubric import Rubric
from scratchwork.runs import RunFolder, is_run
from scratchwork.tasks.base import TaskError
from scratchwork.tasks.corpus import TASKS, WRITERS
from scratchwork.tasks.writers.habits import HABITS, Dials, write
from scratchwork.types import Group, Rollout

NAME = "long"
RECIPE = 'name = "long"\nstages = ["grpo"]\n\n[grpo]\nsteps = {}\n'
DIALS = Dials({}, dict.fromkeys(HABITS, 0.05), go_on=0.95, max_attempts=5)
WORDS = ("wait", "Check:", "against", "again", "apple", "no.", "zebra", "12*", "the", "Another way")
FAMILIES = ("apples", "arithmetic", "countdown")

Ask = Callable[[random.Random], tuple[str, Mapping[str, Any]]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=4_000, help="Parquet files")
    parser.add_argument("--prompts", type=int, default=32, help="groups of 8 in each of them")
    parser.add_argument("--folder", type=Path, help="where the run is kept, and made when there is none")
    parser.add_argument("--asks", type=int, default=40, help="of each question, each time another one")
    return parse(parser)


def pool_of_groups(count: int, rng: random.Random) -> list[Group]:
    """Groups of 8 answers by writers of all habits."""
    rubric, groups = Rubric({"accuracy": 1.0}), []
    while len(groups) < count:
        family = rng.choice(FAMILIES)
        try:
            problem = TASKS[family]().draw(rng, rng.randint(1, 4))
        except TaskError:
            continue
        rollouts = []
        for _ in range(8):
            page = write(problem, WRITERS[family](problem, DIALS), rng.choice(list(HABITS)), rng, DIALS)
            text = f"{page.thinking}</think>{page.answer}"
            ids = (0,) * max(1, len(text) // 2)
            score = rubric.score(problem, text)
            rollouts.append(Rollout(problem.id, (0,), ids, (1,) * len(ids), (-0.3,) * len(ids), "stop", 0, text, score))
        groups.append(Group(problem, tuple(rollouts)))
    return groups


def make_run(root: Path, steps: int, prompts: int, seed: int) -> RunFolder:
    """The run folder; every number of its journal is measured on answers of the pool."""
    rng = random.Random(seed)
    pool = pool_of_groups(40 * prompts, rng)
    lines = [step_metrics(rng.sample(pool, prompts)) for _ in range(20)]
    followed = pool[:16]
    with RunFolder.create(root, "long", RECIPE.format(steps), NAME) as run:
        for step in range(1, steps + 1):
            run.append("grpo", step, {**rng.choice(lines), "step_time": 2.5})
            run.write_rollouts(step, rng.sample(pool, prompts))
            if step % 20 == 0:
                again = [replace(group, rollouts=tuple(rng.sample(group.rollouts, 8))) for group in followed]
                run.write_held_out(step, again)
    return run


@contextmanager
def watched(run: RunFolder) -> Iterator[tuple[str, int]]:
    """The verb itself, on loopback: its address and process."""
    command = [sys.executable, "-m", "scratchwork", "watch", "--runs-root", str(run.path.parent), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "SCRATCHWORK_API_KEY": ""}
    ) as server:
        line = server.stdout.readline() if server.stdout else ""
        if "http" not in line:
            raise UserError(f"the server did not start: {line}")
        try:
            yield line.split()[-1].removesuffix("/watch"), server.pid
        finally:
            server.terminate()


def questions(run: RunFolder, steps: int) -> dict[str, Ask]:
    """What the page asks, by a name; each time about another step, problem or word."""
    own = f"runs/{NAME}"
    followed = sorted({row["problem_id"] for row in run.read_held_out(20)})

    def group(rng: random.Random) -> str:
        step = rng.randint(1, steps)
        return f"{own}/steps/{step}/groups/{quote(rng.choice(run.read_rollouts(step))['problem_id'])}"

    def search(**query: Any) -> Ask:
        return lambda rng: ("search", {"run": NAME, **{k: v(rng) if callable(v) else v for k, v in query.items()}})

    def word(rng: random.Random) -> str:
        return rng.choice(WORDS) if rng.random() < 0.5 else f"{rng.choice(WORDS)} {rng.randint(1, 99)}"

    def longest(rng: random.Random) -> int:
        return rng.randint(10, 200)

    return {
        "runs": lambda rng: ("runs", {}),
        "run": lambda rng: (own, {}),
        "journal, whole": lambda rng: (f"{own}/journal", {"stage": "grpo"}),
        "steps": lambda rng: (f"{own}/steps", {}),
        "groups of a step": lambda rng: (f"{own}/steps/{rng.randint(1, steps)}/groups", {}),
        "one group": lambda rng: (group(rng), {}),
        "one answer": lambda rng: (f"{group(rng)}/{rng.randint(0, 7)}", {}),
        "one problem followed": lambda rng: (f"{own}/followed/{rng.choice(followed)}", {}),
        "ahas": lambda rng: (f"{own}/ahas", {"family": rng.choice(("", *FAMILIES))}),
        "search: a text": search(text=word),
        "search: a text, right, in a family": search(
            text=word, correct="true", family=lambda rng: rng.choice(FAMILIES)
        ),
        "search: long ones first": search(min_length=longest, order="-length"),
        "search: another page": search(offset=lambda rng: rng.randrange(0, 100_000, 50)),
    }


def measure(address: str, server: int, asks: Mapping[str, Ask], count: int, seed: int) -> dict[str, dict[str, float]]:
    """Milliseconds of wall clock and of the server's computing, and the bytes of the largest answer."""
    rng = random.Random(seed)
    timed: dict[str, list[tuple[float, float, int]]] = {name: [] for name in asks}
    for _ in range(count):
        for name, ask in asks.items():
            path, query = ask(rng)
            url = f"{address}/v1/watch/{path}" + (f"?{urlencode(query)}" if query else "")
            before, began = computed(server), time.perf_counter()
            with urllib.request.urlopen(url) as reply:
                body = reply.read()
            timed[name].append((time.perf_counter() - began, computed(server) - before, len(body)))
    return {
        name: {
            "p50_ms": 1e3 * statistics.median(wall for wall, _, _ in own),
            "p95_ms": 1e3 * statistics.quantiles([wall for wall, _, _ in own], n=20)[-1],
            "cpu_p95_ms": 1e3 * statistics.quantiles([cpu for _, cpu, _ in own], n=20)[-1],
            "kilobytes": max(size for _, _, size in own) / 1e3,
        }
        for name, own in timed.items()
    }


def computed(process: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(address: str) -> float:
    """Wait until the server has read all of the run; the seconds that this took."""
    began = time.perf_counter()
    while True:
        with urllib.request.urlopen(f"{address}/v1/watch/search?run={NAME}") as reply:
            unread = json.load(reply)["unread"]
        with urllib.request.urlopen(f"{address}/v1/watch/runs/{NAME}/ahas") as reply:
            waiting = json.load(reply)["waiting"]
        if not unread and not waiting:
            return time.perf_counter() - began
        time.sleep(0.5)


def main() -> None:
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        root = args.folder or Path(folder)
        run = RunFolder(root / NAME) if is_run(root / NAME) else make_run(root, args.steps, args.prompts, args.seed)
        asks = questions(run, args.steps)
        with watched(run) as (address, server):
            first = measure(address, server, asks, args.asks, args.seed)
            reading = settle(address)
            then = measure(address, server, asks, args.asks, args.seed + 1)
    worst = max(then, key=lambda name: then[name]["p95_ms"])
    told = {"rollouts": 8 * args.prompts * args.steps, "files": args.steps, "load": os.getloadavg()[1]}
    row = {
        "rollouts": f"{told['rollouts']:,}",
        "slowest question": worst,
        "p50, ms": f"{then[worst]['p50_ms']:.0f}",
        "p95, ms": f"{then[worst]['p95_ms']:.0f}",
        "p95 of CPU, ms": f"{then[worst]['cpu_p95_ms']:.0f}",
        "load of the machine": f"{told['load']:.1f}",
    }
    for name, own in then.items():
        print(f"{name:36} " + "  ".join(f"{what} {value:8.1f}" for what, value in own.items()), end="")
        print(f"  while reading: p95_ms {first[name]['p95_ms']:8.1f}")
    speed = measure_speed(ModelConfig())
    tell(
        {"machine": machine(speed, "duckdb"), **told, "reading_s": reading, "first": first, "then": then}, row, args.out
    )


if __name__ == "__main__":
    start(main)
