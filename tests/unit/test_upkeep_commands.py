"""What an operator is told by commands for the place itself, and of a warehouse that is away."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assurance.cli import app
from assurance.cli.program import main
from assurance.settings import Settings
from assurance.steps import Steps
from tests.rules.builders import valid_return

NOW = datetime(2016, 11, 7, 9)


def test_reload_names_what_it_entered_and_then_finds_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    steps = Steps(Settings(home=tmp_path, arrival="file"), clock=lambda: NOW)
    steps.migrate()
    backup = Path(shutil.copy(tmp_path / "warehouse.duckdb", tmp_path / "backup"))
    valid_return().landed(steps.settings.landing)
    steps.load(steps.check(*steps.arrivals("outcomes")).key)
    shutil.copy(backup, tmp_path / "warehouse.duckdb")
    first, second = (CliRunner().invoke(app, ["reload"]) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "WSX R-WSX-201610-v01.csv: accepted" in first.output
    assert "1 submissions entered again" in first.output
    assert "0 submissions entered again" in second.output


def test_a_warehouse_that_is_away_is_one_line_and_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    monkeypatch.setenv("ASSURANCE_WAREHOUSE_URL", "postgresql+psycopg://warehouse:secret@127.0.0.1:1/warehouse")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "argv", ["assurance", "status", "2016-10", "--collection", "outcomes"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "does not answer" in (told := capsys.readouterr().err)
    assert ("secret" in told, told.count("assurance:")) == (False, 1)
