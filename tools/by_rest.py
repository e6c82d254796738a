"""Have a running Airflow measure a month, or months past one after another: `make month`, `make backfill`.

    python -m tools.by_rest COLLECTION FIRST [LAST] [--mail]

One month is a run of `measure_month`, several are one of `rebuild_months`. Which Airflow, and as whom:
`AIRFLOW_REST_URL` (default: the one of `make up`), and `AIRFLOW_REST_TOKEN`, or `AIRFLOW_REST_USER` and
`AIRFLOW_REST_PASSWORD`. Nobody is written to about months past without `--mail`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from assurance.keys import month_key
from assurance.model import Period

LOCAL = "http://127.0.0.1:8080"
POLL_SECONDS = 1.0
OVER = ("success", "failed")


class AirflowError(Exception):
    """Airflow cannot be asked, or says no; the message says what to do."""


class Airflow:
    """A running Airflow, asked by its REST API."""

    def __init__(self, url: str = "", token: str = "") -> None:
        self.url = (url or os.environ.get("AIRFLOW_REST_URL") or LOCAL).rstrip("/")
        self._token = token or os.environ.get("AIRFLOW_REST_TOKEN", "")

    def start(self, dag: str, *, key: str | None = None, **conf: object) -> str:
        """Start a run; its id."""
        body = {"logical_date": None, "partition_key": key, "conf": conf}
        return str(self.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def finished(self, dag: str, run: str) -> str:
        """How a run ended, once it has."""
        while True:
            state = str(self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])
            if state in OVER:
                return state
            time.sleep(POLL_SECONDS)

    def results(self, dag: str, run: str, task: str) -> Iterator[Any]:
        """What a task handed on; of a mapped one, each result."""
        for one in self._tasks(dag, run):
            if one["task_id"] == task and one["state"] == "success":
                place = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
                yield self.call("GET", f"{place}?map_index={one['map_index']}&deserialize=true")["value"]

    def errors(self, dag: str, run: str) -> Iterator[str]:
        """What the failed tasks of a run say."""
        for one in self._tasks(dag, run):
            if one["state"] == "failed":
                place = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{one['task_id']}/logs/{one['try_number']}"
                log = self.call("GET", f"{place}?map_index={one['map_index']}&full_content=true")["content"]
                told = [said for line in log if isinstance(line, dict) for said in _raised(line)]
                yield f"{one['task_id']}: {told[-1] if told else 'see its log'}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the REST API."""
        return self._asked(method, path, body, {"Authorization": f"Bearer {self._bearer()}"})

    def _tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        found = self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances?limit=1000")
        return list(found["task_instances"])

    def _bearer(self) -> str:
        """The token given, one for the user given, or the one that an Airflow without passwords gives to everybody."""
        if not self._token:
            user, password = (os.environ.get(f"AIRFLOW_REST_{name}", "") for name in ("USER", "PASSWORD"))
            login = ("POST", {"username": user, "password": password}) if user else ("GET", None)
            self._token = str(self._asked(login[0], "/auth/token", login[1], {})["access_token"])
        return self._token

    def _asked(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AirflowError(_refused(self.url, path, error)) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise AirflowError(
                f"no Airflow answers at {self.url} ({reason}); start one with `make up`, or name yours in "
                "AIRFLOW_REST_URL"
            ) from None


def _refused(url: str, path: str, error: urllib.error.HTTPError) -> str:
    if error.code in (401, 403):
        return (
            f"Airflow at {url} lets in nobody without a login that may start runs; set AIRFLOW_REST_USER and "
            "AIRFLOW_REST_PASSWORD, or AIRFLOW_REST_TOKEN"
        )
    try:
        detail = json.loads(error.read()).get("detail", "")
    except (ValueError, AttributeError):
        detail = ""
    return f"Airflow at {url} answered {error.code} to {path}: {detail or error.reason}"


def _raised(line: dict[str, Any]) -> Iterator[str]:
    """The words of the errors in a line of a task's log."""
    for error in line.get("error_detail") or ():
        if isinstance(error, dict) and error.get("exc_value"):
            yield str(error["exc_value"])


def month(airflow: Airflow, collection: str, period: str, *, mail: bool) -> bool:
    """Measure one month, and say what came of it; whether it was measured."""
    run = airflow.start("measure_month", key=month_key(collection, Period.parse(period)), mail=mail)
    print(f"measuring {collection} {period} at {airflow.url}", flush=True)
    if airflow.finished("measure_month", run) != "success":
        return _failed(airflow, "measure_month", run)
    for built in airflow.results("measure_month", run, "build_release"):
        why = f"nobody is written to: {built['silent']}" if built["silent"] else "to be signed off and sent"
        print(f"release {built['release']}: {why}")
    return True


def months(airflow: Airflow, collection: str, first: str, last: str, *, mail: bool) -> bool:
    """Measure months past, and say what came of each; whether all were measured."""
    run = airflow.start("rebuild_months", collection=collection, first=first, last=last, mail=mail)
    print(f"measuring {collection} from {first} to {last} at {airflow.url}", flush=True)
    state = airflow.finished("rebuild_months", run)
    for release_id in airflow.results("rebuild_months", run, "build"):
        print(f"release {release_id}: {'to be signed off and sent' if mail else 'nobody is written to'}")
    return state == "success" or _failed(airflow, "rebuild_months", run)


def _failed(airflow: Airflow, dag: str, run: str) -> bool:
    for error in airflow.errors(dag, run):
        print(error, file=sys.stderr)
    print(f"the run failed: {airflow.url}/dags/{dag}/runs/{run}", file=sys.stderr)
    return False


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
    airflow = Airflow()
    try:
        if given.last:
            done = months(airflow, given.collection, given.first, given.last, mail=given.mail)
        else:
            done = month(airflow, given.collection, given.first, mail=given.mail)
    except AirflowError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
