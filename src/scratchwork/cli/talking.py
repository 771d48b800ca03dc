"""The verbs that talk: a model answers a question, some held-out problems, or a person at a terminal.

The thinking is shown dimmed, the answer plain; neither can move the cursor or colour anything, whatever is in it.
Left out: a memory of earlier questions. The models trained here have only ever seen one question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, LastModel, ModelOrRun, Root, Seed, Think, Threads, find_model
from scratchwork.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from scratchwork.recipe.speaker import Reply, Speaker

Question = Annotated[str | None, typer.Argument(help="What to ask; held-out problems when not given.")]
Temperature = Annotated[float, typer.Option(min=0, help="Of sampling; 0 = greedy.")]
MaxTokens = Annotated[int, typer.Option(min=1, help="Longest answer, thinking included.")]


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
    model: LastModel = None,
    think: Think = None,
    temperature: Temperature = 1.0,
    max_tokens: MaxTokens = 400,
    seed: Seed = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
) -> None:
    """Talk to a model in the terminal; each question stands alone."""
    from rich.console import Console

    from scratchwork.recipe.speaker import Speaker

    speaker = Speaker.load(find_model(model, runs_root), think, temperature, max_tokens, threads or 0)
    console = Console(highlight=False)
    console.print("Ask away; each question stands alone. Ctrl-D ends.", style="dim")
    turn = 0
    while True:
        try:
            question = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if question:
            turn += 1
            answer_aloud(console, speaker, question, (seed or 0, turn))


def answer_aloud(console: Console, speaker: Speaker, question: str, seed: tuple[int, int]) -> None:
    """Answer, or say why that cannot be; neither ends the conversation, and Ctrl-C ends the answer alone."""
    try:
        show(console, speaker.reply(question, seed))
    except UserError as error:
        console.print(str(error), style="red", markup=False)
    except KeyboardInterrupt:
        console.print("(stopped)", style="dim")


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
