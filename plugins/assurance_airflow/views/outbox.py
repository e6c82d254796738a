"""The mail that is not sent, for who looks after all of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assurance.reporting.screens.outbox import outbox_screen
from assurance_airflow.views.access import RELEASE_DAG, Reader, whole_by
from assurance_airflow.views.common import frame, page, steps

router = APIRouter()


@router.get("/outbox/{collection}")
def outbox(request: Request, collection: str, reader: Annotated[Reader, Depends(whole_by(RELEASE_DAG))]) -> Response:
    """What is owed, and what needs a person."""
    shown, made = frame(request, reader, "outbox", collection), steps()
    return page(outbox_screen(shown, made.outbox_to_see(collection), made.settings.reports))
