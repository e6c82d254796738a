"""What the engineer on duty sees of a month: lines, numbers, lineage, and one mail for a run that fails.

One month goes through a real Airflow that sends its numbers to a socket of ours and its lineage to a file and a server.
"""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from assurance.deadlines import cut_off, reported_month
from assurance.model import Period
from assurance.settings import Settings
from assurance.steps import Steps
from assurance.steps.common import now
from tests.airflow.test_arrival_under_a_scheduler import until
from tests.rules.builders import valid_return
from tests.rules.cases import bcm_return
from tests.unit.trace.conftest import few_areas
from tools.airflow_stack import NO_SOURCE_CODE, Stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("airflow")]
CELL = "HENDERSON"
"""Stands in a return, where a number is wanted; nothing that operators see may repeat it."""
SECRET = "c2VjcmV0IG9mIHRoaXMgdGVzdCwgdGhpcnR5LXR3byBi"
"""Of Airflow; every task has it in its environment."""
DAY_SECONDS = 86_400


class Metrics:
    """A StatsD server: the last value of each name."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            for line in self._socket.recv(65_536).decode().splitlines():
                name, _, value = line.partition(":")
                self.values[name] = float(value.partition("|")[0])

    def of(self, name: str) -> float | None:
        return self.values.get(f"airflow.assurance.{name}")


class Posted:
    """A server that keeps the bodies which are posted to it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: pytest shows what fails."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        """What a client of OpenLineage posted."""
        return [json.loads(body) for body in self.bodies]

    def gauges(self) -> dict[str, float]:
        """What a client of OpenTelemetry posted: the last value of each gauge."""
        posted = [ExportMetricsServiceRequest.FromString(body) for body in self.bodies]
        scopes = [
            scope for request in posted for resource in request.resource_metrics for scope in resource.scope_metrics
        ]
        points = [
            (metric.name, point) for scope in scopes for metric in scope.metrics for point in metric.gauge.data_points
        ]
        return {name: point.as_int if point.HasField("as_int") else point.as_double for name, point in points}


@dataclass
class Month:
    """A month that went from the landing place to the mail."""

    stack: Stack
    steps: Steps
    metrics: Metrics
    period: Period
    lineage: Path
    lineage_server: Posted

    def lines(self, dag: str, task: str) -> list[dict[str, Any]]:
        """The lines that the log of a task has, of all its instances and attempts."""
        files = sorted((self.stack.home / "logs").glob(f"dag_id={dag}/*/task_id={task}/**/*.log"))
        assert files, f"{dag}.{task} has no log"
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    def tasks_that_moved(self) -> Iterator[tuple[str, set[str], set[str]]]:
        """Each task that said so, and the datasets that it read and wrote."""
        for event in map(json.loads, self.lineage.read_text().splitlines()):
            read, wrote = ({one["name"] for one in event.get(side, ())} for side in ("inputs", "outputs"))
            if read | wrote:
                yield event["job"]["name"], read, wrote

    def failures_told(self, run: str) -> list[str]:
        """What the mails say that tell that a run has failed. (Airflow starts one of its own of what is due.)"""
        mails = (
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in self.steps.settings.mail.glob("*.eml")
        )
        return [text for mail in mails if "A run failed" in mail["Subject"] and run in (text := text_of(mail))]

    def run_until(self, dag: str, state: str, **conf: str) -> str:
        """Start a run, and wait until it has come to a state; its id."""
        run = self.stack.airflow.start(dag, **conf)
        until(lambda: self.stack.airflow.state(dag, run) == state)
        return run


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Two Areas are in and one is not, the month is closed without it, measured, signed off by a setting, and sent."""
    home, metrics, period = tmp_path_factory.mktemp("operations"), Metrics(), reported_month(now())
    lineage, lineage_server = home / "lineage.jsonl", Posted()
    to_file = {"type": "file", "log_file_path": str(lineage), "append": True}
    to_server = {"type": "http", "url": lineage_server.url}
    surroundings = {
        "ASSURANCE_HOME": str(home),
        "ASSURANCE_EXPECTATIONS": str(few_areas(home / "expectations", ("CYW", "EMD", "WSX"))),
        "ASSURANCE_ARRIVAL": "file",
        "ASSURANCE_SIGN_OFF": "the tests",
        "ASSURANCE_RETENTION_MONTHS": "6",  # is refused by `housekeeping.retention`, and by nothing else
        "AIRFLOW__API_AUTH__JWT_SECRET": SECRET,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(metrics.port),
        "AIRFLOW__OPENLINEAGE__DISABLED": "False",
        "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": NO_SOURCE_CODE,
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "composite", "transports": {"file": to_file, "server": to_server}}
        ),
    }
    with pytest.MonkeyPatch.context() as patched:
        for name, value in surroundings.items():
            if name.startswith("ASSURANCE_"):
                patched.setenv(name, value)
        steps = Steps(Settings())
    steps.migrate()
    landed, minute_ago = steps.settings.landing, now() - timedelta(minutes=1)
    for area in ("CYW", "WSX"):
        valid_return(area, period).landed(landed, at=minute_ago)
    valid_return("EMD", period).with_cell(2, "unsuccessful", CELL).landed(landed, at=minute_ago)
    bcm_return(period=period).with_cell(2, "cases_in_scope", CELL).landed(landed, "bcm", minute_ago)
    with Stack(home / "airflow", surroundings) as stack:
        made = Month(stack, steps, metrics, period, lineage, lineage_server)
        until(lambda: not steps.arrivals("outcomes") and not steps.arrivals("bcm"))
        until(lambda: all(run["state"] == "success" for run in stack.airflow.runs("receive_returns")))
        made.run_until("close_month", "success", collection="outcomes", period=str(period))
        until(lambda: [run["state"] for run in stack.airflow.runs("publish_month")] == ["success"])
        yield made


@pytest.mark.parametrize(
    ("task", "fields"),
    [
        ("receive_returns one_return.check", {"collection", "area", "period", "submission"}),
        ("receive_returns one_return.load", {"collection", "area", "period", "submission"}),
        ("receive_returns one_return.receipt", {"collection", "area", "period", "submission"}),
        ("close_month close", {"collection", "period"}),
        ("measure_month build_release", {"collection", "period", "release"}),
        ("publish_month sign_off", {"collection", "period", "release"}),
        ("publish_month send", {"collection", "period", "release"}),
    ],
)
def test_a_line_of_a_step_says_in_fields_what_it_is_about(month: Month, task: str, fields: set[str]) -> None:
    ours = [line for line in month.lines(*task.split()) if str(line.get("logger", "")).startswith("assurance.")]
    about = [line for line in ours if fields <= set(line)]
    assert about, ours
    assert all(line["period"] == str(month.period) for line in about)
    assert all(line["collection"] == "outcomes" for line in about if "release" in line)
    assert {line["release"] for line in about if "release" in line} <= {f"outcomes/{month.period}/1"}
    if "submission" in fields:
        told = {(line["collection"], line["area"]) for line in about}
        assert told == {("outcomes", "CYW"), ("outcomes", "EMD"), ("outcomes", "WSX"), ("bcm", "WSX")}


def test_no_log_and_no_lineage_has_a_cell_of_a_return(month: Month) -> None:
    logs = [path for path in (month.stack.home / "logs").rglob("*.log") if path.is_file()]
    assert any("one_return.check" in str(path) for path in logs)
    for path in (*logs, *(month.stack.home / "components").iterdir(), month.lineage):
        assert CELL not in path.read_text(errors="replace"), path


def test_our_numbers_arrive_beside_those_of_airflow_and_say_what_is_so(month: Month) -> None:
    month.run_until("receive_returns", "success")  # now that everything is sent
    until(lambda: month.metrics.of("mail.unsent") == 0)
    returns = {
        name.rpartition(".")[2]: value for name, value in month.metrics.values.items() if ".outcomes.returns." in name
    }
    assert (returns["rejected"], sum(returns.values())) == (1, 3)
    assert returns["accepted"] + returns["accepted_with_queries"] == 2
    assert month.metrics.of("bcm.rows.quarantined") == 1
    assert month.metrics.of("outcomes.rows.quarantined") == 0
    assert month.metrics.of("mail.oldest_unsent_seconds") == 0
    calendar = month.steps.collection("outcomes").calendar
    left = (cut_off(calendar, month.period) - now()).total_seconds() / DAY_SECONDS
    assert month.metrics.of("outcomes.days_to_cut_off") == pytest.approx(left, abs=0.05)
    ours = {name for name in month.metrics.values if "assurance" in name}
    assert ours == {f"airflow.assurance.{gauge.name}" for gauge in month.steps.gauges()}
    assert any(name.startswith("airflow.ti.finish") for name in month.metrics.values)
    assert "airflow.scheduler_heartbeat" in month.metrics.values


def test_open_telemetry_is_told_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSURANCE_HOME", str(tmp_path))
    collector, steps = Posted(), Steps(Settings())
    steps.migrate()
    valid_return("EMD", reported_month(now())).with_cell(2, "unsuccessful", CELL).landed(steps.settings.landing)
    surroundings = {
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "AIRFLOW__METRICS__OTEL_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__OTEL_PORT": str(collector.port),
    }
    with Stack(tmp_path / "airflow", surroundings):
        until(lambda: collector.gauges().get("airflow.assurance.outcomes.returns.rejected") == 1)
        until(lambda: "airflow.dag_processing.import_errors" in collector.gauges())  # of Airflow's own
    told = collector.gauges()
    assert {name for name in told if "assurance" in name} == {f"airflow.assurance.{one.name}" for one in steps.gauges()}
    not_in = [told[f"airflow.assurance.outcomes.returns.{state}"] for state in ("expected", "missing")]
    assert sorted(not_in) == [0, 12], "which, by the calendar"


def test_lineage_leads_from_the_landing_place_to_the_mail(month: Month) -> None:
    moved = list(month.tasks_that_moved())
    assert {job for job, _, _ in moved} >= {
        "receive_returns.one_return.check",
        "receive_returns.one_return.load",
        "measure_month.build_release",
        "publish_month.send",
    }
    reached, places = {str(month.steps.settings.landing)}, month.steps.settings
    for _ in moved:
        reached |= {name for _, read, wrote in moved if read & reached for name in wrote}
    assert {str(place) for place in (places.kept, places.archive, places.releases, places.mail)} <= reached


def test_a_server_is_told_of_lineage_what_the_file_says(month: Month) -> None:
    def named(event: dict[str, Any]) -> tuple[str, str, str]:
        return event["eventType"], event["job"]["name"], event["run"]["runId"]

    in_file = sorted(named(json.loads(line)) for line in month.lineage.read_text().splitlines())
    assert in_file
    until(lambda: set(map(named, month.lineage_server.events())) >= set(in_file))


def test_lineage_has_no_source_code_and_no_secret(month: Month) -> None:
    told = month.lineage.read_text()
    assert not [one for one in ("sourceCode", "def check", "from assurance", SECRET) if one in told]


def test_a_run_that_fails_is_told_once_with_all_its_red_tasks(month: Month) -> None:
    (kept, *_) = sorted(path for path in month.steps.settings.kept.rglob("*") if path.is_file())
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes() + b"changed")
    run = month.run_until("housekeeping", "failed")
    until(lambda: bool(month.failures_told(run)))
    (told,) = month.failures_told(run)
    named = {task for task in ("integrity", "retention", "leftovers", "owed_mail", "alerts") if task in told}
    assert named == red(month, run) == {"integrity", "retention"}

    again = {"dry_run": False, "dag_run_id": run, "only_failed": True, "reset_dag_runs": True}
    month.stack.airflow.call("POST", "/api/v2/dags/housekeeping/clearTaskInstances", again)
    until(lambda: f"{run} failed in integrity, retention; operators told: 0" in callbacks(month.stack))
    assert red(month, run) == {"integrity", "retention"}
    assert len(month.failures_told(run)) == 1, "who was told of a run is not told again"


def red(month: Month, run: str) -> set[str]:
    return {one["task_id"] for one in month.stack.airflow.tasks("housekeeping", run) if one["state"] == "failed"}


def callbacks(stack: Stack) -> str:
    """What was logged where Airflow runs the callbacks of DAGs."""
    return "\n".join(path.read_text() for path in (stack.home / "logs" / "dag_processor").rglob("*.log"))
