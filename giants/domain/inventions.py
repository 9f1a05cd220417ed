"""One invention counts once: families that share publications are records of one (C-03).

Families and publications form a graph, of which only publications that several families claim come here.
What hangs together is one invention, also where two families share nothing with each other but both with a
third. The record of the newest version counts, of equal ones that of the greatest id, and the rest count
under it. Records that hang together in greater number than `INVENTION_FAMILIES_MAX` are no invention: there a
number stands for something else, and each counts by itself.

What is told depends on the claims alone, not on their order. A claim that changes costs as much as the
invention is large, and not more than the limit.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from giants.domain.events import CountedUnder, Origin, SharedClaim
from giants.domain.registry.findings import Finding, FindingCode, Severity

INVENTION_FAMILIES_MAX: Final = 50
PUBLICATIONS_NAMED_MAX: Final = 3
CODES: Final = frozenset({FindingCode.SAME_INVENTION, FindingCode.PUBLICATION_SHARED_WIDELY})
_replace: Final = msgspec.structs.replace


class Verdict(msgspec.Struct, array_like=True, frozen=True):
    """What was told of a family: under which it counts and by which publications, as of when.

    `under` is empty where the family hangs together with too many. `is_direct`: it shares these publications
    with that family itself, and not only with others of the invention.
    """

    under: str
    publications: tuple[str, ...]  # the first of them
    shared: int  # how many there are
    is_direct: bool
    at_ms: int = 0


class Record(msgspec.Struct):
    """A family as a record of an invention: versions of its claims, by publication, and what was told."""

    claims: dict[str, int] = msgspec.field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def version(self) -> int:
        """The newest version: claims that are on their way are of an older one."""
        return max(self.claims.values(), default=0)


@dataclass(slots=True)
class Moved:
    """What a frame of claims leads to."""

    verdicts: list[CountedUnder] = field(default_factory=list)
    # What is told of families no more, and what is from now on.
    settled: list[tuple[str, Verdict]] = field(default_factory=list)
    raised: list[tuple[str, Verdict]] = field(default_factory=list)
    claims: dict[tuple[str, str], int] = field(default_factory=dict)  # family, publication; with the instant
    families: dict[str, int] = field(default_factory=dict)  # whose verdict changed, with the instant


class Inventions:
    """All families that share a publication with another one."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self._claimed_by: dict[str, set[str]] = {}  # families by publication

    def restore_claim(self, family_id: str, publication: str, version: int | None) -> None:
        """Set a claim, None where it is gone."""
        self._put(family_id, publication, version)
        self._drop_empty(family_id)

    def restore_verdict(self, family_id: str, verdict: Verdict | None) -> None:
        """Set what was told of a family, None where nothing is."""
        self.records.setdefault(family_id, Record()).verdict = verdict
        self._drop_empty(family_id)

    def apply(self, claims: Iterable[SharedClaim]) -> Moved:
        """Take claims that came, changed or went, and judge every family that they bear upon."""
        moved = Moved()
        causes: dict[str, SharedClaim] = {}
        for claim in claims:
            touched = self._neighbours(claim)
            self._put(claim.family_id, claim.publication, claim.version)
            touched |= self._neighbours(claim)
            causes.update(dict.fromkeys(touched, claim))
            moved.claims[claim.family_id, claim.publication] = claim.origin.at_ms
        judged: dict[str, Verdict | None] = {}
        for family_id in sorted(causes):
            if family_id not in judged:
                judged.update(self._judge(family_id))
            self._update(family_id, judged[family_id], causes[family_id], moved)
        return moved

    def _put(self, family_id: str, publication: str, version: int | None) -> None:
        record = self.records.setdefault(family_id, Record())
        if version is not None:
            record.claims[publication] = version
            self._claimed_by.setdefault(publication, set()).add(family_id)
        elif record.claims.pop(publication, None) is not None:
            families = self._claimed_by[publication]
            families.discard(family_id)
            if not families:
                del self._claimed_by[publication]

    def _drop_empty(self, family_id: str) -> None:
        record = self.records[family_id]
        if not record.claims and record.verdict is None:
            del self.records[family_id]

    def _neighbours(self, claim: SharedClaim) -> set[str]:
        """The family of a claim, and all of its invention and of that of its publication."""
        claimed_by = self._claimed_by.get(claim.publication, ())
        other = next((one for one in claimed_by if one != claim.family_id), None)
        found = {claim.family_id, *self._together(claim.family_id)}
        return found if other is None or other in found else found.union(self._together(other))

    def _together(self, family_id: str) -> set[str]:
        """The families of one invention; none where they are too many."""
        found, waiting = {family_id}, [family_id]
        while waiting:
            record = self.records.get(waiting.pop())
            for publication in record.claims if record is not None else ():
                for other in self._claimed_by[publication]:
                    if other not in found:
                        found.add(other)
                        waiting.append(other)
                        if len(found) > INVENTION_FAMILIES_MAX:
                            return set()
        return found

    def _judge(self, family_id: str) -> Iterator[tuple[str, Verdict | None]]:
        """Of each family of an invention the one that it counts under; of the newest nothing."""
        together = self._together(family_id)
        if not together:
            yield family_id, _verdict("", self.records[family_id].claims, is_direct=False)
            return
        newest = max(together, key=lambda one: (self.records[one].version, one))
        winner = self.records[newest].claims.keys()
        for one in together:
            claims = self.records[one].claims.keys()
            shared = claims & winner
            yield (
                one,
                None if one == newest else _verdict(newest, shared or claims, is_direct=bool(shared)),
            )

    def _update(self, family_id: str, verdict: Verdict | None, cause: SharedClaim, moved: Moved) -> None:
        record, at_ms = self.records[family_id], cause.origin.at_ms
        known = record.verdict
        if _under(known) != _under(verdict):
            moved.verdicts.append(CountedUnder(family_id, _under(verdict), cause.cause_ref, cause.origin))
        if (known and _replace(known, at_ms=0)) != verdict:
            record.verdict = verdict and _replace(verdict, at_ms=at_ms)
            moved.families[family_id] = at_ms
            if known is not None:
                moved.settled.append((family_id, known))
            if record.verdict is not None:
                moved.raised.append((family_id, record.verdict))
        self._drop_empty(family_id)


def finding_of(family_id: str, verdict: Verdict) -> Finding:
    """The finding that tells what was found out about a family; `ref` is the family that it counts under."""
    more = verdict.shared - len(verdict.publications)
    shares = f"{family_id} shares {', '.join(verdict.publications)}" + (f" and {more} more" if more else "")
    under = verdict.under
    if not under:
        code = FindingCode.PUBLICATION_SHARED_WIDELY
        detail = (
            f"{shares} with families that hang together with more than {INVENTION_FAMILIES_MAX}: "
            "that is no invention, and each counts by itself"
        )
        return Finding(code, Severity.WARNING, family_id, detail, family_id)
    through = (
        f"{under}, whose record is the newest, and"
        if verdict.is_direct
        else (f"others of the same invention, of which {under} is the newest record, and")
    )
    detail = f"{shares} with {through} counts under it"
    return Finding(FindingCode.SAME_INVENTION, Severity.INFO, family_id, detail, under)


def counted_under(families: Mapping[str, tuple[int, Iterable[str]]]) -> dict[str, str]:
    """Of families at once, by id with version and identifying publications: which count under which."""
    claimed_by: dict[str, list[str]] = {}
    for family_id, (_, publications) in families.items():
        for publication in publications:
            claimed_by.setdefault(publication, []).append(family_id)
    moved = Inventions().apply(
        SharedClaim(publication, family_id, families[family_id][0], "", Origin(0))
        for publication, ids in claimed_by.items()
        if len(ids) > 1
        for family_id in ids
    )
    return {verdict.family_id: verdict.under for verdict in moved.verdicts}


def _under(verdict: Verdict | None) -> str:
    return "" if verdict is None else verdict.under


def _verdict(under: str, publications: Iterable[str], *, is_direct: bool) -> Verdict:
    numbers = sorted(publications)
    return Verdict(under, tuple(numbers[:PUBLICATIONS_NAMED_MAX]), len(numbers), is_direct)
