"""The board of a month."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assurance.reporting.screens.board import board_screen
from assurance_airflow.catalogue_now import catalogue
from assurance_airflow.views.access import MONTH_DAG, Reader, reader_by
from assurance_airflow.views.common import frame, month, page, see, steps

router = APIRouter()
MonthReader = Annotated[Reader, Depends(reader_by(MONTH_DAG))]


@router.get("/")
def start(request: Request, _: MonthReader) -> Response:
    """The board of the first collection."""
    return see(request, f"board/{next(iter(catalogue().reported))}")


@router.get("/board/{collection}")
def board_now(request: Request, collection: str, reader: MonthReader) -> Response:
    """The board of the month in hand."""
    shown = frame(request, reader, "board", collection)
    return see(request, f"board/{shown.collection.code}/{steps().month_in_hand(shown.collection.code)}")


@router.get("/board/{collection}/{period}")
def board(request: Request, collection: str, period: str, reader: MonthReader) -> Response:
    """Where a month stands, Area by Area."""
    shown, made = frame(request, reader, "board", collection, month(period)), steps()
    return page(board_screen(shown, made.board(collection, month(period), reader.areas), made.settings.reports))
