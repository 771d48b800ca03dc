"""The picture of a probe shows every arm that it has, of the final model where there is one."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from scratchwork.observe.causes import BESIDE, cause_pictures
from scratchwork.observe.drawing import colours
from scratchwork.probe.arms import ARMS


def row(accuracy: float) -> dict[str, Any]:
    return {"accuracy": accuracy, "accuracy_ci": [max(0.0, accuracy - 0.1), min(1.0, accuracy + 0.1)]}


def arm(accuracy: float, *families: str, **more: float) -> dict[str, Any]:
    return {"families": {family: row(accuracy) for family in families}, **more}


def words(svg: str) -> set[str]:
    root = ElementTree.fromstring(svg.replace("<svg", '<svg xmlns:xlink="x"', 1))
    return {"".join(e.itertext()).strip() for e in root.iter() if e.tag == "text"}


def test_every_arm_has_a_place() -> None:
    """An arm that the probe has and the picture does not know would be lost without a word."""
    assert {one.name for one in ARMS if one.kept is None} == set(BESIDE)


def test_the_picture_of_the_final_model() -> None:
    families = ("all", "apples", "countdown")
    arms = {one.name: arm(0.5, *families, **({} if one.kept is None else {"kept": one.kept})) for one in ARMS}
    [one] = cause_pictures({"models": {"base": {"arms": arms}, "final": {"arms": arms}}}, colours(families[1:]))
    assert one.name == "causes" and one.png.startswith(b"\x89PNG")
    assert {*BESIDE.values(), "⅛", "all", "apples", "countdown"} <= words(one.svg)


def test_a_probe_of_less_is_drawn_as_far_as_it_goes() -> None:
    arms = {
        "untouched": arm(0.9, "all", "sums", kept=1.0),
        "keep-0": arm(0.2, "all", "sums", kept=0.0),
        "dots": arm(0.1),
    }
    [one] = cause_pictures({"models": {"base": {"arms": arms}}}, {})
    assert one.name == "causes-base" and one.title.endswith(", base") and "0" in words(one.svg)
    assert list(cause_pictures(None, {})) == []
