"""What the lists of one batch or review year prove, and why they prove nothing (S-17, P-13, design §2.2).

A *period* is a batch or a review year. For each period and authority there may be several lists; an
authority with a confirmed zero has a complete list without names. A list proves that whom it lacks is absent
while it does not contradict itself and the lists of its period do not contradict the total that is known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from giants.domain.lifecycle import Evidence, Gap, GapReason
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


class Answer(NamedTuple):
    """The proof, or what is missing for one."""

    proof: Evidence | None
    gap: Gap | None


ListsOfPeriod = Mapping[AuthorityCode | None, Iterable[ProgrammeList]]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Lists of a period that do not add up to the total that is known; `ref` is the list that states it."""

    detail: str
    ref: str
    concerns_national: bool
    concerns_authorities: bool


@dataclass(frozen=True, slots=True)
class PeriodProof:
    """What the lists of a period prove for each authority; None stands for national lists.

    `proving` holds the list that proves the absence of whom it lacks, `bearing` the lists that count.
    """

    proving: Mapping[AuthorityCode | None, ProgrammeList]
    bearing: Mapping[AuthorityCode | None, tuple[ProgrammeList, ...]]
    contradiction: Contradiction | None

    def proof(self, authority: AuthorityCode | None) -> Evidence | None:
        """The evidence of one authority's lists, or of the national ones."""
        found = self.proving.get(authority)
        return None if found is None or self._is_contradicted(authority) else found.evidence

    def proves(self, one: ProgrammeList) -> bool:
        """Whether a list of the period proves that whom it lacks is absent."""
        is_bearing = any(one is other for other in self.bearing.get(one.authority, ()))
        return is_bearing and one.proves_absence and not self._is_contradicted(one.authority)

    def doubt_about(self, one: ProgrammeList) -> str | None:
        """Why a list of the period proves nothing although nothing is wrong with it alone."""
        if self.contradiction is None or not self._is_contradicted(one.authority):
            return None
        return self.contradiction.detail

    def answer(self, authority: AuthorityCode | None) -> Answer:
        """The best proof that a company of an authority would be listed, or what is missing for one."""
        if authority is not None:
            own = self.proof(authority)
        else:
            own = _taken_together([self.proof(one) for one in ALL_AUTHORITIES])
        proofs = [one for one in (own, self.proof(None)) if one is not None]
        best = min(proofs, key=lambda evidence: (evidence.weight, evidence.on, evidence.ref), default=None)
        return Answer(best, None if best else self._gap(authority))

    def _gap(self, authority: AuthorityCode | None) -> Gap:
        # Of a company without authority the lists of all authorities bear; only national ones are named.
        authorities = dict.fromkeys((authority, None))
        lists = [one for each in authorities for one in self.bearing.get(each, ())]
        lists.sort(key=lambda one: (one.evidence.weight, one.evidence.on, one.evidence.ref))
        doubtful = next((one for one in lists if one.complete and one.doubt), None)
        if doubtful is not None:
            return Gap(GapReason.LIST_CONTRADICTS_ITSELF, doubtful.evidence.ref)
        if self.contradiction and (authority is None or any(map(self._is_contradicted, authorities))):
            return Gap(GapReason.TOTAL_CONTRADICTS, self.contradiction.ref)
        if lists:
            return Gap(GapReason.LIST_NOT_COMPLETE, lists[0].evidence.ref)
        return Gap(GapReason.NO_LIST if authority is not None else GapReason.NOT_ALL_LISTS)

    def _is_contradicted(self, authority: AuthorityCode | None) -> bool:
        if self.contradiction is None:
            return False
        if authority is None:
            return self.contradiction.concerns_national
        return self.contradiction.concerns_authorities


NOTHING_PROVEN: Final = PeriodProof({}, {}, None)


def period_of(programme_list: ProgrammeList) -> Period | None:
    """The period whose completeness a list bears on; None for revocations and elevations."""
    if programme_list.batch is not None:
        return Period(Act.DESIGNATION, programme_list.batch)
    if programme_list.review_year is not None:
        return Period(Act.REVIEW, programme_list.review_year)
    return None


def prove(act: Act, lists: ListsOfPeriod) -> PeriodProof:
    """What the lists of one period prove."""
    bearing = {authority: tuple(_bearing(act, of_authority)) for authority, of_authority in lists.items()}
    proving = {
        authority: found
        for authority, of_authority in bearing.items()
        if (found := _proving_list(of_authority)) is not None
    }
    every = [one for of_authority in lists.values() for one in of_authority]
    return PeriodProof(proving, bearing, _contradiction(proving, every))


def total_of(lists: Iterable[ProgrammeList]) -> ProgrammeList | None:
    """The list whose word on the total of its period holds: the best class and stage, then the latest."""
    return min(
        (one for one in lists if one.total is not None),
        key=lambda one: (one.evidence.weight, -one.evidence.on.toordinal(), one.evidence.ref),
        default=None,
    )


def _bearing(act: Act, lists: Iterable[ProgrammeList]) -> Iterator[ProgrammeList]:
    """The lists whose completeness counts.

    A designation needs a complete final list. A review needs the final list to be complete where there is
    one of the same class, else the public notice.
    """
    by_class: dict[SourceClass, list[ProgrammeList]] = {}
    for one in lists:
        by_class.setdefault(one.evidence.source, []).append(one)
    for of_class in by_class.values():
        finals = [one for one in of_class if one.is_final]
        yield from finals if finals or act is Act.DESIGNATION else of_class


def _proving_list(bearing: Iterable[ProgrammeList]) -> ProgrammeList | None:
    """The list of the best class that proves anything, the earliest of several."""
    return min(
        (one for one in bearing if one.proves_absence),
        key=lambda one: (one.evidence.source.rank, one.evidence.on, one.evidence.ref),
        default=None,
    )


def _contradiction(
    proving: Mapping[AuthorityCode | None, ProgrammeList], lists: Iterable[ProgrammeList]
) -> Contradiction | None:
    """Whether complete lists fit the total of their period, as far as they can: some may be still to come."""
    stated = total_of(lists)
    if stated is None:
        return None
    total, ref = stated.total or 0, stated.evidence.ref
    statements = []
    national = proving.get(None)
    is_national = national is not None and national.count != total
    if national is not None and is_national:
        statements.append(f"the national list names {national.count}")
    counts = [one.count for authority, one in proving.items() if authority is not None]
    are_own = sum(counts) > total or (len(counts) == len(ALL_AUTHORITIES) and sum(counts) != total)
    if are_own:
        statements.append(f"the complete lists of {len(counts)} authorities name {sum(counts)}")
    if not statements:
        return None
    detail = f"{ref} says {total} companies in all, {' and '.join(statements)}"
    return Contradiction(detail, ref, is_national, are_own)


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
