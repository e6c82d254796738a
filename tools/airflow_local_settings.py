"""Read by Airflow when it starts. Each task is a fork of the scheduler: what is imported there, no task imports again."""

import sys

if any(word in sys.argv for word in ("scheduler", "worker")):
    import assurance.intake.rules.gate
    import assurance.steps  # noqa: F401
