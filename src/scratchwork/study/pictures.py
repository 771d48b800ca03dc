"""The figures of a study: accuracy and length over steps, arm by arm, as medians within the range over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from scratchwork.observe.drawing import INK, MUTED, PALETTE, Picture, label_ends, picture
from scratchwork.observe.figures import curve, running_mean
from scratchwork.study.outcomes import Outcome, Outcomes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (  # name, title, the arms in it
    ("rewards", "What is rewarded", ("correct", "random", "inverted", "format")),
    ("rules", "How it is learnt", ("correct", "grpo", "rejection")),
    ("dials", "What the base model has read", ("reflective-none", "reflective-half", "reflective-full")),
    ("world", "Where a guess pays", ("guessable",)),
)
METRICS = (  # name, axis, metric of the journal
    ("accuracy", "accuracy on training problems", "accuracy"),
    ("length", "response length, tokens", "completions/mean_length"),
    ("checks", "checks a response", "reflection/checks"),
)
Band = tuple[list[int], list[float], list[float], list[float]]  # steps; lowest, median, highest


def draw_study(found: Outcomes) -> Iterator[Picture]:
    """A picture for each metric, a panel in it for each comparison that has runs."""
    panels = [(title, own) for _, title, arms in PANELS if (own := {a: found[a] for a in arms if a in found})]
    for name, label, metric in METRICS if panels else ():

        def draw(figure: Figure, name: str = name, label: str = label, metric: str = metric) -> None:
            figure.set_size_inches(3.9 * min(2, len(panels)), 3.0 * -(-len(panels) // 2))
            for i, (title, arms) in enumerate(panels):
                axes = figure.add_subplot(-(-len(panels) // 2), min(2, len(panels)), i + 1, title=title)
                bands = {arm: band(own, metric) for arm, own in arms.items()}
                highest = max((value for *_, high in bands.values() for value in high), default=1.0)
                axes.set_ylim(0, 1 if name == "accuracy" else 1.08 * highest or 1)
                draw_bands(axes, bands)
                axes.set_xlabel("RL steps taken")
            figure.suptitle(label, x=0.01, ha="left", fontsize=8.5, color=MUTED)

        yield picture(f"emergence-{name}", label, draw)


def band(own: Sequence[Outcome], metric: str) -> Band:
    """Steps that every seed has, and the lowest, median and highest of the seeds' running means there."""
    curves: list[Mapping[int, float]] = []
    for one in own:
        steps, points = curve(one.lines, metric)
        curves.append(dict(zip(steps, running_mean(points, max(3, len(points) // 8)), strict=True)))
    shared = sorted(set.intersection(*(set(one) for one in curves)))
    at = [[one[step] for one in curves] for step in shared]
    return shared, [min(v) for v in at], [median(v) for v in at], [max(v) for v in at]


def draw_bands(axes: Axes, bands: Mapping[str, Band]) -> None:
    ends = {}
    for i, (arm, (steps, low, middle, high)) in enumerate(bands.items()):
        if not steps:
            continue
        colour = INK if arm == "correct" else PALETTE[i % len(PALETTE)]
        axes.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(steps, middle, color=colour, linewidth=1.6)
        ends[arm] = middle[-1], colour
    axes.locator_params("x", integer=True)
    axes.set_xlim(0, max((steps[-1] for steps, *_ in bands.values() if steps), default=1) or 1)
    label_ends(axes, ends)
