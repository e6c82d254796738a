"""Who may see what of the views?

Whoever may read the DAG that makes a thing may see it. Whoever has a role `area-<CODE>` is that Area's reader: of these
Areas and of nothing else, whatever other roles allow. Nobody sees anything without having signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from fastapi import Depends, HTTPException, Request, status

AREA_ROLE = "area-"
MONTH_DAG, RELEASE_DAG, RETURNS_DAG = "measure_month", "publish_month", "receive_returns"


@dataclass(frozen=True)
class Reader:
    """Who looks."""

    areas: frozenset[str] | None
    """The codes of the Areas that are this reader's; None: every one."""
    sees: str
    """Who sees what, in a sentence for the page."""

    def demand(self, area: str) -> None:
        """403 unless this Area is the reader's."""
        if self.areas is not None and area not in self.areas:
            raise forbidden()


def signed_in(user: Annotated[BaseUser, Depends(get_user)]) -> BaseUser:
    """The user; 401 for nobody, and for the visitor that Airflow may be set up to let in without a name."""
    if getattr(user, "is_anonymous", False):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Not authenticated")
    return user


User = Annotated[BaseUser, Depends(signed_in)]


def reader_by(dag_id: str) -> Callable[[Request, BaseUser], Reader]:
    """Who looks at what a DAG makes; 403 for one who may not read that DAG and is no Area's reader."""
    demand_dag = requires_access_dag("GET", param_dag_id=dag_id)

    def reader(request: Request, user: User) -> Reader:
        areas = areas_of(user)
        if areas is not None:
            return Reader(areas, f"You see what is of {_named(areas)} only.")
        demand_dag(request, user)
        return Reader(None, _sees_all(user))

    return reader


def whole_by(dag_id: str) -> Callable[[Reader], Reader]:
    """The same for what no Area's reader may see: it is about all Areas."""

    def whole(reader: Reader = Depends(reader_by(dag_id))) -> Reader:  # noqa: B008 - an annotation sees no dag_id
        if reader.areas is not None:
            raise forbidden()
        return reader

    return whole


def areas_of(user: BaseUser) -> frozenset[str] | None:
    """The codes of the Areas whose roles a user has; None for one who has no such role."""
    names = (str(role.name) for role in getattr(user, "roles", ()))
    codes = frozenset(name.removeprefix(AREA_ROLE) for name in names if name.startswith(AREA_ROLE))
    return codes or None


def forbidden() -> HTTPException:
    """What a reader is told of a thing that is not theirs, whether there is such a thing or not."""
    return HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden")


def _named(areas: frozenset[str]) -> str:
    return ("Area " if len(areas) == 1 else "Areas ") + ", ".join(sorted(areas))


def _sees_all(user: BaseUser) -> str:
    if hasattr(user, "roles"):
        return "You see every Area."
    return "This Airflow has one local user, who sees every Area; its simple sign-in knows no roles of Areas."
