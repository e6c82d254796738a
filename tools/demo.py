"""`make demo`: two years of made-up returns, the last month through real Airflow, a report and mail at the end.

The history is received by the same steps that the tasks of the DAGs call. For the last month a real scheduler runs
the real DAGs: it receives the returns, the gate fires when the month is closed, the report is built, signed off by a
setting, and mailed into a folder.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

from assurance.model import Period
from assurance.sample import Sample, load_sample_plan, write_sample
from assurance.settings import Settings
from assurance.steps import Steps
from tools.airflow_stack import REPOSITORY, Stack, shown

MONTHS = 24
LAST = Period(2026, 10)
PATIENCE_SECONDS = 300


class Progress:
    """Lines that say how long it has taken."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._start:5.0f} s  {text}", flush=True)


def main() -> None:
    """Run the demonstration in a folder of its own, which is made anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collection", default="bcm")
    parser.add_argument("--home", type=Path, default=REPOSITORY / "var" / "demo")
    asked = parser.parse_args()
    shutil.rmtree(asked.home, ignore_errors=True)
    surroundings = {
        "ASSURANCE_HOME": str(asked.home),
        "ASSURANCE_ARRIVAL": "file",
        "ASSURANCE_SIGN_OFF": "demonstration",
    }
    os.environ.update(surroundings)
    steps, progress = Steps(Settings()), Progress()
    stack = Stack(asked.home / "airflow", surroundings)
    progress.say("starting Airflow: scheduler, DAG processor, triggerer, API server")
    starting = Thread(target=stack.start)
    starting.start()
    try:
        sent = _make_returns(steps, asked.collection, asked.home / "sent", progress)
        _receive_history(steps, asked.collection, asked.home / "sent", progress)
        progress.say("waiting for Airflow")
        starting.join()
        stack.wait_until_ready()
        _run_the_month(stack, steps, asked.collection, asked.home / "sent", progress)
    finally:
        starting.join()
        stack.stop()
    _tell(steps, asked.collection, sent, progress)


def _make_returns(steps: Steps, collection: str, sent: Path, progress: Progress) -> Sample:
    steps.migrate()
    plan = load_sample_plan(steps.settings.expectations / collection / "sample.yaml")
    sample = write_sample(steps.collection(collection), sent, last=LAST, months=MONTHS, plan=plan)
    progress.say(f"made {sample.files} returns of {MONTHS} months, as if {sample.areas} Areas had sent them")
    for readings in steps.catalogue.readings_of(collection):
        plan = load_sample_plan(steps.settings.expectations / readings.code / "sample.yaml")
        made = write_sample(readings, sent, last=LAST, months=MONTHS, plan=plan)
        progress.say(f"made {made.files} files of second readings of cases of {made.areas} Areas")
    return sample


def _receive_history(steps: Steps, collection: str, sent: Path, progress: Progress) -> None:
    """All months but the last, through the steps that the tasks call."""
    _deliver(steps, collection, sent, last=False)
    total = len(steps.arrivals(collection))
    for number, _ in enumerate(steps.receive(collection), start=1):
        if number % 60 == 0 or number == total:
            progress.say(f"history: {number} of {total} returns kept, checked and loaded")
    progress.say("history: each answered with a receipt")
    for readings in steps.catalogue.readings_of(collection):
        _deliver(steps, readings.code, sent, last=False)
        read = sum(1 for _ in steps.receive(readings.code))
        progress.say(f"second readings: {read} files kept, checked and held against the Areas' own answers")


def _run_the_month(stack: Stack, steps: Steps, collection: str, sent: Path, progress: Progress) -> None:
    """The last month, by the DAGs alone: all that is done by hand is what the calendar would do."""
    returns = _deliver(steps, collection, sent, last=True)
    stack.unpause()
    progress.say(f"returns of {LAST.title} lie in the landing place; DAG receive_returns is started by that")
    _until(lambda: _received(stack, returns))
    progress.say(f"DAG receive_returns: {returns} returns checked, loaded and answered")
    missing = ", ".join(one.area.code for one in steps.status(collection, LAST).returns if not one.is_in)
    progress.say(f"DAG close_month: the cut-off comes; not in: {missing}")
    stack.airflow.start("close_month", collection=collection, period=str(LAST))
    for dag, what in (
        ("measure_month", "the gate fired; report built"),
        ("publish_month", "signed off by a setting; sent"),
    ):
        _until(lambda dag=dag: _succeeded(stack, dag))
        progress.say(f"DAG {dag}: {what}")


def _deliver(steps: Steps, collection: str, sent: Path, *, last: bool) -> int:
    """Put the files of the last month, or of all before, into the landing place, as the Areas would; how many returns."""
    wanted = [
        p for p in sorted((sent / collection).rglob("R-*")) if (f"-{LAST.year}{LAST.month:02d}-" in p.name) is last
    ]
    for path in wanted:
        place = steps.settings.landing / path.relative_to(sent)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return sum(path.suffix != ".json" for path in wanted)


def _received(stack: Stack, returns: int) -> bool:
    """Whether all are answered, and the gate has heard of them: by one run or, if one began too early, by two."""
    runs = stack.airflow.runs("receive_returns")
    tasks = stack.airflow.tasks("receive_returns")
    if any(run["state"] == "failed" for run in runs):
        raise RuntimeError(_failure(tasks))
    done = Counter(task["task_id"] for task in tasks if task["state"] == "success")
    return done["one_return.receipt"] == returns and all(run["state"] == "success" for run in runs)


def _succeeded(stack: Stack, dag: str) -> bool:
    states = {run["state"] for run in stack.airflow.runs(dag)}
    if "failed" in states:
        raise RuntimeError(f"DAG {dag} failed; see the logs under {stack.home / 'logs'}")
    return states == {"success"}


def _failure(tasks: list[dict[str, Any]]) -> str:
    failed = sorted(
        {f"{task['task_id']} {task['rendered_map_index'] or ''}" for task in tasks if task["state"] == "failed"}
    )
    return f"these tasks failed: {', '.join(failed)}"


def _until(done: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing came of it in {PATIENCE_SECONDS} s")
        time.sleep(1)


def _tell(steps: Steps, collection: str, sample: Sample, progress: Progress) -> None:
    """Say in plain words what there is to see, and what it says."""
    release = steps.status(collection, LAST).sign_offs[-1]
    folder = steps.settings.releases / release.release_id
    letter = json.loads((folder / "letters" / "ALL.json").read_text(encoding="utf-8"))
    mails = sorted(steps.settings.mail.glob("*.eml"))
    progress.say("done")
    print(f"\nThe report says:\n\n{textwrap.indent(_opening(letter['text']), '    ')}\n")
    print("What the sample had in it, to hold the report against:\n")
    print(textwrap.indent(sample.describe(), "    "))
    print(f"""
Look at it:

    the national report   {shown(folder / "national.html")}
    the Areas' reports    {shown(folder / "areas")}/
    the mail              {shown(steps.settings.mail)}/ ({len(mails)} messages: receipts and reports, as .eml and .html)
    every figure          {shown(folder / "figures.csv")}

    make airflow          the same Airflow again, to click through
""")


def _opening(text: str) -> str:
    """The first paragraphs of a letter."""
    return "\n\n".join(text.split("\n\n")[:4])


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"demo: {error}")
