"""Airflow is asked as somebody, again where that does no harm, page by page; and who is refused is told by whom and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tools import by_rest, rest


class ApiServer(HTTPServer):
    """Gives everybody a token, and has the answers that it is given: a status and what is said with it."""

    answers: list[tuple[int, object]]
    asked: list[str]


class Answer(BaseHTTPRequestHandler):
    server: ApiServer

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        given = (201, {"access_token": "t"}) if self.path == "/auth/token" else self.server.answers.pop(0)
        self.send_response(given[0])
        self.end_headers()
        self.wfile.write(json.dumps(given[1]).encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setattr(rest.time, "sleep", lambda _: None)
    with ApiServer(("127.0.0.1", 0), Answer) as server:
        server.asked = []
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def airflow(server: ApiServer) -> rest.Airflow:
    return rest.Airflow(f"http://127.0.0.1:{server.server_port}")


def test_what_the_server_could_not_is_asked_again_and_a_run_is_not_started_twice(
    server: ApiServer, airflow: rest.Airflow
) -> None:
    server.answers = [(500, None), (503, None), (200, {"state": "queued"})]
    assert airflow.state("close_month", "run") == "queued"
    server.answers = [(500, {"detail": "database is locked"}), (200, {"dag_run_id": "run"})]
    with pytest.raises(rest.Refused, match="answered 500 to /api/v2/dags/close_month/dagRuns: database is locked"):
        airflow.start("close_month")
    server.answers = [(500, None)] * (rest.ATTEMPTS + 1)
    assert airflow.status("GET", "/api/v2/dags") == 500
    assert len(server.answers) == 1


def test_a_list_is_read_to_its_end(server: ApiServer, airflow: rest.Airflow) -> None:
    server.answers = [(200, {"dag_runs": [{}] * number, "total_entries": 150}) for number in (rest.PAGE, 50)]
    assert len(airflow.runs("close_month")) == 150
    assert server.asked[1:] == [
        f"GET /api/v2/dags/close_month/dagRuns?order_by=run_after&limit=100&offset={offset}" for offset in (0, 100)
    ]


@pytest.mark.parametrize("status", [401, 403])
def test_a_command_that_is_refused_says_who_may(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    monkeypatch.setenv("AIRFLOW_REST_URL", f"http://127.0.0.1:{server.server_port}/")
    server.answers = [(status, {"detail": "Forbidden"})]
    assert by_rest.main(["outcomes", "2016-09"]) == 1
    said = capsys.readouterr().err
    assert f":{server.server_port} answered {status} to /api/v2/dags/measure_month/dagRuns: Forbidden; set" in said
    assert "AIRFLOW_REST_USER" in said
