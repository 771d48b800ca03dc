"""The figures of a run, from its folder: accuracy and response length over RL steps, as in the DeepSeek-R1 paper
(10.1038/s41586-025-09422-z, Fig. 1), what the thinking does over steps, and both by level for base and final model.

Over steps there is a dot for what was measured and a line through a running mean of it. Training answers are what is
measured there; by level it is held-out problems. Left out: anything that a sentence or a table says better.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scratchwork.files import atomic_write
from scratchwork.observe.causes import cause_pictures
from scratchwork.observe.drawing import INK, MUTED, PAPER, Picture, colours, label_ends, picture
from scratchwork.observe.evals import Row, Table, families, levels
from scratchwork.observe.readable import readable_lines
from scratchwork.runs import ANSWERING, RunFolder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Line = Mapping[str, Any]
Curve = tuple[list[int], list[float]]  # steps and values

OVER_STEPS = (  # name, title, metric of all answers, its prefix by family
    ("accuracy", "Accuracy over RL steps", "accuracy", "accuracy/"),
    ("length", "Response length over RL steps, tokens", "completions/mean_length", "length/"),
    ("backtracks", "Backtracks per response over RL steps", "reflection/backtracks", "reflection/backtracks/"),
    ("checks", "Checks per response over RL steps", "reflection/checks", "reflection/checks/"),
)
BY_LEVEL = (  # name, title, key of an evaluation's statistics
    ("accuracy-by-level", "Held-out accuracy (pass@1) by level", "pass@1"),
    ("length-by-level", "Held-out response length by level, tokens", "length"),
)


def draw_figures(run: RunFolder) -> list[Picture]:
    """Every figure that the run has data for."""
    lines = [line for line in readable_lines(run)[0] if line["stage"] in ANSWERING]
    evals = run.evals()
    tables: dict[str, Table] = {label: evals[label]["families"] for label in ("base", "final") if label in evals}
    trained = {key.removeprefix("accuracy/") for line in lines for key in line if key.startswith("accuracy/")}
    colour = colours({*trained, *families(*tables.values())})
    causes = cause_pictures(run.read_json("probe.json"), colour)
    return [*over_steps(lines, colour), *by_level(tables, colour), *causes]


def write_figures(run: RunFolder, pictures: Sequence[Picture]) -> None:
    """Keep them as figures/NAME.png."""
    for one in pictures:
        atomic_write(run.path / "figures" / f"{one.name}.png", one.png)


def over_steps(lines: Sequence[Line], colour: Mapping[str, str]) -> Iterator[Picture]:
    for name, title, metric, prefix in OVER_STEPS:
        found = {family: curve(lines, prefix + family) for family in colour}
        curves = {family: points for family, points in found.items() if points[0]}
        overall = curve(lines, metric)
        if not overall[0]:
            continue
        if len(curves) != 1:  # with one family, all answers are its answers
            curves["all"] = overall

        def draw(figure: Figure, curves: dict[str, Curve] = curves, title: str = title, name: str = name) -> None:
            axes = figure.add_subplot(title=title, xlabel="RL steps taken")
            draw_curves(axes, curves, colour, percent=name == "accuracy", mark_start=name in ("backtracks", "checks"))

        yield picture(name, title, draw)


def curve(lines: Sequence[Line], metric: str) -> Curve:
    """Steps taken before a line's answers were sampled, and the metric: at 0 stands the base model."""
    points = [(line["step"] - 1, line[metric]) for line in lines if line.get(metric) is not None]
    return [step for step, _ in points], [value for _, value in points]


def draw_curves(
    axes: Axes, curves: Mapping[str, Curve], colour: Mapping[str, str], percent: bool, mark_start: bool
) -> None:
    """Dots, running means and names; with `mark_start`, the value at step 0 as a line across."""
    ends = {}
    for family, (steps, values) in curves.items():
        own, width = (colour[family], 1.4) if family in colour else (INK, 2.0)
        axes.plot(steps, values, ".", color=own, alpha=0.28, markersize=3.5, markeredgewidth=0)
        smooth = running_mean(values, max(3, len(values) // 12))
        axes.plot(steps, smooth, color=own, linewidth=width)
        ends[family] = smooth[-1], own
        if mark_start and steps[0] == 0:
            axes.plot(0, values[0], "o", markersize=4.5, markerfacecolor=PAPER, markeredgecolor=own, clip_on=False)
    axes.locator_params("x", integer=True)
    axes.set_xlim(0, max(1, *(steps[-1] for steps, _ in curves.values())))
    axes.set_ylim(0, 1 if percent else None)
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    steps, values = list(curves.values())[-1]
    if mark_start and steps[0] == 0:
        axes.axhline(values[0], color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)))
        ends[f"step 0: {values[0]:.2f}"] = values[0], MUTED
    label_ends(axes, ends)


def running_mean(values: Sequence[float], window: int) -> list[float]:
    """Means over the `window` values around each, fewer at the ends.

    >>> running_mean([0, 3, 6, 0], 3)
    [1.5, 3.0, 3.0, 3.0]
    """
    half = window // 2
    around = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return [sum(some) / len(some) for some in around]


def by_level(tables: Mapping[str, Table], colour: Mapping[str, str]) -> Iterator[Picture]:
    asked = families(*tables.values())
    for name, title, stat in BY_LEVEL if asked else ():

        def draw(figure: Figure, title: str = title, stat: str = stat) -> None:
            panels = figure.subplots(1, len(asked), sharey=True, squeeze=False)[0]
            for axes, family in zip(panels, asked, strict=True):
                for label, table in tables.items():
                    own = MUTED if label == "base" else colour[family]
                    draw_levels(axes, label, levels(table, family), stat, own)
                known = {level for table in tables.values() for level in levels(table, family)}
                axes.set_xlabel(f"{family}, level")
                axes.set_xlim(min(known) - 0.5, max(known) + 0.5)
                axes.set_xticks(sorted(known))
            panels[0].set_ylim(0, 1.02 if stat == "pass@1" else None)
            if stat == "pass@1":
                panels[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            panels[0].legend(frameon=False, handlelength=1.2, borderpad=0, labelcolor=MUTED)
            figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, fontweight="bold")

        yield picture(name, title, draw)


def draw_levels(axes: Axes, label: str, rows: Mapping[int, Row], stat: str, colour: str) -> None:
    """One model's values in one family, base a little to the left of final, with their intervals if they have any."""
    known = {level: row for level, row in rows.items() if row.get(stat) is not None}
    places = [level + (-0.08 if label == "base" else 0.08) for level in known]
    values = [row[stat] for row in known.values()]
    intervals = [row.get(f"{stat}_ci") or [row[stat]] * 2 for row in known.values()]
    errors = [[max(0.0, v - i[0]) for v, i in zip(values, intervals, strict=True)]]
    errors += [[max(0.0, i[1] - v) for v, i in zip(values, intervals, strict=True)]]
    axes.plot(places, values, color=colour, linewidth=0.9, alpha=0.6)
    axes.errorbar(
        places,
        values,
        errors,
        fmt="o",
        color=colour,
        markersize=5,
        markerfacecolor=PAPER if label == "base" else colour,
        elinewidth=1.1,
        label=label,
        clip_on=False,
        zorder=3,  # before the axis, at 0
    )
