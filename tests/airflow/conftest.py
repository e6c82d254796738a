"""One Airflow in this process: its environment stands before anything imports it, its database is made once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="airflow-test-"))

os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__OPENLINEAGE__DISABLED": "True",
    }
)

RunDag = Callable[..., Any]


@pytest.fixture(scope="session")
def airflow() -> Iterator[None]:
    """Airflow's own database, made once."""
    from airflow.utils.db import initdb

    initdb()
    yield
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def dags(airflow: None) -> dict[str, Any]:
    """Every DAG of the repository, by its id."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.fixture(scope="session")
def scheduler(dags: dict[str, Any]) -> None:
    """The DAGs as the DAG processor would have stored them."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(DagBag(str(REPOSITORY / "dags")), "dags-folder", None)


@pytest.fixture(scope="session")
def defaults(dags: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each DAG's params are where a run is given nothing, as read before any run."""
    return {dag_id: dag.params.dump() for dag_id, dag in dags.items()}


@pytest.fixture
def run_dag(dags: dict[str, Any], defaults: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> RunDag:
    """Run a DAG in this process, by hand or for a partition key; the finished run.

    A run for a key counts as one that an asset started, unless `by_hand` says otherwise.
    """
    import airflow.models.dagrun as module
    from airflow.utils.types import DagRunType

    real = module.get_or_create_dagrun

    def run(dag_id: str, *, key: str | None = None, by_hand: bool = False, **conf: Any) -> Any:
        def with_key(*, session: Any, **rest: Any) -> Any:
            dag_run = real(session=session, **rest)
            dag_run.partition_key = key
            if key and not by_hand:
                dag_run.run_type = DagRunType.ASSET_TRIGGERED
            session.commit()
            return dag_run

        monkeypatch.setattr(module, "get_or_create_dagrun", with_key)
        monkeypatch.setattr(dags[dag_id], "deadline", None)  # `test()` looks for one that only the DAG processor stores
        # a param keeps, within a process, what an earlier run was given: a task of Airflow has a process of its own
        return dags[dag_id].test(logical_date=None, run_conf={**defaults[dag_id], **conf})

    return run


@pytest.fixture
def events(airflow: None) -> Callable[[str], list[str]]:
    """The partition keys emitted for an asset since the test began, in order."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    def read(asset: str) -> list[tuple[int, str]]:
        query = (
            select(AssetEvent.id, AssetEvent.partition_key)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetModel.name == asset)
            .order_by(AssetEvent.id)
        )
        with create_session() as session:
            return [(number, key) for number, key in session.execute(query)]

    before = {
        asset: len(read(asset))
        for asset in ("file_arrived", "area_return", "month_restated", "release_built", "release_published")
    }
    return lambda asset: [key for _, key in read(asset)[before[asset] :]]
