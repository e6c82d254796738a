"""What is a line of the log about? Every line of a step says collection, Area, period and submission, as fields."""

from __future__ import annotations

from structlog.contextvars import bind_contextvars, unbind_contextvars

from assurance.model import Period, Submission

FIELDS = ("collection", "area", "period", "submission", "release")


def about(
    *, collection: str = "", area: str = "", period: Period | None = None, submission: str = "", release: str = ""
) -> None:
    """Let each line of the log say what it is about, until the next step says something else.

    Where lines are structured, as in Airflow's tasks, these are fields of their own, whichever library writes the line.
    They stay after an error, so that whoever logs it further out says it too. None of them holds a cell of a return.
    """
    said = (collection, area, str(period or ""), submission, release)
    unbind_contextvars(*FIELDS)
    bind_contextvars(**{name: value for name, value in zip(FIELDS, said, strict=True) if value})


def about_submission(submission: Submission) -> None:
    """As `about`, of a submission."""
    about(
        collection=submission.collection,
        area=submission.area,
        period=submission.period,
        submission=submission.submission_id,
    )
