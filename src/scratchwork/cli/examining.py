"""The verb that examines a run: what ails it, from its journal alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, Root, RunName, find_run

if TYPE_CHECKING:
    from scratchwork.observe.doctor.finding import Finding

AsJson = Annotated[bool, typer.Option("--json", help="A JSON list of findings instead of text.")]


def doctor(run: RunName, as_json: AsJson = False, runs_root: Root = RUNS) -> None:
    """Say what ails a run, why, and what to change; the run may be finished, crashed or going on."""
    from scratchwork.observe.doctor.rules import diagnose

    found = find_run(run, runs_root)
    journal, settings = found.journal(), found.recipe().get("grpo", {})
    findings = diagnose(journal, settings)
    if as_json:
        print(json.dumps([table(finding) for finding in findings], indent=2, ensure_ascii=False))
        return
    steps = sum(line["stage"] == "grpo" for line in journal)
    if not steps:
        print("no step of the stage 'grpo' in its journal, and the rules are about nothing else: nothing was judged")
        return
    if not findings:
        print(f"{steps} steps of reinforcement learning: nothing to report")
        return
    show(findings, steps)


def table(finding: Finding) -> dict[str, str | int]:
    """A finding with its symptom's fields beside its own."""
    return {
        "rule": finding.rule,
        "step": finding.step,
        "until": finding.until,
        **finding.symptom.told(),
        "page": finding.page,
    }


def show(findings: list[Finding], steps: int) -> None:
    from rich.console import Console

    from scratchwork.observe.text import visible

    console = Console(highlight=False)
    for finding in findings:
        said = finding.symptom
        when = f"step {finding.step}" if finding.step == finding.until else f"steps {finding.step} to {finding.until}"
        style = "bold red" if said.severity == "alarm" else "bold yellow"
        console.print(f"{said.severity}: {finding.rule}, {when} of {steps}", style=style, markup=False)
        lines = (str(said.evidence), f"likely: {said.cause}", f"change: {said.change}", finding.page)
        console.print("".join(f"  {visible(line, 1_000)}\n" for line in lines), markup=False)
