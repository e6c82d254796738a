"""What Airflow's UI shows of the months: plain pages, made when somebody looks.

Airflow imports its plugins in every process, and only the API server answers: so the pages are put together when the
first of them is asked for, and this module imports nothing that is slow.
"""

from __future__ import annotations

from typing import Any

PREFIX = "/assurance"


class Views:
    """The application as Airflow mounts it; made with the first request."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from assurance_airflow.views.app import make_app

            self._app = make_app()
        await self._app(scope, receive, send)


APPS = [{"app": Views(), "url_prefix": PREFIX, "name": "Assurance"}]
EXTERNAL_VIEWS = [
    {
        "name": "Assurance",
        "href": f"{PREFIX}/",
        "destination": "nav",
        "category": "browse",
        "url_route": "assurance",
    },
    {
        "name": "Report",
        "href": f"{PREFIX}/run/{{DAG_ID}}/{{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "report",
    },
]
