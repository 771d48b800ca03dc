"""report.html: what a run did, on one page that needs nothing but itself.

The page is made from the run folder alone, so a run that is going on, has finished or has crashed has one all the same.
Whatever a model or a user wrote is escaped by the template; only our own drawings are markup. No script is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from scratchwork.observe.claims import amount, judge
from scratchwork.observe.drawing import PALETTE
from scratchwork.observe.evals import Table, compared, compared_rows, families, largest_k, levels, pool
from scratchwork.observe.figures import draw_figures, write_figures
from scratchwork.observe.headline import headline
from scratchwork.observe.readable import readable_lines
from scratchwork.observe.summary import build_summary
from scratchwork.observe.transcripts import transcripts
from scratchwork.runs import ANSWERING, RunFolder

TEMPLATES = Path(__file__).parent / "templates"
REFLECTIVE = ("checker", "explorer", "reframer")  # writers who look back at what they wrote


def write_report(run: RunFolder) -> Path:
    """Make report.html and figures/*.png anew; where the report is."""
    run.write_text("report.html", build_report(run))
    return run.path / "report.html"


def build_report(run: RunFolder) -> str:
    """The page; its figures are kept as PNG on the way. Raises RunError when a file is damaged, but for the journal."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    pictures = draw_figures(run)
    write_figures(run, pictures)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "amount": amount, "duration": duration}
    figures = [(one.title, Markup(one.svg)) for one in pictures]
    return environment.get_template("report.html.j2").render(contents(run), figures=figures)


def contents(run: RunFolder) -> dict[str, Any]:
    """What the template shows, apart from the figures."""
    recipe, manifest, summary = run.recipe(), run.read_json("manifest.json") or {}, build_summary(run)
    journal, lost = readable_lines(run)
    lines = [line for line in journal if line["stage"] in ANSWERING]
    evals = {label: run.read_json(f"evals/{label}.json") for label in ("base", "final")}
    tables: dict[str, Table] = {label: data["families"] for label, data in evals.items() if data}
    rows = {label: compared_rows(table) for label, table in tables.items()}
    overall = {label: own.get("all") or next(iter(own.values()), None) for label, own in rows.items()}
    ks = [largest_k(row) or 1 for own in rows.values() for row in own.values()]
    return {
        "name": run.path.name,
        "recipe": recipe,
        "recipe_text": (run.path / "recipe.toml").read_text(),
        "manifest": manifest,
        "summary": summary,
        "failed": journal[-1].get("failed") if journal else None,
        "lost": lost,
        "headline": headline(recipe, summary["steps"], overall.get("base"), overall.get("final"), lines),
        "overall": overall,
        "evals": evals,
        "claims": judge(rows.get("base", {}), rows.get("final", {}), run.read_json("probe.json")),
        "families": families(*tables.values()),
        "k": min(ks, default=1),
        "comparison": list(comparison(evals)),
        "transcripts": transcripts(run),
        "raised_on": raised_on(recipe, run.read_json("base.json") or {}),
        "cost": list(cost(summary, lines, manifest)),
        "palette": PALETTE,
    }


def comparison(evals: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, dict[str, Any]]]]:
    """(family, which levels, {"base": row, "final": row}): first the levels compared together, then one by one."""
    sampled = {label: data["families"] if data else {} for label, data in evals.items()}
    greedy = {label: data.get("greedy", {}) if data else {} for label, data in evals.items()}
    for family in families(*sampled.values()):
        known = sorted({level for table in sampled.values() for level in levels(table, family)})
        together = sorted({level for table in sampled.values() for level in compared(table, family)})
        for which in ([together] if len(together) > 1 else []) + [[level] for level in known]:
            rows = {label: row(sampled[label], family, which) for label in evals}
            for label in evals:
                rows[label]["greedy"] = row(greedy[label], family, which).get("pass@1")
            yield family, f"levels {which[0]}–{which[-1]}" if len(which) > 1 else f"level {which[0]}", rows


def row(table: Table, family: str, which: Sequence[int]) -> dict[str, Any]:
    """The row of a family at these levels together; empty when it was not asked at any of them."""
    return pool([own for level, own in levels(table, family).items() if level in which])


def raised_on(recipe: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any] | None:
    """The text of the base model: shares by habit, the reflective ones together. None when nothing tells.

    A run that pretrains has it in its recipe; another has it in base.json, the manifest of the model it began with.
    """
    source = recipe if "pretrain" in recipe.get("stages", ()) else base.get("recipe", {})
    habits = source.get("corpus", {}).get("habits")
    if not habits:
        return None
    total = sum(habits.values())
    shares = {habit: share / total for habit, share in habits.items()}
    return {
        "habits": shares,
        "reflective": sum(shares.get(habit, 0.0) for habit in REFLECTIVE),
        "tokens": base.get("tokens") or source.get("pretrain", {}).get("tokens"),
        "names": REFLECTIVE,
    }


def cost(
    summary: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What the run took, as (what, how much); what was not measured is left out."""
    if summary["seconds"]["total"]:
        yield "all of it", duration(summary["seconds"]["total"])
    yield "reinforcement learning", duration(summary["seconds"]["rl"])
    for what, name, form in (
        ("a step, median", "step_time", "{:.1f} s"),
        ("tokens a second, median", "tokens_per_second", "{:,.0f}"),
    ):
        values = [line[name] for line in lines if line.get(name) is not None]
        if values:
            yield what, form.format(median(values))
    if lines and lines[-1].get("num_tokens"):
        yield "tokens in RL, prompts included", f"{lines[-1]['num_tokens']:,.0f}"
    if summary["peak_memory_mb"]:
        yield "peak memory", f"{summary['peak_memory_mb']:,.0f} MB"
    hardware = manifest.get("hardware", {})
    if hardware.get("cpu"):
        yield "machine", f"{hardware['cpu']}, {hardware.get('cores')} cores"


def percent(value: float | None) -> str:
    """
    >>> percent(0.934), percent(None)
    ('93%', '–')
    """
    return "–" if value is None else f"{value:.0%}"


def duration(seconds: float) -> str:
    """
    >>> duration(7.25), duration(551), duration(7322)
    ('7.2 s', '9 min 11 s', '2 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
