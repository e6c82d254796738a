"""The releases, and the files of each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from assurance.reporting.screens.releases import may_have, month_screen, releases_screen
from assurance_airflow.views.access import RELEASE_DAG, Reader, forbidden, reader_by
from assurance_airflow.views.common import file, frame, month, page, steps

router = APIRouter()
ReleaseReader = Annotated[Reader, Depends(reader_by(RELEASE_DAG))]


@router.get("/releases/{collection}/index.html")
def releases(request: Request, collection: str, reader: ReleaseReader) -> Response:
    """All releases of a collection, by month."""
    shown, made = frame(request, reader, "releases", collection), steps()
    every, missing = made.releases_to_see(collection, reader.areas)
    return page(releases_screen(shown, every, missing, made.settings.reports))


@router.get("/releases/{collection}/{period}/index.html")
def releases_of_month(request: Request, collection: str, period: str, reader: ReleaseReader) -> Response:
    """The releases of one month, with their files."""
    shown, made = frame(request, reader, "releases", collection, month(period)), steps()
    every, found = made.releases_of_month(collection, month(period), reader.areas)
    return page(month_screen(shown, month(period), every, found, made.settings.reports))


@router.get("/releases/{collection}/{period}/{number}/{path:path}")
def release_file(collection: str, period: str, number: str, path: str, reader: ReleaseReader) -> Response:
    """A page, table or workbook of a release."""
    if not may_have(reader.areas, path):
        raise forbidden()
    return file(steps().release_file(f"{collection}/{month(period)}/{number}", path, reader.areas), path)
