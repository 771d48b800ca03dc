"""The frontier as a picture: accuracy against tokens, with everything that spends them.

Tokens stand on a linear axis: there a random mixture of two ways lies on the straight line between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scratchwork.observe.drawing import INK, MUTED, Picture, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Points = Mapping[str, Any]
AUTO, ORACLE = "#c2410c", "#15803d"


def frontier_picture(result: Mapping[str, Any]) -> Picture:
    """All families together, then each."""
    parts = {name: own for name, own in result["points"].items() if "/" not in name}
    columns = 2 if len(parts) in (2, 4) else min(3, len(parts))
    rows = -(-len(parts) // columns)

    def draw(figure: Figure) -> None:
        figure.set_size_inches(4.2 * columns, 3.4 * rows)
        for i, (name, own) in enumerate(parts.items()):
            axes = figure.add_subplot(rows, columns, i + 1, title=f"{name}, {own['problems']} problems")
            draw_points(axes, own)
            axes.set_xlabel("tokens an answer" if i >= len(parts) - columns else "")
        lines, names = figure.axes[0].get_legend_handles_labels()
        figure.legend(lines, names, frameon=False, fontsize=7.5, loc="outside lower center", ncols=len(names))

    return picture("frontier", "What thinking costs, and what it brings", draw)


def draw_points(axes: Any, own: Points) -> None:
    budgets = [own[name] for name in own if name in ("quick", "think") or name.isdecimal()]
    ends = [own["quick"], own["think"]]
    axes.plot(*xy(ends), "--", color=MUTED, linewidth=1, label="thinking about a random share")
    axes.plot(*xy(budgets), "-o", color=INK, markersize=3, linewidth=1.4, label="a budget for all")
    for name, colour, marker in (("oracle", ORACLE, "*"), ("auto", AUTO, "D")):
        point = own[name]
        low, high = point["ci"]
        axes.errorbar(
            *xy([point]), yerr=[[point["right"] - low], [high - point["right"]]], fmt=marker, color=colour, label=name
        )
    for name, label in (("quick", "quick"), ("think", "think")):
        axes.annotate(
            label, (own[name]["tokens"], own[name]["right"]), textcoords="offset points", xytext=(5, -9), fontsize=7
        )
    axes.set_xlim(0, None)
    axes.set_ylim(-0.02, 1.04)


def xy(points: list[Points]) -> tuple[list[float], list[float]]:
    return [point["tokens"] for point in points], [point["right"] for point in points]
