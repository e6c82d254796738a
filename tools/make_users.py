"""Makes the roles of Airflow's users and, where there is none yet, the first user. Run again, it adds what is missing.

The password comes by the environment, for a command line can be read by others. It is used when the user is made:
whoever changes it in Airflow's UI does not get the old one back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

ADMIN = "admin"

OWN_LOGIN = (
    ("can_read", "Website"),
    ("can_read", "My Profile"),
    ("can_edit", "My Profile"),
    ("can_read", "My Password"),
    ("can_edit", "My Password"),
)
SIGN_OFF = (
    ("can_read", "DAGs"),
    ("can_read", "DAG Runs"),
    ("can_read", "Task Instances"),
    ("can_read", "HITL Detail"),
    ("can_edit", "HITL Detail"),
    ("can_edit", "DAG:publish_month"),  # to answer within it; it lets them pause it, too
    ("can_read", "Plugins"),  # the tab with the report
    ("menu_access", "DAGs"),
    ("menu_access", "HITL Detail"),
)

Role = dict[str, object]


def roles(areas: Iterable[str]) -> list[Role]:
    """Every role of ours: an Area's users see no run and no log, for these name other Areas; approvers see what they sign."""
    of_areas: list[Role] = [{"role": f"area-{area}", "perms": OWN_LOGIN} for area in areas]
    return [*of_areas, {"role": "approver", "perms": (*OWN_LOGIN, *SIGN_OFF)}]


def main() -> None:
    """Make roles and the first user in Airflow's database."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    from assurance.catalogue import load_catalogue
    from assurance.settings import read_settings

    catalogue = load_catalogue(read_settings().expectations)
    areas = sorted({area.code for collection in catalogue.collections.values() for area in collection.areas})
    with get_application_builder() as builder:
        builder.add_permissions(update_perms=True)  # type: ignore[no-untyped-call]
        users = builder.sm
        users.sync_roles()
        users.bulk_sync_roles(roles(areas))
        if users.find_user(ADMIN) is None:
            made = users.add_user(
                ADMIN,
                "First",
                "Administrator",
                os.environ["ASSURANCE_MAIL_FROM"],
                users.find_role("Admin"),
                os.environ["AIRFLOW_ADMIN_PASSWORD"],
            )
            if not made:
                raise SystemExit(f"the user {ADMIN} could not be made; the log above says why")
    print(f"roles: approver, and one for each of {len(areas)} Areas")


if __name__ == "__main__":
    main()
