"""Every colour of the pages against every ground it stands on, as WCAG 2.2 reckons it: text 4.5, marks 3."""

from __future__ import annotations

import re

import pytest
from builders import REPORTS

STYLE = (REPORTS / "layout" / "stylesheet.css").read_text(encoding="utf-8")
SCHEMES = ("light", "dark")
TEXT = (
    *((ink, ground) for ink in ("ink", "dim", "blue", "orange", "violet") for ground in ("paper", "wash")),
    ("on-top", "top"),
    ("on-top-dim", "top"),
)
MARKS = tuple(
    (ink, ground) for ink in ("grey", "blue", "orange", "violet", "ink") for ground in ("paper", "band", "wash")
)


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of a scheme; the dark one names all that differ."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return light if scheme == "light" else {**light, **dark}


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    known = colours(scheme)
    assert contrast(known[ink], known[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), MARKS)
def test_marks_can_be_told_from_their_ground(scheme: str, ink: str, ground: str) -> None:
    known = colours(scheme)
    assert contrast(known[ink], known[ground]) >= 3
