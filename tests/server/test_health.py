"""A part of Airflow is called healthy when its heartbeat is fresh, and not when it is stale or nobody answers."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tools import health

FRESH, STALE = {"status": "healthy"}, {"status": "unhealthy"}


class ApiServer(HTTPServer):
    """Answers with what it was told to say of each part."""

    told: dict[str, dict[str, str]]


class Answer(BaseHTTPRequestHandler):
    server: ApiServer

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/v2/monitor/health" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.told).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with ApiServer(("127.0.0.1", 0), Answer) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"{url}/execution/")
        monkeypatch.setattr(health, "API_SERVER", f"{url}/api/v2/monitor/health")
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("part", "told_as"),
    [("api-server", "metadatabase"), ("dag-processor", "dag_processor"), ("triggerer", "triggerer")],
)
def test_a_part_is_healthy_while_its_own_heartbeat_is_fresh(api_server: ApiServer, part: str, told_as: str) -> None:
    everything = {"metadatabase": FRESH, "scheduler": FRESH, "dag_processor": FRESH, "triggerer": FRESH}
    api_server.told = everything
    assert health.main(part) == 0
    api_server.told = everything | {told_as: STALE}
    assert health.main(part) == 1
    api_server.told = dict.fromkeys(everything, STALE) | {told_as: FRESH}
    assert health.main(part) == 0, "nobody else's"


def test_where_nobody_answers_it_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SCHEDULER", "http://127.0.0.1:9/health")
    with pytest.raises(urllib.error.URLError):
        health.main("scheduler")
