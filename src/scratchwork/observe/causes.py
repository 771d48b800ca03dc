"""What interventions did to the thinking's answers: probe.json as a picture.

Accuracy against the share of its own thinking that an answer had, and beside it what else was done: filler in place of
the thinking, words forbidden, more thinking asked for, and votes. Bars are 95 % intervals; the dotted line is at
the height of all untouched answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scratchwork.observe.drawing import INK, PAPER, Picture, label_ends, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Arms = Mapping[str, Any]  # of one model: probe.json's models.NAME.arms
BESIDE = {  # arms that keep no share of the thinking, as the picture calls them
    "dots": "dots",
    "shuffled": "shuffled",
    "other": "another's",
    "forbid-wait": "no “Wait”",
    "forbid-reflection": "no reflection",
    "forbid-no": "no “no”",
    "wait-1": "+ Wait",
    "wait-2": "+ Wait, Wait",
    "vote": "quick votes",
}
FIRST, APART = 1.16, 0.14  # where the arms beside stand
SHARES = {0.0: "0", 0.125: "⅛", 0.25: "¼", 0.5: "½", 0.75: "¾", 1.0: "all"}


def cause_pictures(probe: Mapping[str, Any] | None, colour: Mapping[str, str]) -> Iterator[Picture]:
    """One for the final model where probe.json has it, else for each model that it has."""
    models = (probe or {}).get("models", {})
    for name in ("final",) if "final" in models else tuple(models):
        title = "Accuracy by the share of thinking kept" + ("" if name == "final" else f", {name}")
        arms = models[name]["arms"]

        def draw(figure: Figure, arms: Arms = arms, title: str = title) -> None:
            figure.set_size_inches(7.2, 3.5)
            draw_arms(figure.add_subplot(title=title), arms, colour)

        yield picture("causes" if name == "final" else f"causes-{name}", title, draw)


def draw_arms(axes: Axes, arms: Arms, colour: Mapping[str, str]) -> None:
    """A line for each family and one for all of them over the shares kept, and a mark for each other arm."""
    beside = {FIRST + APART * i: arm for i, arm in enumerate(arm for arm in BESIDE if arm in arms)}
    families = sorted({family for arm in arms.values() for family in arm["families"]} - {"all"})
    ends = {}
    for i, family in enumerate(families + (["all"] if len(families) > 1 else [])):
        own, width = (colour.get(family, INK), 1.4) if family != "all" else (INK, 2.0)
        shift = 0.012 * (i - len(families) / 2)
        kept = sorted((arm["kept"], arm["families"][family]) for arm in arms.values() if has(arm, family, kept=True))
        others = [(x, arms[arm]["families"][family]) for x, arm in beside.items() if has(arms[arm], family)]
        for points, line, face in ((kept, "-", own), (others, "none", PAPER)):
            places = [x + shift for x, _ in points]
            values = [row["accuracy"] for _, row in points]
            bars = [[abs(row["accuracy_ci"][end] - row["accuracy"]) for _, row in points] for end in (0, 1)]
            axes.plot(places, values, linestyle=line, color=own, linewidth=width)
            axes.errorbar(
                places, values, bars, fmt="o", color=own, markersize=3.5, markerfacecolor=face, elinewidth=0.9
            )
        if points := others or kept:
            ends[family] = points[-1][1]["accuracy"], own
    if beside and "all" in ends and (whole := arms.get("untouched")):
        axes.hlines(whole["families"]["all"]["accuracy"], 1, max(beside), color=INK, linewidth=0.8, linestyle=":")
    ticks = {arm["kept"] for arm in arms.values() if arm.get("kept") is not None}
    axes.set_xticks(
        [*sorted(ticks), *beside],
        [*(SHARES.get(x, f"{x:g}") for x in sorted(ticks)), *(BESIDE[arm] for arm in beside.values())],
        rotation=30,
        ha="right",
        rotation_mode="anchor",
    )
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    label_ends(axes, ends)


def has(arm: Mapping[str, Any], family: str, kept: bool = False) -> bool:
    """Whether the arm has a row for the family and, if so asked, a share that was kept."""
    return family in arm["families"] and (not kept or arm.get("kept") is not None)
