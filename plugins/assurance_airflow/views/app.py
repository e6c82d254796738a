"""The application: every view behind the sign-in, and every error of ours as a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request, Response, status
from fastapi.responses import PlainTextResponse

from assurance.errors import AssuranceError, DelayedError, WarehouseError
from assurance_airflow.views import board, findings, outbox, releases, report
from assurance_airflow.views.access import signed_in
from assurance_airflow.views.common import HEADERS


def make_app() -> FastAPI:
    """All views. Nothing describes them to who has not signed in: FastAPI's own pages are off."""
    app = FastAPI(title="Assurance", dependencies=[Depends(signed_in)], openapi_url=None, docs_url=None, redoc_url=None)
    for view in (board, releases, findings, outbox, report):
        app.include_router(view.router)
    for error in (AssuranceError, DelayedError):
        app.add_exception_handler(error, _told)
    app.middleware("http")(_with_headers)
    return app


async def _told(_: Request, error: Exception) -> Response:
    """What is wrong and what to do, in the words of the error: they hold nothing of a return."""
    away = isinstance(error, WarehouseError | DelayedError)
    return PlainTextResponse(str(error), status.HTTP_503_SERVICE_UNAVAILABLE if away else status.HTTP_404_NOT_FOUND)


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response
