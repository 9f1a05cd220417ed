"""Which lists are complete, and what their completeness proves (S-17, P-13).

A *period* is a batch or a review year. For each period and authority there may be several lists; an
authority with a confirmed zero has a complete list without names.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from giants.domain.lifecycle import Evidence
from giants.domain.registry.lists import ProgrammeList
from schemas.base import AuthorityCode, SourceClass, Stage

ALL_AUTHORITIES: Final = tuple(AuthorityCode)


class Act(StrEnum):
    """What the lists of a period do."""

    DESIGNATION = "designation"
    REVIEW = "review"


class Period(NamedTuple):
    """A batch, or a review year."""

    act: Act
    number: int


class Question(NamedTuple):
    """Is there proof that a company of this authority would be on the lists of this period?"""

    period: Period
    authority: AuthorityCode | None


def period_of(programme_list: ProgrammeList) -> Period | None:
    """The period whose completeness a list bears on; None for revocations and elevations."""
    if programme_list.batch is not None:
        return Period(Act.DESIGNATION, programme_list.batch)
    if programme_list.review_year is not None:
        return Period(Act.REVIEW, programme_list.review_year)
    return None


def proof_of(act: Act, lists: Iterable[ProgrammeList]) -> Evidence | None:
    """What the lists of one period and one authority prove; the best class that proves anything.

    A designation needs a complete final list. A review needs the final list to be complete where there
    is one, else the public notice.
    """
    by_class: dict[SourceClass, list[ProgrammeList]] = {}
    for one in lists:
        by_class.setdefault(one.evidence.source, []).append(one)
    for source in sorted(by_class, key=lambda source: source.rank):
        finals = [one for one in by_class[source] if one.is_final]
        bearing = finals if finals or act is Act.DESIGNATION else by_class[source]
        proofs = [one.evidence for one in bearing if one.complete]
        if proofs:
            return min(proofs, key=lambda evidence: (evidence.on, evidence.ref))
    return None


def answer(question: Question, proof: Callable[[AuthorityCode | None], Evidence | None]) -> Evidence | None:
    """The best proof that the lists had to hold a company: its authority's, all authorities', or national.

    `proof` gives what `proof_of` says for one authority of the period; None stands for national lists.
    """
    if question.authority is not None:
        own = proof(question.authority)
    else:
        own = _taken_together([proof(authority) for authority in ALL_AUTHORITIES])
    proofs = [one for one in (own, proof(None)) if one is not None]
    return min(proofs, key=lambda evidence: (evidence.weight, evidence.on, evidence.ref), default=None)


def _taken_together(proofs: Iterable[Evidence | None]) -> Evidence | None:
    """One proof from those of all authorities: as weak as the weakest, as late as the last."""
    known = []
    for proof in proofs:
        if proof is None:
            return None
        known.append(proof)
    last = max(known, key=lambda evidence: (evidence.on, evidence.ref))
    return Evidence(
        max((evidence.source for evidence in known), key=lambda source: source.rank),
        Stage.FINAL if all(evidence.stage is Stage.FINAL for evidence in known) else Stage.PUBLIC_NOTICE,
        last.on,
        last.ref,
    )


class Ledger:
    """The lists of all periods, kept up to date; answers the questions of the lifecycle."""

    def __init__(self) -> None:
        self._lists: dict[Period, dict[AuthorityCode | None, dict[str, ProgrammeList]]] = {}
        self._proofs: dict[Period, dict[AuthorityCode | None, Evidence | None]] = {}
        self._answers: dict[Period, dict[AuthorityCode | None, Evidence | None]] = {}

    def put(self, programme_list: ProgrammeList) -> None:
        """Add a list."""
        if (period := period_of(programme_list)) is not None:
            of_authority = self._lists.setdefault(period, {}).setdefault(programme_list.authority, {})
            of_authority[programme_list.key] = programme_list
            self._prove(period, programme_list.authority)

    def drop(self, programme_list: ProgrammeList) -> None:
        """Take a list away that was added."""
        if (period := period_of(programme_list)) is not None:
            del self._lists[period][programme_list.authority][programme_list.key]
            self._prove(period, programme_list.authority)

    def ask(self, question: Question) -> Evidence | None:
        """Answer one question; the same again costs nothing until a list of the period comes."""
        period, authority = question
        answers = self._answers.setdefault(period, {})
        if authority not in answers:
            proofs: Mapping[AuthorityCode | None, Evidence | None] = self._proofs.get(period, {})
            answers[authority] = answer(question, proofs.get)
        return answers[authority]

    def _prove(self, period: Period, authority: AuthorityCode | None) -> None:
        lists = self._lists[period][authority].values()
        self._proofs.setdefault(period, {})[authority] = proof_of(period.act, lists)
        self._answers.pop(period, None)
