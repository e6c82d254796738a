"""Places are named as OpenLineage's convention has it, and nothing is said where it is not set up."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assurance.settings import Settings
from assurance.steps import Steps


def test_a_place_has_a_namespace_and_a_name(airflow: None, tmp_path: Path) -> None:
    from assurance_airflow.lineage import named

    steps = Steps(Settings(home=tmp_path))
    assert named(steps, "kept") == ("file", str(tmp_path / "kept"))
    assert named(steps, "landing") == ("file", str(tmp_path / "landing"))
    store = Steps(Settings(home=tmp_path, landing_url="s3://returns/from-areas?endpoint_override=localhost:9"))
    assert named(store, "landing") == ("s3://returns", "from-areas")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("", ("file", "{home}/warehouse.duckdb/tally")),
        ("postgresql+psycopg://measure:secret@db/warehouse", ("postgres://db:5432", "warehouse.public.tally")),
    ],
)
def test_a_table_is_named_without_a_password(airflow: None, tmp_path: Path, url: str, place: tuple[str, str]) -> None:
    from assurance_airflow.lineage import named

    namespace, name = named(Steps(Settings(home=tmp_path, warehouse_url=url)), "tally")
    assert (namespace, name) == (place[0], place[1].format(home=tmp_path))


def test_nothing_is_loaded_where_it_is_off(airflow: None, tmp_path: Path) -> None:
    from assurance_airflow.lineage import moved

    before = set(sys.modules)
    moved(Steps(Settings(home=tmp_path)), read=["landing"], wrote=["kept"])
    assert not {name for name in set(sys.modules) - before if name.startswith("openlineage")}
