"""A running Airflow, asked by its REST API: by commands that start a run, by the local Airflow, and by tests."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

ATTEMPTS = 4
PAGE = 100
"""As many as Airflow lists at once."""
POLL_SECONDS = 1.0
OVER = ("success", "failed")


class AirflowError(Exception):
    """Airflow cannot be asked, or says no."""


class NoAnswer(AirflowError):
    """Nobody listens there, or who does is no Airflow."""


class TimedOut(NoAnswer):
    """It listens, and has too much to do to answer in time."""


class Refused(AirflowError):
    """It answers with an error; `status` says which."""

    def __init__(self, told: str, status: int) -> None:
        super().__init__(told)
        self.status = status


class Airflow:
    """A running Airflow, asked as one user: whose token it is, who has the password, or whom it lets in without one."""

    def __init__(self, url: str, *, user: str = "", password: str = "", token: str = "") -> None:
        self.url = url.rstrip("/")
        self._user, self._password, self._token = user, password, token

    @property
    def token(self) -> str:
        """The token given, one for the user given, or the one that an Airflow without passwords gives to everybody."""
        if not self._token:
            login = {"username": self._user, "password": self._password} if self._user else None
            self._token = str(ask(self.url, "POST" if login else "GET", "/auth/token", login)["access_token"])
        return self._token

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Ask the REST API; again, where the server says that it could not and asking twice does no harm.

        SQLite lets one process write: while a busy machine starts Airflow, one that waits may be told that it is locked.
        """
        for attempt in range(1, ATTEMPTS):
            try:
                return ask(self.url, method, path, body, token=self.token)
            except TimedOut:
                if method == "POST":
                    raise
            except Refused as error:
                if method == "POST" or error.status < 500:
                    raise
            time.sleep(attempt)
        return ask(self.url, method, path, body, token=self.token)

    def status(self, method: str, path: str, body: object = None) -> int:
        """Whether this user may: 200, or the status of the refusal."""
        try:
            self.call(method, path, body)
        except Refused as error:
            return error.status
        return 200

    def start(self, dag: str, *, key: str | None = None, **conf: object) -> str:
        """Start a run by hand; its id."""
        body = {"logical_date": None, "partition_key": key, "conf": conf}
        return str(self.call("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def runs(self, dag: str = "~") -> list[dict[str, Any]]:
        """The runs of a DAG, or of all, oldest first."""
        return self._listed(f"/api/v2/dags/{dag}/dagRuns", "dag_runs", order_by="run_after")

    def state(self, dag: str, run: str) -> str:
        """How far a run is."""
        return str(self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])

    def finished(self, dag: str, run: str) -> str:
        """How a run ended, once it has."""
        while (state := self.state(dag, run)) not in OVER:
            time.sleep(POLL_SECONDS)
        return state

    def tasks(self, dag: str = "~", run: str = "~") -> list[dict[str, Any]]:
        """The task instances of a run, or of all runs."""
        return self._listed(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances", "task_instances")

    def log(self, task: dict[str, Any]) -> list[Any]:
        """The lines that the log of a task instance has, of its last attempt."""
        place = f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
        query = urlencode({"map_index": task["map_index"], "full_content": "true"})
        return list(self.call("GET", f"{place}/logs/{task['try_number']}?{query}")["content"])

    def answer(self, run: str, option: str, reason: str = "", dag: str = "publish_month") -> int:
        """Answer the run that asks for a release to be signed off; 200, or the status of the refusal."""
        place = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/sign_off/-1/hitlDetails"
        return self.status("PATCH", place, {"chosen_options": [option], "params_input": {"reason": reason}})

    def _listed(self, path: str, name: str, **query: str) -> list[dict[str, Any]]:
        """All that a list has, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"{path}?{urlencode({**query, 'limit': PAGE, 'offset': len(found)})}")
            found += page[name]
            if not page[name] or len(found) >= page["total_entries"]:
                return found


def ask(url: str, method: str, path: str, body: object = None, *, token: str = "") -> Any:
    """What an Airflow answers to one question; without a token it is asked by nobody."""
    request = urllib.request.Request(
        url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise Refused(f"Airflow at {url} answered {error.code} to {path}: {_detail(error)}", error.code) from None
    except TimeoutError as error:
        raise TimedOut(f"no Airflow answers at {url} ({error})") from None
    except (OSError, ValueError) as error:
        raise NoAnswer(f"no Airflow answers at {url} ({getattr(error, 'reason', error)})") from None


def _detail(error: urllib.error.HTTPError) -> str:
    """Why it was refused, in the words of the server."""
    with error:
        try:
            return str(json.loads(error.read())["detail"])
        except (OSError, ValueError, TypeError, KeyError):
            return error.reason
