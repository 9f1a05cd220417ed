"""The lists of all periods as they come and go, and the answers to the questions of the lifecycle (S-17)."""

from giants.domain.registry.lists import ProgrammeList
from giants.domain.registry.proof import (
    NOTHING_PROVEN,
    Answer,
    Contradiction,
    Period,
    PeriodProof,
    Question,
    period_of,
    prove,
    total_of,
)
from schemas.base import AuthorityCode


class Ledger:
    """The lists in force by period and authority; what they prove is computed when it is asked for."""

    def __init__(self) -> None:
        self._lists: dict[Period, dict[AuthorityCode | None, dict[str, ProgrammeList]]] = {}
        self._proofs: dict[Period, PeriodProof] = {}
        self._answers: dict[Period, dict[AuthorityCode | None, Answer]] = {}

    def put(self, programme_list: ProgrammeList) -> None:
        """Add a list."""
        if (period := period_of(programme_list)) is not None:
            of_authority = self._lists.setdefault(period, {}).setdefault(programme_list.authority, {})
            of_authority[programme_list.key] = programme_list
            self._forget_answers(period)

    def drop(self, programme_list: ProgrammeList) -> None:
        """Take a list away that was added."""
        if (period := period_of(programme_list)) is not None:
            del self._lists[period][programme_list.authority][programme_list.key]
            self._forget_answers(period)

    def ask(self, question: Question) -> Answer:
        """Answer one question; the same again costs nothing until a list of the period comes."""
        period, authority = question
        answers = self._answers.setdefault(period, {})
        if authority not in answers:
            answers[authority] = self.proof(period).answer(authority)
        return answers[authority]

    def contradiction(self, period: Period) -> Contradiction | None:
        """Why the complete lists of a period do not fit its total; None where they do."""
        return self.proof(period).contradiction

    def total(self, period: Period) -> int | None:
        """How many the period has in all, by the best list that says so."""
        stated = total_of(one for by_key in self._lists.get(period, {}).values() for one in by_key.values())
        return stated.total if stated else None

    def proof(self, period: Period) -> PeriodProof:
        """What the lists of a period prove."""
        if period not in self._proofs:
            lists = {authority: by_key.values() for authority, by_key in self._lists.get(period, {}).items()}
            self._proofs[period] = prove(period.act, lists) if lists else NOTHING_PROVEN
        return self._proofs[period]

    def _forget_answers(self, period: Period) -> None:
        self._proofs.pop(period, None)
        self._answers.pop(period, None)
