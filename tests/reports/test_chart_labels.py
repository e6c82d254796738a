"""No label collides, and none leaves its chart, in any of 500 random data sets of every kind: boxes as a browser has them.

Needs Chromium, Node and `npm ci` in `checkers/`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import checked, need_browser
from builders import REPORTS
from chart_data import KINDS, WIDTHS

from assurance.reporting.charts import shapes
from assurance.reporting.pages import NATIONAL_STYLE, stylesheet

SEEDS, A_FILE = 500, 50

pytestmark = pytest.mark.tools


def measured(folder: Path, charts: dict[str, str]) -> dict[str, object]:
    """What the browser finds in these charts, with the style of the page, in files of some hundred."""
    need_browser()
    style, named, files = stylesheet(REPORTS, NATIONAL_STYLE), list(charts.items()), []
    for start in range(0, len(named), A_FILE * len(KINDS)):
        body = "".join(
            f'<div data-name="{name}">{one}</div>' for name, one in named[start : start + A_FILE * len(KINDS)]
        )
        files.append(folder / f"{start}.html")
        files[-1].write_text(
            f'<!doctype html><meta charset="utf-8"><style>{style}</style>{shapes()}{body}', encoding="utf-8"
        )
    found: dict[str, object] = checked("boxes.mjs", files, pictures=False)
    return found


def test_no_label_collides_in_any_of_500_random_data_sets(tmp_path: Path) -> None:
    charts = {
        f"{kind} {seed} {width}": str(draw(seed, width))
        for seed in range(SEEDS)
        for kind, draw in KINDS.items()
        for width in WIDTHS
    }
    found = measured(tmp_path, charts)
    assert found["charts"] == SEEDS * len(KINDS) * len(WIDTHS)
    assert isinstance(found["texts"], int)
    assert found["texts"] > 10 * SEEDS * len(KINDS), "labels were measured"
    assert found["faults"] == []


def test_a_label_that_collides_or_leaves_its_chart_is_found(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    label = '<text x="{}" y="20">A label</text>'
    two = f'<svg class="chart" width="200" height="60">{label}{label}</svg>'
    found = measured(
        tmp_path, {"meeting": two.format(10, 40), "leaving": two.format(10, 180), "apart": two.format(10, 110)}
    )
    assert isinstance(found["faults"], list)
    assert [fault["name"] for fault in found["faults"]] == ["meeting", "leaving"]
