"""When a company has to be looked at again: which complete lists bear on it, and when its calendar moves."""

from collections.abc import Iterable
from datetime import date

from giants.domain.lifecycle import Evidence, Gap
from giants.domain.registry.ledger import Ledger
from giants.domain.registry.proof import Act, Answer, Period, Question
from schemas.base import AuthorityCode


class Inquiry:
    """The complete lists as one company asks for them; remembers what was asked."""

    __slots__ = ("_ledger", "asked")

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.asked: set[Question] = set()

    def final_designations(self, batch: int, authority: AuthorityCode | None) -> Evidence | None:
        """See `giants.domain.lifecycle.CompleteLists`."""
        return self._ask(Question(Period(Act.DESIGNATION, batch), authority)).proof

    def reviews(self, review_year: int, authority: AuthorityCode | None) -> Evidence | None:
        """See `giants.domain.lifecycle.CompleteLists`."""
        return self._ask(Question(Period(Act.REVIEW, review_year), authority)).proof

    def review_gap(self, review_year: int, authority: AuthorityCode | None) -> Gap | None:
        """See `giants.domain.lifecycle.CompleteLists`."""
        return self._ask(Question(Period(Act.REVIEW, review_year), authority)).gap

    def _ask(self, question: Question) -> Answer:
        self.asked.add(question)
        return self._ledger.ask(question)


class Agenda:
    """Companies by the questions that they asked, and by the day on which their calendar moves."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[frozenset[Question], date | None]] = {}
        self._askers: dict[Question, set[str]] = {}
        self._questions: dict[Period, set[Question]] = {}
        self._wakes: dict[date, set[str]] = {}

    def note(self, company_id: str, asked: Iterable[Question], wakes_on: date | None) -> None:
        """Note a company, in place of what was noted of it."""
        self.forget(company_id)
        questions = frozenset(asked)
        self._noted[company_id] = questions, wakes_on
        for question in questions:
            self._askers.setdefault(question, set()).add(company_id)
            self._questions.setdefault(question.period, set()).add(question)
        if wakes_on is not None:
            self._wakes.setdefault(wakes_on, set()).add(company_id)

    def forget(self, company_id: str) -> None:
        """Strike a company out."""
        questions, wakes_on = self._noted.pop(company_id, (frozenset[Question](), None))
        for question in questions:
            self._askers[question].discard(company_id)
        if wakes_on is not None:
            self._wakes[wakes_on].discard(company_id)
            if not self._wakes[wakes_on]:
                del self._wakes[wakes_on]

    def questions(self, period: Period) -> frozenset[Question]:
        """Questions that were asked of a period."""
        return frozenset(self._questions.get(period, ()))

    def askers(self, question: Question) -> frozenset[str]:
        """Companies for which the answer to a question matters."""
        return frozenset(self._askers.get(question, ()))

    def woken_by(self, day: date) -> set[str]:
        """Companies whose calendar has moved when a day begins."""
        return {company for due, companies in self._wakes.items() if due <= day for company in companies}
