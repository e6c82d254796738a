"""A month through the DAGs in this one process, and the same steps without Airflow: run by `tools.bench.airflow_share`.

`python -m tools.bench.in_process LANDING FOLDER`: prints seconds and tasks as JSON. In a process of its own, for
Airflow reads its environment when it is first imported.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from functools import partial, reduce
from pathlib import Path
from typing import Any

from assurance.keys import month_key, release_key
from tools.airflow_stack import REPOSITORY, environment
from tools.bench.data import COLLECTION, LAST
from tools.bench.spent import Spent, timed

MONTH, RELEASE = month_key(COLLECTION, LAST), release_key(f"{COLLECTION}/{LAST}/1")
RUNS = (("receive_returns", None), ("measure_month", MONTH), ("publish_month", RELEASE))
"""The DAGs on the way from the landing place to the mail, with the key each is run for."""
ROUNDS = 3
WARM = "warm"
"""The first run in a process pays for what Airflow imports and fills; it is a month of its own, and not counted."""


def main(landing: Path, folder: Path) -> None:
    """Measure both ways, and an empty DAG of as many tasks as the DAGs have."""
    dags = Path(shutil.copytree(REPOSITORY / "dags", folder / "dags"))
    shutil.copy(Path(__file__).with_name("empty.py"), dags)  # beside the others: `test` parses all of them for each run
    surroundings = environment(folder / "airflow") | {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "ASSURANCE_ARRIVAL": "file",
        "ASSURANCE_SIGN_OFF": "measurement",
    }
    os.environ.update(surroundings)
    from airflow.utils.db import initdb

    import assurance.intake.rules.gate  # noqa: F401 - as every process does that runs tasks

    initdb()
    for home in (WARM, "counted"):
        os.environ["ASSURANCE_HOME"] = str(_home(folder / home, landing))
        by_dag, tasks = _month(known := _dags(dags))
    os.environ["ASSURANCE_HOME"] = str(_home(folder / "steps", landing))
    by_steps = timed(_by_steps)
    rounds = [timed(lambda: _run(known["empty"], tasks=sum(tasks.values()))) for _ in range(ROUNDS)]
    of_nothing = reduce(Spent.best, rounds)
    spent = {"dags": by_dag, "steps": by_steps, "empty": of_nothing}
    print(json.dumps({"tasks": tasks, **spent}, default=lambda one: (one.wall, one.cpu)))


def _month(dags: dict[str, Any]) -> tuple[dict[str, Spent], dict[str, int]]:
    """The month through its DAGs: what each cost, and its tasks."""
    tasks = dict[str, int]()

    def run(name: str, key: str | None) -> None:
        tasks[name] = _run(dags[name], key)

    return {name: timed(partial(run, name, key)) for name, key in RUNS}, tasks


def _home(home: Path, landing: Path) -> Path:
    from assurance.settings import Settings
    from assurance.steps import Steps

    shutil.copytree(landing, home / "landing")
    Steps(Settings(home=home)).migrate()
    return home


def _dags(place: Path) -> dict[str, Any]:
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(place))
    if bag.import_errors:
        raise RuntimeError(f"a DAG cannot be read: {bag.import_errors}")
    return dict(bag.dags)


def _run(dag: Any, key: str | None = None, **conf: int) -> int:
    """Run a DAG by hand, for a partition key, which `dag.test` cannot be given; how many tasks it had."""
    import airflow.models.dagrun as module

    real = module.get_or_create_dagrun

    def with_key(*, session: Any, **rest: Any) -> Any:
        made = real(session=session, **rest)
        made.partition_key = key
        session.commit()
        return made

    module.get_or_create_dagrun = with_key
    try:
        dag.deadline = None  # `test` looks for one that only the DAG processor stores
        run = dag.test(logical_date=None, run_conf=conf)
    finally:
        module.get_or_create_dagrun = real
    if run.state != "success":
        raise RuntimeError(f"{dag.dag_id} ended as {run.state}")
    return len(run.get_task_instances())


def _by_steps() -> None:
    """What the tasks of the DAGs do, one after the other."""
    from assurance.steps import Steps

    Steps().send_owed_receipts()
    for arrived in Steps().first_arrivals(""):
        steps = Steps()
        loaded = Steps().load(steps.check(steps.arrived(arrived.reference)).key)
        Steps().send_receipt(loaded.submission.submission_id)
    Steps().restatements(COLLECTION, [LAST, LAST.plus(1), LAST.plus(2)])
    Steps().gauges()
    release_id = Steps().measure(COLLECTION, LAST, by="measurement", by_hand=False, mail=False).release_id
    Steps().seek_sign_off(release_id, "measurement", "")
    Steps().send(release_id)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
