"""A study as Markdown: the claims, the arms, how sure it is, and the command that made it.

`write_between` puts it into a page of docs/ between two markers, and leaves the rest of the page to people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scratchwork.errors import UserError
from scratchwork.files import atomic_write, file_errors
from scratchwork.study.families import family_table
from scratchwork.study.findings import Finding, judge
from scratchwork.study.outcomes import Outcomes, as_json, changes, read_outcomes, t_interval, told, values
from scratchwork.study.pictures import draw_study
from scratchwork.study.run import Study

BEGIN, END = "<!-- results: written by `scratchwork study` -->", "<!-- end of results -->"
COLUMNS = (  # name in an evaluation, heading, digits
    ("pass@1", "pass@1", 2),
    ("length", "tokens", 0),
    ("reflection/backtracks", "backtracks", 2),
    ("reflection/checks", "checks", 2),
    ("clipped_ratio", "cut off", 2),
)


def keep(study: Study, command: str, page: Path | None) -> list[Path]:
    """Write table.json, results.md and figures/ of what is finished into the study's folder, and the same into `page`.

    Nothing is written while no run is finished. Returns what was written, figures left out.
    Raises UserError for a page without the markers.
    """
    found = read_outcomes(study)
    if not found:
        return []
    emergence = study.name == "emergence"  # of a recipe under several seeds there is a table, and no claim
    pictures = list(draw_study(found)) if emergence else []
    findings = [asdict(one) for one in judge(found)] if emergence else []
    table = {"command": command, "small": study.small, "claims": findings, "arms": as_json(found)}
    atomic_write(study.folder / "table.json", (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode())
    made = [study.folder / "table.json", study.folder / "results.md"]
    figures = [f"figures/{one.name}.png" for one in pictures]
    text = results(study, found, command, figures)
    atomic_write(made[1], text.encode())
    places = [study.folder]
    if page is not None:
        write_between(page, text)
        places.append(page.parent)
        made.append(page)
    for place in places:
        for figure, one in zip(figures, pictures, strict=True):
            atomic_write(place / figure, one.png)
    return made


def results(study: Study, found: Outcomes, command: str, figures: Sequence[str] = ()) -> str:
    """The Markdown of what is finished; `figures` are paths as the page links them."""
    if study.name != "emergence":
        [(_, own)] = found.items()
        return "\n".join([*commanded(command), *family_table([one.summary for one in own])]) + "\n"
    lines = [*commanded(command), *claims_table(judge(found)), "", *arms_table(study, found), ""]
    lines += [f"![{Path(path).stem.replace('-', ' ')}]({path})" for path in figures]
    return "\n".join(lines) + "\n"


def commanded(command: str) -> list[str]:
    return ["```sh", command, "```", ""]


def claims_table(findings: Sequence[Finding]) -> list[str]:
    lines = ["| | claim | rule | | numbers, by seed |", "|---|---|---|---|---|"]
    return lines + [f"| {f.number} | {f.text} | {f.rule} | **{f.verdict}** | {f.numbers} |" for f in findings]


def arms_table(study: Study, found: Outcomes) -> list[str]:
    """Base and final of every arm: medians, the lowest and highest in brackets; and what is missing."""
    headings = " | ".join(heading for _, heading, _ in COLUMNS)
    lines = [f"| arm | | seeds | {headings} | change of pass@1 (95 %) |", f"|---|---|---|{'---|' * (len(COLUMNS) + 1)}"]
    for arm in study.arms:
        own = found.get(arm.name)
        if not own:
            lines.append(f"| {arm.name}: {arm.about} | | 0 | {'– | ' * len(COLUMNS)}– |")
            continue
        for label in ("base", "final"):
            cells = " | ".join(told(values(own, label, name), digits) for name, _, digits in COLUMNS)
            first = f"{arm.name}: {arm.about} | base | {len(own)}" if label == "base" else " | final | "
            gain = "" if label == "base" else gained(changes(own, "pass@1"))
            lines.append(f"| {first} | {cells} | {gain} |")
    took = [one.seconds for own in found.values() for one in own]
    return [
        *lines,
        "",
        f"{len(took)} runs of {len(study.arms) * study.seeds}, together {sum(took) / 60:.0f} minutes. Held-out "
        "problems of all families together; medians over seeds, in brackets the lowest and highest; the interval is "
        "Student's, of the mean over seeds.",
    ]


def gained(numbers: Sequence[float]) -> str:
    """
    >>> gained([0.1, 0.2, 0.3]), gained([0.1])
    ('+0.20 (-0.05 to +0.45)', '+0.10')
    """
    if not numbers:
        return "–"
    mean, interval = f"{sum(numbers) / len(numbers):+.2f}", t_interval(numbers)
    return mean if interval is None else f"{mean} ({interval[0]:+.2f} to {interval[1]:+.2f})"


def write_between(page: Path, text: str) -> None:
    """Replace what stands between the markers. Raises UserError for a page without them."""
    with file_errors(page, "read"):
        old = page.read_text()
    head, begin, rest = old.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{page} has no place for the results; put the lines {BEGIN!r} and {END!r} where they belong")
    atomic_write(page, f"{head}{BEGIN}\n{text}{END}{tail}".encode())
