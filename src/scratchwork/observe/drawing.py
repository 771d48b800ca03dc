"""How figures are drawn: one look for all of them, as PNG to keep and as SVG that takes the colours of its page.

Matplotlib is loaded when the first figure is drawn, and used without pyplot, which keeps global state.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1f2328", "#6e7681", "#e4e6e9", "#ffffff"
# Okabe and Ito's colours, which people with any colour vision tell apart, less those that are faint on white.
PALETTE = ("#d55e00", "#009e73", "#0072b2", "#cc79a7", "#e69f00", "#56b4e9")
VARIABLES = {"ink": INK, "muted": MUTED, "grid": GRID, "card": PAPER}  # of the page, by colours of ours
VARIABLES |= {f"family-{i}": colour for i, colour in enumerate(PALETTE)}
WIDTH, HEIGHT = 4.8, 3.1  # inches, the same for all: the page shows them side by side, or one by one on a phone
STYLE: Any = {
    "font.size": 8.5,
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "text.parse_math": False,  # a family may be called "$x$"
    "text.color": INK,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0.0,
    "xtick.major.width": 0.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: the page's font, to be selected and read aloud
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished figure. `svg` is markup for a page that defines the colours of VARIABLES."""

    name: str
    title: str
    png: bytes
    svg: str


def colours(families: Iterable[str]) -> dict[str, str]:
    """A colour for each family; the same one in every figure of a report."""
    return {family: PALETTE[i % len(PALETTE)] for i, family in enumerate(sorted(families))}


def picture(name: str, title: str, draw: Callable[[Figure], None]) -> Picture:
    """Have `draw` fill a figure, and keep it in both formats."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE | {"svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained", facecolor=PAPER)
        FigureCanvasAgg(figure)
        draw(figure)
        png, svg = io.BytesIO(), io.StringIO()
        figure.savefig(png, format="png", dpi=200)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(svg, format="svg", transparent=True, metadata=nothing)
    return Picture(name, title, png.getvalue(), inline(svg.getvalue(), name, title))


def inline(svg: str, name: str, title: str) -> str:
    """Matplotlib's SVG file as an element of a page: its ids its own, its colours the page's, its size as it fits."""
    opening, rest = svg[svg.index("<svg") :].split(">", 1)
    box = opening[opening.index("viewBox") :].split('"')[1]
    for variable, colour in VARIABLES.items():
        rest = rest.replace(colour, f"var(--{variable})")
    rest = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", rest)
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(title)}">{rest}'


def label_ends(axes: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Write each name at the right edge, at its (height, colour), moved apart where they would overlap."""
    low, high = axes.get_ylim()
    heights = spread([height for height, _ in ends.values()], 0.07 * (high - low), low)
    for (name, (_, colour)), height in zip(ends.items(), heights, strict=True):
        axes.annotate(
            name,
            (1, height),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def spread(places: Sequence[float], gap: float, floor: float) -> list[float]:
    """The places, each at least `gap` from the next and none below `floor`, moved as little as a few passes find out.

    >>> spread([0.5, 0.5, 0.9], 0.1, 0.0)
    [0.45, 0.55, 0.9]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [places[i] for i in order]
    for _ in range(50):
        moved[0] = max(moved[0], floor)
        for i in range(len(moved) - 1):
            overlap = gap - (moved[i + 1] - moved[i])
            if overlap > 1e-9:
                moved[i] -= overlap / 2
                moved[i + 1] += overlap / 2
    return [moved[order.index(i)] for i in range(len(places))]
