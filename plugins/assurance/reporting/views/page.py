"""What does each page of a release say? Puts the sections' view models together: one page for the nation, one per Area."""

from __future__ import annotations

from dataclasses import dataclass

from assurance.deadlines import due
from assurance.measures import words
from assurance.model import NATION, Period, ReturnStatus
from assurance.reporting.facts import ReleaseFacts
from assurance.reporting.measured import MONTH, QUARTER, Measured
from assurance.reporting.views.actions import Actions, actions
from assurance.reporting.views.areas import Areas, Beside, areas, beside
from assurance.reporting.views.checks import checks_note
from assurance.reporting.views.decisions import area_attention, national_attention
from assurance.reporting.views.funnel import Funnel, funnel
from assurance.reporting.views.matrix import Matrix, matrix
from assurance.reporting.views.multiples import Multiples, Owners, multiples, owners
from assurance.reporting.views.quality import Quality, own_quality, quality
from assurance.reporting.views.reasons import Reasons, reasons
from assurance.reporting.views.revisions import Revisions, revisions
from assurance.reporting.views.second_readings import SecondReadingsSection, second_readings
from assurance.reporting.views.self_assessment import SelfAssessment, self_assessment
from assurance.reporting.views.standards import Standards, standards
from assurance.reporting.views.summary import Summary, area_summary, national_summary
from assurance.reporting.views.trend import Trend, trend


@dataclass(frozen=True)
class Page:
    """What a page says whoever it is for. A section whose view is None is left out."""

    edition: str
    """`ALL` or an Area code."""
    place: str
    facts: ReleaseFacts
    attention: str
    """The count for a subject line."""
    summary: Summary
    trend: Trend
    standards: Standards
    second_readings: SecondReadingsSection | None
    self_assessment: SelfAssessment | None
    reasons: Reasons | None
    quality: Quality
    revisions: Revisions | None
    """None in the first release of a month."""
    actions: Actions | None
    """None where none was raised yet."""
    standing: str
    """Whether the figures may still move, and have been revised."""
    provisional: str
    """` [p]` where they may, to stand behind what a figure is of."""

    @property
    def nouns(self) -> words.Nouns:
        return self.facts.collection.words

    @property
    def period(self) -> Period:
        return self.facts.period

    @property
    def marking(self) -> str:
        return self.facts.collection.marking

    @property
    def title(self) -> str:
        return f"{self.facts.collection.title}, {self.period.title}"


@dataclass(frozen=True)
class NationalPage(Page):
    owners: Owners | None
    multiples: Multiples | None
    areas: Areas
    funnel: Funnel | None
    matrix: Matrix | None


@dataclass(frozen=True)
class AreaPage(Page):
    status: ReturnStatus
    result: str
    """What became of the Area's return."""
    steps: tuple[str, ...]
    beside: Beside
    checks: str
    """Which page lists its unmet checks; empty where there are none."""


def national(measured: Measured) -> NationalPage:
    """What does the nation's page say?"""
    of_areas, of_standards, nouns = areas(measured), standards(measured, NATION, MONTH), measured.facts.collection.words
    return NationalPage(
        edition=NATION,
        place="All Areas",
        facts=measured.facts,
        attention=national_attention(measured),
        summary=national_summary(measured, of_areas),
        trend=trend(measured, NATION),
        standards=of_standards,
        second_readings=second_readings(measured, NATION),
        self_assessment=self_assessment(measured, NATION),
        reasons=reasons(measured, NATION),
        quality=quality(measured),
        revisions=revisions(measured, NATION),
        actions=actions(measured.facts, NATION),
        **standing(measured),
        owners=owners(of_standards, nouns),
        multiples=multiples(of_standards, nouns),
        areas=of_areas,
        funnel=funnel(measured),
        matrix=matrix(measured),
    )


def of_area(measured: Measured, code: str) -> AreaPage:
    """What does this Area's page say? Of other Areas it holds no more than the nation's figures."""
    facts, status = measured.facts, measured.status(code)
    return AreaPage(
        edition=code,
        place=status.area.name,
        facts=facts,
        attention=area_attention(measured, status),
        summary=area_summary(measured, status),
        trend=trend(measured, code),
        standards=standards(measured, code, QUARTER),
        second_readings=second_readings(measured, code),
        self_assessment=self_assessment(measured, code),
        reasons=reasons(measured, code),
        quality=own_quality(measured, status),
        revisions=revisions(measured, code),
        actions=actions(facts, code),
        **standing(measured),
        status=status,
        result=words.return_sentence(status, facts.period),
        steps=words.next_steps(status, facts.period, *_deadlines(facts, status), facts.collection.contact),
        beside=beside(measured, status),
        checks=checks_note(measured, code),
    )


def standing(measured: Measured) -> dict[str, str]:
    """Whether the figures may still move, and have been revised: the two values of a page that say so."""
    until = measured.provisional_until
    return {
        "standing": words.standing(until, measured.facts.replaces is not None),
        "provisional": " [p]" if until else "",
    }


def _deadlines(facts: ReleaseFacts, status: ReturnStatus) -> tuple[str, tuple[Period, str] | None]:
    """By when this return is due, and the next period that the Area owes with its deadline."""
    calendar = facts.collection.calendar
    coming = facts.period.plus(1)
    while coming in facts.collection.not_collected:
        coming = coming.plus(1)
    following = (coming, words.deadline(due(calendar, coming))) if status.area.owes(coming) else None
    return words.deadline(due(calendar, facts.period)), following
