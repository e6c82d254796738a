"""Have a running Airflow measure a month, or months past one after another: `make month`, `make backfill`.

    python -m tools.by_rest COLLECTION FIRST [LAST] [--mail]

One month is a run of `measure_month`, several are one of `rebuild_months`. Which Airflow, and as whom:
`AIRFLOW_REST_URL` (default: the one of `make up`), and `AIRFLOW_REST_TOKEN`, or `AIRFLOW_REST_USER` and
`AIRFLOW_REST_PASSWORD`. Nobody is written to about months past without `--mail`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from assurance.keys import month_key
from assurance.model import Period
from tools.rest import Airflow, AirflowError, NoAnswer, Refused

LOCAL = "http://127.0.0.1:8080"


def named() -> Airflow:
    """The Airflow that the environment names, asked as the user whom it names."""
    url, user, password, token = (
        os.environ.get(f"AIRFLOW_REST_{name}", "") for name in ("URL", "USER", "PASSWORD", "TOKEN")
    )
    return Airflow(url or LOCAL, user=user, password=password, token=token)


def month(airflow: Airflow, collection: str, period: str, *, mail: bool) -> bool:
    """Measure one month, and say what came of it; whether it was measured."""
    run = airflow.start("measure_month", key=month_key(collection, Period.parse(period)), mail=mail)
    print(f"measuring {collection} {period} at {airflow.url}", flush=True)
    if airflow.finished("measure_month", run) != "success":
        return _failed(airflow, "measure_month", run)
    for built in _results(airflow, "measure_month", run, "build_release"):
        why = f"nobody is written to: {built['silent']}" if built["silent"] else "to be signed off and sent"
        print(f"release {built['release']}: {why}")
    return True


def months(airflow: Airflow, collection: str, first: str, last: str, *, mail: bool) -> bool:
    """Measure months past, and say what came of each; whether all were measured."""
    run = airflow.start("rebuild_months", collection=collection, first=first, last=last, mail=mail)
    print(f"measuring {collection} from {first} to {last} at {airflow.url}", flush=True)
    state = airflow.finished("rebuild_months", run)
    for release_id in _results(airflow, "rebuild_months", run, "build"):
        print(f"release {release_id}: {'to be signed off and sent' if mail else 'nobody is written to'}")
    return state == "success" or _failed(airflow, "rebuild_months", run)


def _results(airflow: Airflow, dag: str, run: str, task: str) -> Iterator[Any]:
    """What a task handed on; of a mapped one, each result."""
    for one in airflow.tasks(dag, run):
        if one["task_id"] == task and one["state"] == "success":
            place = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
            yield airflow.call("GET", f"{place}?map_index={one['map_index']}&deserialize=true")["value"]


def _failed(airflow: Airflow, dag: str, run: str) -> bool:
    """Say what the failed tasks of a run say, and where to look."""
    for one in airflow.tasks(dag, run):
        if one["state"] == "failed":
            told = [said for line in airflow.log(one) if isinstance(line, dict) for said in _raised(line)]
            print(f"{one['task_id']}: {told[-1] if told else 'see its log'}", file=sys.stderr)
    print(f"the run failed: {airflow.url}/dags/{dag}/runs/{run}", file=sys.stderr)
    return False


def _raised(line: dict[str, Any]) -> Iterator[str]:
    """The words of the errors in a line of a task's log."""
    for error in line.get("error_detail") or ():
        if isinstance(error, dict) and error.get("exc_value"):
            yield str(error["exc_value"])


def _advice(error: AirflowError) -> str:
    """What can be done about it by whoever gave the command."""
    if isinstance(error, NoAnswer):
        return "; start one with `make up`, or name yours in AIRFLOW_REST_URL"
    if isinstance(error, Refused) and error.status in (401, 403):
        return "; set AIRFLOW_REST_USER and AIRFLOW_REST_PASSWORD, or AIRFLOW_REST_TOKEN, of who may start runs"
    return ""


def _period(text: str) -> str:
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(f"a month is written YYYY-MM, not {text!r}")
    return text


def main(arguments: list[str] | None = None) -> int:
    """Start the run that is asked for, and wait for it."""
    parser = argparse.ArgumentParser(prog="python -m tools.by_rest")
    parser.add_argument("collection")
    parser.add_argument("first", type=_period)
    parser.add_argument("last", type=_period, nargs="?")
    parser.add_argument("--mail", action="store_true", help="have releases of months past signed off and sent as well")
    given = parser.parse_args(arguments)
    airflow = named()
    try:
        if given.last:
            done = months(airflow, given.collection, given.first, given.last, mail=given.mail)
        else:
            done = month(airflow, given.collection, given.first, mail=given.mail)
    except AirflowError as error:
        print(f"{error}{_advice(error)}", file=sys.stderr)
        return 1
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
