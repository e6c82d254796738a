"""What do the sheets of a workbook say about themselves?"""

from __future__ import annotations

from collections.abc import Mapping

from assurance.measures.words.labels import MARKS
from assurance.measures.words.plain import NBSP, Nouns
from assurance.measures.words.shareable import SHARED_MARKS

WORKBOOK_MARKS: Mapping[str, str] = {
    **MARKS,
    "[z]": "not applicable: nothing to assess, not collected, or nothing that could be said of this figure",
    "[c]": f"{SHARED_MARKS['[c]']}; in the shareable edition only",
    "[u]": f"{SHARED_MARKS['[u]']}; in the shareable edition only",
}
"""What the marks in the cells of a workbook stand for: one for each number that is not there."""

WINDOW_NAMES: Mapping[str, str] = {"1m": "1 month", "3m": "3 months"}


def workbook_notes(nouns: Nouns) -> tuple[tuple[str, str], ...]:
    """Each word of the columns of a workbook that needs one, and what it means."""
    return (
        ("Rate", f"The share of assessed {nouns.checks} that {nouns.met}. Partly met counts as not met."),
        ("Assessed", f"The {nouns.checks} that stand in the rate: met, partly met and not met."),
        (
            "Window",
            "The nation is read month by month; Areas over three months, because one month of an Area cannot tell one "
            "rate from the next. Windows are sums of counts, never means of rates.",
        ),
        (
            "Months missing",
            "Collected months of the window for which there is nothing. The sum holds the others.",
        ),
        ("Interval", f"The Wilson score interval, 95{NBSP}%: where the underlying rate plausibly lies."),
        ("Value", "The same as the rate, with half a point for each check partly met. Verdicts are those of the rate."),
        (
            "Variation",
            "Whether the single month differs from what is usual by more than chance, on the control chart of its months; "
            "whatever the window.",
        ),
        (
            "p, adjusted",
            "How often chance alone would put an Area so far from the typical one, adjusted for how many Areas are compared.",
        ),
        ("p, exact", "How often chance alone would put an Area so far from the nation: the exact binomial test."),
    )


def workbook_id_note(release_id: str) -> str:
    """How is a number of the workbook called, for who asks where it comes from?"""
    return (
        "Every number of a figure has an id of release, window, Area, standard and measure, in the codes of the tables, "
        f"ALL for all of them: {release_id}/3m/ALL/ALL/rate. The command assurance explain says where it comes from."
    )


def attached(file_name: str) -> str:
    """What goes with the letter of a release?"""
    return (
        f"The full report is attached: report.html opens in any browser, and {file_name} has its figures as a workbook."
    )


WORKBOOK_USE = (
    "Each sheet holds one table, which begins under its title. The sheet Contents leads to each of them.",
    "A mark in square brackets, such as [x], stands where there is no number; the sheet Notes says what each means.",
    "Rates are stored unrounded and shown with one decimal. What is pooled over Areas or months has a row of its own: "
    "rates cannot be added up or averaged.",
    "The same figures stand in a CSV file beside this workbook in the release.",
)
"""What the cover of a workbook says to who opens it."""
