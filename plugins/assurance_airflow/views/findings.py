"""What was found in the returns of a month."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assurance.reporting.screens.findings import findings_screen
from assurance_airflow.views.access import RETURNS_DAG, Reader, reader_by
from assurance_airflow.views.common import frame, month, page, see, steps

router = APIRouter()
ReturnReader = Annotated[Reader, Depends(reader_by(RETURNS_DAG))]


@router.get("/findings/{collection}")
def findings_now(request: Request, collection: str, reader: ReturnReader) -> Response:
    """The findings of the month in hand."""
    shown = frame(request, reader, "findings", collection)
    return see(request, f"findings/{shown.collection.code}/{steps().month_in_hand(shown.collection.code)}")


@router.get("/findings/{collection}/{period}")
def findings(request: Request, collection: str, period: str, reader: ReturnReader) -> Response:
    """The rules that failed, by Area."""
    shown, made = frame(request, reader, "findings", collection, month(period)), steps()
    found = made.findings_to_see(collection, month(period), reader.areas)
    return page(findings_screen(shown, found, made.settings.reports))


@router.get("/findings/{collection}/{period}/{submission}")
def findings_of(request: Request, collection: str, period: str, submission: str, reader: ReturnReader) -> Response:
    """The page of one submission's findings."""
    frame(request, reader, "findings", collection, month(period))
    made = steps()
    reader.demand(made.area_of(submission))
    return page(made.findings_page(submission))
