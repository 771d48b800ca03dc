"""The verbs that talk: a model answers a question, some held-out problems, or a person at a terminal.

The thinking is shown dimmed, the answer plain; neither can move the cursor or colour anything, whatever is in it. A
chat with a model of this machine goes through a server inside this process: it has every mode that others are served.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, ModelOrRun, Root, Seed, Think, Threads, find_model
from scratchwork.cli.serving import KEY, Shown, opened, read_keys

if TYPE_CHECKING:
    from rich.console import Console

    from scratchwork.recipe.speaker import Reply
    from scratchwork.terminal.client import Client, Wish

Question = Annotated[str | None, typer.Argument(help="What to ask; held-out problems when not given.")]
Temperature = Annotated[float, typer.Option(min=0, help="Of sampling; 0 = greedy.")]
MaxTokens = Annotated[int, typer.Option(min=1, help="Longest answer, thinking included.")]

SLOTS, CONTEXT = 8, 4096  # answers at once, and tokens of a conversation, of a model that is chatted with


def sample(
    model: ModelOrRun,
    question: Question = None,
    count: Annotated[int, typer.Option(min=1, help="Answers to the question, or problems to answer.")] = 4,
    family: Annotated[str, typer.Option(help="Of the held-out problems.")] = "countdown",
    level: Annotated[int, typer.Option(min=1, max=5, help="Of the held-out problems.")] = 2,
    think: Think = None,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 400,
    seed: Seed = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
) -> None:
    """Have a model answer a question, or some held-out problems."""
    from rich.console import Console

    from scratchwork.recipe.speaker import Speaker, held_out

    speaker = Speaker.load(find_model(model, runs_root), think, temperature, max_tokens, threads or 0)
    console = Console(highlight=False)
    if question is not None:
        for i in range(count):
            show(console, speaker.reply(question, (seed or 0, i)))
        return
    for i, problem in enumerate(held_out(family, level, count, seed or 0)):
        reply = speaker.reply(problem.prompt, (seed or 0, i))
        console.print(problem.prompt, style="bold", markup=False)
        show(console, reply)
        right = speaker.judge(problem, reply)
        verdict, colour = ("right", "green") if right else ("wrong", "red")
        console.print(f"{verdict} (one right answer: {problem.answer})\n", style=colour, markup=False)


def chat(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL|RUN|URL]", help="The newest run when not given.", show_default=False)
    ] = None,
    think: Think = None,
    shown: Annotated[Shown | None, typer.Option("--show", help="How much of the thinking; all in a terminal.")] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Most tokens of thinking.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="Of sampling; 0 = greedy.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer, thinking included.")] = None,
    seed: Seed = None,
    api_key_file: Annotated[Path | None, typer.Option(help=f"For a URL: its key; else {KEY} is read.")] = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
) -> None:
    """Talk to a model in the terminal: one of a run, of a folder, or behind an OpenAI-compatible URL."""
    from scratchwork.terminal.client import Client, Wish

    mode = None if think is None else "on" if think else "off"
    wish = Wish(mode, budget, shown and shown.value, temperature, max_tokens, seed)
    if model is not None and model.startswith(("http://", "https://")):
        keys = read_keys(api_key_file)
        converse(Client(model, keys[0] if keys else None), wish)
        return
    from scratchwork.recipe.job import free_cores, use_threads
    from scratchwork.runs import is_run
    from scratchwork.serve.chooser import find_auto
    from scratchwork.serve.embedded import embedded
    from scratchwork.serve.house import House

    use_threads(1)  # decoding alone has all of them, see Scheduler
    name = find_model(model, runs_root)
    served = opened([name], SLOTS, CONTEXT, SLOTS)
    auto, _ = find_auto([Path(name)] if is_run(Path(name)) else [], served, None)
    with embedded(House(served, auto=auto, drain=1.0, threads=threads or free_cores())) as (url, key):
        converse(Client(url, key), wish)


def converse(client: Client, wish: Wish) -> None:
    """Answer what is typed, or what comes through a pipe, until its end."""
    from rich.console import Console

    from scratchwork.terminal.talk import Talk
    from scratchwork.terminal.view import View

    cards = client.models()
    console = Console(highlight=False)
    talks = console.is_terminal or wish.visibility is not None
    talk = Talk(client, cards, cards[0], wish, View(console, talks))
    if console.is_terminal:
        talk.view.note(f"Talking to {cards[0].name}. /help says what else can be typed; Ctrl-D ends.")
    while not talk.over:
        try:
            line = input("> " if sys.stdin.isatty() else "").strip()
        except (EOFError, KeyboardInterrupt):
            if console.is_terminal:
                print()
            return
        talk.say(line)


def show(console: Console, reply: Reply) -> None:
    """Thinking dimmed, answer plain."""
    from rich.text import Text

    from scratchwork.observe.text import visible

    limit = 20_000
    if reply.response.thinking:
        console.print(Text(visible(reply.response.thinking, limit), style="dim"))
    console.print(Text(visible(reply.response.presentation, limit)))
    if reply.finish_reason == "length":
        console.print(f"(cut off after {reply.tokens} tokens)", style="dim")
