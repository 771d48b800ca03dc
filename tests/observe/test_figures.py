"""Figures show the journal's own numbers, name every curve, and are safe to put into a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from scratchwork.observe.drawing import INK, MUTED, VARIABLES, Picture, colours, picture, spread
from scratchwork.observe.figures import curve, draw_curves, draw_figures, draw_levels, running_mean, write_figures
from scratchwork.runs import RunFolder


@pytest.fixture(scope="module")
def pictures(finished_run: RunFolder) -> dict[str, Picture]:
    return {one.name: one for one in draw_figures(finished_run)}


def words(svg: str) -> list[str]:
    """The text elements of an SVG, which must be well-formed XML for this."""
    root = ElementTree.fromstring(svg.replace("<svg", '<svg xmlns:xlink="x"', 1))
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag == "text"]


def test_all_figures_of_a_finished_run(pictures: dict[str, Picture]) -> None:
    over_steps = ["accuracy", "length", "backtracks", "checks"]
    assert list(pictures) == [*over_steps, "accuracy-by-level", "length-by-level"]
    for one in pictures.values():
        assert one.png.startswith(b"\x89PNG")
        assert one.title in words(one.svg)
        assert {"apples", "countdown", "all", "apples, level"} & set(words(one.svg))


def test_step_0_is_marked_with_its_value(pictures: dict[str, Picture], finished_run: RunFolder) -> None:
    first = finished_run.journal()[0]
    assert f"step 0: {first['reflection/backtracks']:.2f}" in words(pictures["backtracks"].svg)
    assert f"step 0: {first['reflection/checks']:.2f}" in words(pictures["checks"].svg)


def test_svg_has_the_page_s_colours_its_own_ids_and_no_address(pictures: dict[str, Picture]) -> None:
    for one in pictures.values():
        assert not [colour for colour in VARIABLES.values() if colour in one.svg]
        assert "http" not in one.svg
        ids = re.findall(r'\bid="([^"]+)"', one.svg)
        assert len(ids) == len(set(ids)) and all(i.startswith(f"{one.name}-") for i in ids)
        used = re.findall(r'(?:url\(|href=")#([^")]+)', one.svg)
        assert used and set(used) <= set(ids)


def test_same_data_same_picture(finished_run: RunFolder, pictures: dict[str, Picture]) -> None:
    assert {one.name: one for one in draw_figures(finished_run)} == pictures


def test_png_files(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=3, evals=())
    write_figures(run, draw_figures(run))
    names = {"accuracy.png", "length.png", "backtracks.png", "checks.png"}
    assert {path.name for path in (run.path / "figures").iterdir()} == names


@pytest.mark.parametrize("steps", [0, 1])
def test_a_run_of_hardly_any_steps(make_run: Callable[..., RunFolder], steps: int) -> None:
    assert len(draw_figures(make_run(steps=steps, evals=()))) == 4 * steps


def test_answers_of_step_s_are_by_the_model_after_s_minus_1() -> None:
    lines = [{"step": 1, "accuracy": 0.2}, {"step": 2}, {"step": 3, "accuracy": None}, {"step": 4, "accuracy": 0.5}]
    assert curve(lines, "accuracy") == ([0, 3], [0.2, 0.5])


def test_what_is_plotted_is_what_was_measured() -> None:
    axes = Figure().add_subplot()
    own = colours(["apples"])
    curves = {"apples": ([0, 1, 2], [1.0, 3.0, 5.0]), "all": ([0, 1, 2], [2.0, 4.0, 6.0])}
    draw_curves(axes, curves, own, percent=False, mark_start=True)
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [list(line.get_ydata()) for line in dots] == [[1, 3, 5], [2, 4, 6]]
    assert [to_hex(line.get_color()) for line in dots] == [own["apples"], INK]
    across = [line for line in axes.lines if to_hex(line.get_color()) == MUTED]
    assert [list(line.get_ydata()) for line in across] == [[2.0, 2.0]]  # of all answers, at step 0
    assert [text.get_text() for text in axes.texts] == ["apples", "all", "step 0: 2.00"]


def test_levels_are_drawn_with_their_intervals() -> None:
    axes = Figure().add_subplot()
    rows = {1: {"pass@1": 0.5, "pass@1_ci": [0.4, 0.7]}, 2: {}, 3: {"pass@1": 0.2, "pass@1_ci": [0.1, 0.3]}}
    draw_levels(axes, "final", rows, "pass@1", "#000000")
    (bars,) = axes.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[0.4, 0.7], [0.1, 0.3]]


def test_a_running_mean_keeps_length_and_mean_of_a_line() -> None:
    assert running_mean([5.0], 9) == [5.0]
    assert running_mean([1.0] * 7, 3) == [1.0] * 7
    assert running_mean([0, 0, 9, 0, 0], 3) == [0, 3, 3, 3, 0]


def test_labels_move_apart_and_keep_their_order() -> None:
    places = [0.3, 0.31, 0.9, 0.305]
    moved = spread(places, 0.05, 0.0)
    assert sorted(range(4), key=lambda i: moved[i]) == sorted(range(4), key=lambda i: places[i])
    near = sorted(moved)
    assert all(b - a > 0.05 - 1e-3 for a, b in pairwise(near))
    assert moved[2] == 0.9
    assert spread([0.0, 0.0, 0.0], 0.1, 0.0) == pytest.approx([0.0, 0.1, 0.2], abs=1e-3)


def test_a_name_is_never_read_as_a_formula_or_as_markup() -> None:
    name = "$\\frac{<script>&"
    shown = picture("x", name, lambda figure: figure.suptitle(name) and None)
    assert "<script" not in shown.svg
    assert words(shown.svg) == [name]
