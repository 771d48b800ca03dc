"""The model card: what the run measured, what it cost, how to use it and make it again, and what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scratchwork.observe.evals import largest_k
from scratchwork.observe.headline import headline
from scratchwork.observe.summary import build_summary
from scratchwork.runs import ANSWERING, RunFolder

FRONT = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags: [scratchwork, reasoning, reinforcement-learning]
---
"""
USE = """## Use it
```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model, tokenizer = AutoModelForCausalLM.from_pretrained("."), AutoTokenizer.from_pretrained(".")
question = [{"role": "user", "content": "Find 17+28."}]
ids = tokenizer.apply_chat_template(
    question, add_generation_prompt=True, enable_thinking=True, return_tensors="pt", return_dict=True
)
print(tokenizer.decode(model.generate(**ids, max_new_tokens=MAX_TOKENS)[0]))
```
The prompt ends in an opened `<think>`: what comes before `</think>` is the thinking, what follows is the
answer, with the result in `\\boxed{}`. `enable_thinking=False` closes the block at once. Thinking of earlier
turns is not sent again. Text of users that spells a control token, such as `<|end|>`, becomes that token in
this template; remove it, or serve the model with `scratchwork serve`, which keeps it text.
"""
LIMITS = """## Limits
- It knows the small world it was raised on and nothing else: word problems about prices, countdown, sums and a
  few facts, in English, in the wording of its training. Elsewhere it writes text of the right form and of no
  value.
- It has seen single questions, no conversations.
- That it checks, goes back and tries again was in the text it was pretrained on; reinforcement learning made it
  frequent where it pays. The numbers above are from held-out problems of the same kinds, at temperature 1.
"""


def run_card(name: str, run: RunFolder) -> str:
    """The card of a run's last model. Raises RunError for a run that is damaged."""
    summary, recipe = build_summary(run), run.recipe()
    parts = [
        f"# {plain(name)}\n",
        *evidence(run, summary, recipe),
        USE.replace("MAX_TOKENS", str(recipe.get("grpo", {}).get("max_tokens", 400))),
        *origin(run, summary),
        LIMITS,
    ]
    return FRONT + "\n".join(parts)


def plain_card(name: str, manifest: Mapping[str, Any] | None) -> str:
    """The card of a model that no reinforcement learning of this run has touched."""
    raised = ""
    if manifest and manifest.get("tokens"):
        raised = f"Raised on {manifest['tokens']:,} tokens by recipe {plain(str(manifest['recipe']['name']))}.\n"
    return FRONT + "\n".join([f"# {plain(name)}\n", raised, USE.replace("MAX_TOKENS", "400"), LIMITS])


def evidence(run: RunFolder, summary: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[str]:
    """The run in sentences, and base beside final."""
    both = {label: run.read_json(f"evals/{label}.json") for label in ("base", "final")}
    rows = {label: data and data["families"]["all"]["all"] for label, data in both.items()}
    lines = [line for line in run.journal() if line["stage"] in ANSWERING]
    said = " ".join(map(str, headline(recipe, summary["steps"], rows["base"], rows["final"], lines)))
    table = [
        "| family (levels) | | pass@1 | 95 % interval | pass@k | tokens | backtracks |",
        "|---|---|---|---|---|---|---|",
    ]
    for family in summary["final"] or {}:
        for label in ("base", "final"):
            row = (summary[label] or {}).get(family)
            if row:
                head = f"{family} ({', '.join(map(str, row['levels']))})" if label == "base" else ""
                table.append(f"| {head} | {label} | {numbers(row)} |")
    return [said + "\n", *(["\n".join(table) + "\n"] if len(table) > 2 else [])]


def numbers(row: Mapping[str, Any]) -> str:
    """The cells of a row; a number that was not measured is a dash."""
    low, high = row["pass@1_ci"] or (None, None)
    k = largest_k(row) or 1
    shares = f"{cell(row['pass@1'], 3)} | {cell(low, 3)}–{cell(high, 3)} | {cell(row.get(f'pass@{k}'), 3)} (k = {k})"
    return f"{shares} | {cell(row.get('length'), 0)} | {cell(row.get('backtracks'), 2)}"


def cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def origin(run: RunFolder, summary: Mapping[str, Any]) -> list[str]:
    """What it cost, from what it was made, and how to make it again."""
    manifest = run.read_json("manifest.json") or {}
    seconds, hardware = summary["seconds"], manifest.get("hardware", {})
    cost = [f"{seconds['rl']:.0f} seconds of reinforcement learning"]
    if seconds["total"]:
        cost.append(f"{seconds['total']:.0f} in all")
    if hardware:
        cost.append(f"{hardware.get('threads')} threads of {plain(str(hardware.get('cpu')))}")
    hashes = "".join(f"- {plain(name)}: {plain(str(value))}\n" for name, value in manifest.get("data", {}).items())
    return [
        "## Made by\n"
        f"Scratchwork {plain(str(manifest.get('scratchwork', '')))}, "
        f"seed {summary['seed']}: {', '.join(cost)}. Again, from `recipe.toml` beside this file:\n"
        f"```sh\nscratchwork run recipe.toml --seed {summary['seed']}\n```\n"
        f"SHA-256 of what it was made from:\n\n{hashes}"
    ]


def plain(text: str) -> str:
    """Text of others in Markdown: one line of it, with nothing that Markdown or HTML would read.

    >>> plain("zero <b>`x`</b>[a](b)")
    'zero bx/bab'
    """
    return " ".join(re.sub(r"[<>`\[\]()|*_#!\\]", "", text).split())
