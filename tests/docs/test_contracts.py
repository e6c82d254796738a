"""Who may know whom. The layers of the package stand in pyproject.toml; what reaches beyond it is here."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from assurance.settings import REPOSITORY

PLUGINS = REPOSITORY / "plugins"
DAGS = REPOSITORY / "dags"
OURS = {"assurance", "assurance_airflow", "assurance_plugin"}


@dataclass(frozen=True)
class Import:
    """One import, wherever in a file it stands."""

    file: str
    line: int
    module: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package, of what Airflow loads and of the DAGs, those inside functions too."""
    files = [*PLUGINS.rglob("*.py"), *DAGS.rglob("*.py")]
    return tuple(found for file in sorted(files) for found in imports_of(file))


def imports_of(file: Path) -> Iterator[Import]:
    place = str(file.relative_to(REPOSITORY))
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(place, node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place}:{node.lineno}: name the module in full"
            assert node.module
            # `from assurance import files` names a module as much as `from assurance.files import …` does
            yield from (Import(place, node.lineno, f"{node.module}.{name.name}") for name in node.names)


@pytest.mark.parametrize(
    ("module", "places"),
    [
        ("great_expectations", ("plugins/assurance/intake/rules/",)),
        ("airflow", ("dags/", "plugins/assurance_airflow/", "plugins/assurance_plugin.py")),
        ("sqlalchemy", ("plugins/assurance/warehouse/",)),
        ("psycopg", ("plugins/assurance/warehouse/",)),
        ("duckdb", ("plugins/assurance/warehouse/", "plugins/assurance/intake/staging.py")),
        ("smtplib", ("plugins/assurance/delivery/",)),
        ("jinja2", ("plugins/assurance/reporting/",)),
        ("typer", ("plugins/assurance/cli/",)),
    ],
)
def test_what_is_heavy_or_reaches_out_is_imported_in_its_place_only(module: str, places: tuple[str, ...]) -> None:
    assert [str(each) for each in imports() if each.top == module and not each.file.startswith(places)] == []


@pytest.mark.parametrize("module", ["great_expectations", "airflow", "sqlalchemy", "duckdb", "jinja2", "typer"])
def test_each_of_them_is_imported_somewhere(module: str) -> None:
    assert [each for each in imports() if each.top == module]


def test_measures_import_nothing_of_ours_but_the_model_and_each_other() -> None:
    allowed = ("assurance.model", "assurance.measures.", "assurance.measures")
    ours = [each for each in imports() if each.file.startswith("plugins/assurance/measures/") and each.top in OURS]
    assert ours
    assert [str(each) for each in ours if not each.module.startswith(allowed)] == []


def test_measures_read_no_file_and_no_clock_and_use_no_third_party_module() -> None:
    used = {each.top for each in imports() if each.file.startswith("plugins/assurance/measures/")}
    effects = {"io", "os", "pathlib", "random", "socket", "subprocess", "time"}
    assert used - OURS <= set(sys.stdlib_module_names) - effects


def test_statements_are_executed_in_the_warehouse_only() -> None:
    """Others name a statement to `queries`; the intake asks the staged table of one return, which is in memory. What an
    operator of Airflow does is called `execute` too.
    """
    own = ("plugins/assurance/warehouse/", "plugins/assurance/intake/staging.py")
    elsewhere = [file for file in PLUGINS.rglob("*.py") if not str(file.relative_to(REPOSITORY)).startswith(own)]
    found = [
        f"{file.relative_to(REPOSITORY)}:{node.lineno}"
        for file in [*elsewhere, *DAGS.glob("*.py")]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "exec_driver_sql", "read_sql")
        if ast.unparse(node.value) not in ("queries", "super()")
    ]
    assert found == []


def test_dags_import_nothing_at_their_top_but_airflow_and_the_names_it_shares() -> None:
    """A DAG file is parsed again and again: all else is imported inside its tasks."""
    found = []
    for file in sorted(DAGS.glob("*.py")):
        tops = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        lines = {node.lineno for node in tops}
        found += [each for each in imports_of(file) if each.line in lines]
    heavy = [each for each in found if each.top not in {"airflow", "assurance_airflow", *sys.stdlib_module_names}]
    assert found
    assert [str(each) for each in heavy] == []


def test_the_layers_and_contracts_of_pyproject_are_kept() -> None:
    command = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(PLUGINS)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_airflow_does_not_load_the_modules_of_the_package_under_their_bare_names() -> None:
    """Airflow puts `plugins/` first on the path of modules: without this line `typing.py` of the intake is `typing`."""
    lines = (PLUGINS / ".airflowignore").read_text().split("\n")
    assert "assurance/" in lines


def test_what_airflow_does_load_takes_nobodys_name() -> None:
    beside = {path.stem for path in PLUGINS.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    installed = {name for name, by in packages_distributions().items() if by != ["assurance"]}
    assert beside == OURS
    assert beside & (installed | set(sys.stdlib_module_names)) == set()
