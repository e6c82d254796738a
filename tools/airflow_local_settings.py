"""Read by Airflow when it starts. Each task is a fork of the scheduler, or of a worker: what is imported there, no task
imports again; docs/performance.md says what that saves.
"""

import sys

if any(word in sys.argv for word in ("scheduler", "worker")):
    from importlib import import_module

    from assurance.deadlines import is_working_day
    from assurance.model import Period

    for _name in (
        "airflow.sdk.definitions.decorators",
        "assurance.intake.rules.gate",
        "assurance.steps",
        "duckdb_sqlalchemy",
        "pyarrow.csv",
        "pyarrow.dataset",
        "psycopg",
    ):
        import_module(_name)
    is_working_day(Period(2026, 1).first_day)  # its calendar is imported when a day is first asked for
