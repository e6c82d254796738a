"""Is this part of the server healthy? The health checks of docker-compose.yaml ask; the exit code answers.

Airflow's own commands (`airflow jobs check`) would tell as well, but import all of Airflow each time: seconds of a
processor and more memory than some of the parts themselves. Here only the standard library is imported, and Celery to
ask a worker.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any
from urllib.request import urlopen

SECONDS = 10
API_SERVER = "http://127.0.0.1:8080/api/v2/monitor/health"
SCHEDULER = "http://127.0.0.1:8974/health"


def main(part: str) -> int:
    """0 when it is, 1 when it is not; an error is a 1 as well, and the engine keeps its words."""
    return 0 if CHECKS[part]() else 1


def _api_server() -> bool:
    return bool(_answer(API_SERVER)["metadatabase"]["status"] == "healthy")


def _scheduler() -> bool:
    """Its own answer: 200 while its heartbeat is fresh, an error otherwise."""
    with urlopen(SCHEDULER, timeout=SECONDS) as answer:
        return bool(answer.status == 200)


def _by_heartbeat(name: str) -> bool:
    """Parts that listen nowhere are known by their heartbeat in the database, which the API server tells."""
    url = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].replace("/execution/", "/api/v2/monitor/health")
    return bool(_answer(url)[name]["status"] == "healthy")


def _worker() -> bool:
    from celery import Celery

    worker = f"celery@{socket.gethostname()}"
    with Celery(broker=os.environ["AIRFLOW__CELERY__BROKER_URL"]) as app:
        return bool(app.control.ping(destination=[worker], timeout=SECONDS))


def _answer(url: str) -> Any:
    with urlopen(url, timeout=SECONDS) as answer:
        return json.loads(answer.read())


CHECKS = {
    "api-server": _api_server,
    "scheduler": _scheduler,
    "dag-processor": lambda: _by_heartbeat("dag_processor"),
    "triggerer": lambda: _by_heartbeat("triggerer"),
    "worker": _worker,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
