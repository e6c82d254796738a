"""What all views have: the steps they read through, the frame of a screen, and how a page is handed out."""

from __future__ import annotations

from pathlib import PurePosixPath

from fastapi import HTTPException, Request, Response, status
from fastapi.responses import RedirectResponse

from assurance.model import Period
from assurance.reporting.screens.frame import Frame
from assurance.reporting.screens.releases import TYPES
from assurance.steps import Steps
from assurance_airflow.catalogue_now import catalogue
from assurance_airflow.views.access import Reader

EARLIEST, LATEST = Period(1900, 1), Period(2199, 12)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer: it is kept by nobody, asks for nothing, and stands in no frame but Airflow's."""


def steps() -> Steps:
    """The steps, over the catalogue as its files stand now."""
    made = Steps()
    made.catalogue = catalogue()
    return made


def frame(request: Request, reader: Reader, here: str, collection: str, period: Period | None = None) -> Frame:
    """Where a screen stands; 404 when there is no such collection."""
    known = catalogue()
    offered = known.collections if here in ("findings", "outbox") else known.reported
    if collection not in offered:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such collection here")
    titles = {code: one.title for code, one in offered.items()}
    return Frame(root(request), offered[collection], titles, here, reader.areas, reader.sees, period)


def root(request: Request) -> str:
    """The address below which the views lie, wherever Airflow itself does."""
    return str(request.scope["root_path"])


def month(text: str) -> Period:
    """The period of an address; 404 when it is none, or has no month beside it."""
    try:
        period = Period.parse(text)
    except ValueError:
        period = EARLIEST
    if not EARLIEST < period < LATEST:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "A month is written YYYY-MM")
    return period


def page(content: bytes) -> Response:
    """A page of HTML."""
    return Response(content, media_type=TYPES[".html"])


def file(content: bytes, path: str) -> Response:
    """A file of a release, as what it is; what a browser does not show is saved under its name."""
    place = PurePosixPath(path)
    saved = {} if place.suffix == ".html" else {"Content-Disposition": f'attachment; filename="{place.name}"'}
    return Response(content, media_type=TYPES[place.suffix], headers=saved)


def see(request: Request, place: str) -> Response:
    """The way to another view."""
    return RedirectResponse(f"{root(request)}/{place}", status.HTTP_303_SEE_OTHER)
