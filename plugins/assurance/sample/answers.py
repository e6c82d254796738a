"""What is answered of a made-up case, why, and in which words? And what was answered before a second look?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from random import Random

from assurance.catalogue import Collection
from assurance.due import computed_answer, due_date
from assurance.model import ADVERSE, NOT_APPLICABLE, Period, Scale, Standard
from assurance.sample.case_plan import AnswerPlan, CasePlan
from assurance.sample.draws import Allowed, Case, Draw, Register, allowed, by_weight, day_of, fits
from assurance.sample.truth import CaseWorld

SHORT_OF_MET = ("PM", "NM", "N")
"""The answers for which a reason is given."""


@dataclass(frozen=True)
class Question:
    """One standard that is asked of a case, and what is true of it."""

    code: str
    timely: bool
    best: str
    middle: str | None
    worst: str
    plan: AnswerPlan
    when: Allowed
    removable: str | None
    """The evidence column, where it may be empty and nothing else is counted from it."""

    def answer(self, case: Case, draw: Draw) -> str:
        """The answer to a question that no dates decide."""
        chance = draw.chance.random
        if self.when and fits(case, self.when):
            return NOT_APPLICABLE
        if self.plan.not_applicable and chance() < self.plan.not_applicable:
            return NOT_APPLICABLE
        if chance() < draw.rates[self.code]:
            return self.best
        return self.middle if self.middle and chance() < self.plan.partly else self.worst


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to the standards of a world."""

    world: CaseWorld

    @property
    def collection(self) -> Collection:
        return self.world.collection

    @property
    def plan(self) -> CasePlan:
        return self.world.plan

    def give(self, case: Case, period: Period, draw: Draw, register: Register) -> None:
        """Answer what is asked of the case, with reasons and a remark where they belong."""
        adverse = self._answer(case, self._questions(case, period), draw, register)
        self._give_reasons(case, draw)
        self._remark(case, adverse, draw.chance)

    def first_thoughts(self, case: Case, period: Period, chance: Random) -> tuple[Case, str] | None:
        """The case as it was before a second look at one answer or date, and the column in which it differs.

        None where there is nothing to think twice about.
        """
        reasoned = self.collection.reasons.standard if self.collection.reasons else None
        questions = list(self._questions(case, period))
        chance.shuffle(questions)
        for question in questions:
            answer = case[question.code]
            if question.timely:
                if answer == question.best and question.removable in case:
                    return self._without_date(case, question, chance), question.removable
            elif answer != NOT_APPLICABLE and question.code != reasoned:
                other = question.worst if answer == question.best else question.best
                return self._remarked({**case, question.code: other}, period, chance), question.code
        return None

    def _answer(self, case: Case, questions: Sequence[Question], draw: Draw, register: Register) -> list[str]:
        """Answer every question of the case; the codes of those answered as not met."""
        adverse = []
        as_of, sent = (
            day_of(case, self.collection.cases.as_of or ""),
            day_of(case, self.collection.cases.version_by or ""),
        )
        for question in questions:
            if question.timely and as_of:
                answer = self._timely(case, question, draw, register[question.code], as_of, sent)
            else:
                answer = question.answer(case, draw)
            case[question.code] = answer
            if answer in ADVERSE:
                adverse.append(question.code)
        return adverse

    def _timely(
        self, case: Case, question: Question, draw: Draw, standard: Standard, as_of: date, sent: date | None
    ) -> str:
        """What the Area declares: what the dates say, or, at times, that it was met all the same."""
        versions, removable = self.collection.versions, question.removable
        if removable and (done := day_of(case, removable)):
            due = due_date(standard, versions, case, sent)
            # What is not due on the day of the assessment has no date yet. Were the early ones told, all of these
            # would be met, and the rate of what is counted would not be the true one.
            if done > as_of or (due is not None and due >= as_of):
                del case[removable]
        answer = computed_answer(standard, versions, case, as_of, sent)
        if answer == question.worst and draw.chance.random() < draw.claimed[question.code]:
            return question.best
        if answer == question.best and draw.chance.random() < self.plan.claimed.denied:
            return question.worst
        return answer

    def _give_reasons(self, case: Case, draw: Draw) -> None:
        """Why the standard of the reasons was not fully met, and what the partner says of it."""
        entry, plan = self.collection.reasons, self.plan.failures
        if entry is None or plan is None or case.get(entry.standard) not in SHORT_OF_MET:
            return
        reason, chance = by_weight(plan.weights), draw.chance.random
        codes = {reason(draw.chance)}
        while len(codes) < plan.most and chance() < plan.more:
            codes.add(reason(draw.chance))
        case[entry.column] = ";".join(code for code in plan.weights if code in codes)
        if entry.disputed:
            disputed = chance() < plan.disputed
            case[entry.disputed] = "Y" if disputed else "N"
            if entry.accepted and disputed:
                case[entry.accepted] = "Y" if chance() < plan.accepted else "N"

    def _remark(self, case: Case, adverse: Sequence[str], chance: Random) -> None:
        """A remark with what is not met, and at times with what is."""
        plan, column = self.plan.remarks, self._text
        if plan is None or column is None:
            return
        if adverse:
            case[column] = chance.choice(plan.by_standard.get(chance.choice(adverse), plan.otherwise))
        elif chance.random() < plan.share:
            case[column] = chance.choice(plan.asides)

    def _remarked(self, case: Case, period: Period, chance: Random) -> Case:
        """The case with a remark that goes with its answers."""
        questions = self._questions(case, period)
        adverse = [question.code for question in questions if case[question.code] in ADVERSE]
        bare = {column: value for column, value in case.items() if column != self._text}
        self._remark(bare, adverse, chance)
        return bare

    def _without_date(self, case: Case, question: Question, chance: Random) -> Case:
        """The case before the date was found: nobody could say that it had been done."""
        bare = {column: value for column, value in case.items() if column not in (question.removable, self._text)}
        bare[question.code] = question.worst
        self._remark(bare, [question.code], chance)
        return bare

    @cached_property
    def _text(self) -> str | None:
        return self.collection.column_of("text").name if self.collection.has_column("text") else None

    def _questions(self, case: Case, period: Period) -> tuple[Question, ...]:
        """The standards asked at the sample point of a case, in the order of the register."""
        return _questions(self.world, str(case.get(self.collection.cases.point or "", "")), period)


@cache
def _questions(world: CaseWorld, point: str, period: Period) -> tuple[Question, ...]:
    collection = world.collection
    starts = {version.due.start for version in collection.standards if version.due}
    required = {column.name for column in collection.columns if column.required}
    asked = (s for s in collection.standards_in(period) if s.scale and s.asked_at in (None, point))
    return tuple(_question(standard, world.answers[standard.code], starts | required) for standard in asked)


def _question(standard: Standard, plan: AnswerPlan, kept: set[str]) -> Question:
    assert standard.scale is not None
    degrees = [a for a, counted in standard.scale.answers.items() if counted in ("met", "partly", "not_met")]
    return Question(
        code=standard.code,
        timely=standard.scale is Scale.TIMELY,
        best=degrees[0],
        middle=degrees[1] if len(degrees) > 2 else None,
        worst=degrees[-1],
        plan=plan,
        when=allowed(plan.not_applicable_when),
        removable=standard.evidence if standard.evidence not in kept else None,
    )
