"""The report of a run: the release that the run of a DAG built, asks about or sends."""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.models.dagrun import DagRun
from fastapi import APIRouter, Depends, HTTPException, Request, Response, status

from assurance.keys import parts
from assurance.model import Period
from assurance.reporting.screens.releases import report_path
from assurance_airflow.views.access import RELEASE_DAG, Reader, User, reader_by
from assurance_airflow.views.common import month, see, steps

router = APIRouter()


def run_reader(request: Request, dag_id: str, user: User) -> Reader:
    """Who looks at the report of a run: whoever may read its DAG, or is an Area's reader."""
    return reader_by(dag_id)(request, user)


@router.get("/run/{dag_id}/{run_id}")
def report(
    request: Request, dag_id: str, run_id: str, reader: Annotated[Reader, Depends(run_reader)], session: SessionDep
) -> Response:
    """The report of the run; of a run that makes none, the board of its month."""
    run = next(iter(DagRun.find(dag_id=dag_id, run_id=run_id, session=session)), None)
    if run is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such run")
    collection, period, number = _subject(run)
    if not (collection and period):
        return see(request, "")
    number = number or _last(collection, month(period), reader)
    if not number:
        return see(request, f"board/{collection}/{period}")
    return see(request, f"releases/{collection}/{period}/{number}/{report_path(reader.areas)}")


def _subject(run: DagRun) -> tuple[str, str, str]:
    """Collection, month and number of the release that a run is about, as far as its key or its form says them."""
    conf = run.conf or {}
    by_hand = (str(conf.get(name) or "") for name in ("collection", "period", "number"))
    collection, period, number = parts(run.partition_key) if run.partition_key else by_hand
    return collection, period, number if run.dag_id == RELEASE_DAG else ""


def _last(collection: str, period: Period, reader: Reader) -> str:
    """The number of the last release of a month that the reader may see; empty while there is none."""
    every, _ = steps().releases_to_see(collection, reader.areas)
    return next((str(one.number) for one in every if one.period == period), "")
