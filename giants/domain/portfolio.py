"""Which families belong to which companies: one partition's fold (C-03, C-13, design §5).

A family's companies are never stored. They follow from the assignments of its assignees' names, so that a
rename changes one record however many families carry the name, and a family that came before its company
simply waits here. A family counts once for a company however many of its names it carries.

A family that counts under another of the same invention stays here and counts for nobody, as a withdrawn one
does; which one that is comes from `giants.domain.inventions`, that is told what a family claims.
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple, Protocol

import msgspec

from giants.domain.events import Assignments, CauseKind, Claims, CountedUnder, Delta, Family, Origin
from giants.domain.family_record import Assignees, FamilyRecord


class AssigneeIndex(Protocol):
    """Which families carry a lookup key."""

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        """Note the assignees of a family, and what they were before (None: it is new)."""

    def of(self, key: str) -> Iterable[str]:
        """The families that carry a key, in any order."""


@dataclass(slots=True)
class Portfolio:
    """State of one partition: families by id, the index of their names, and companies by lookup key.

    How they are kept is up to who gives them.
    """

    families: MutableMapping[str, FamilyRecord]
    assignee_index: AssigneeIndex
    companies: MutableMapping[str, str] = field(default_factory=dict)

    def keep_family(self, family_id: str, record: FamilyRecord) -> None:
        """Put a record in, and index it."""
        known = self.families.get(family_id)
        before = known.assignees if known is not None else None
        if before != record.assignees:
            self.assignee_index.carry(family_id, before, record.assignees)
        self.families[family_id] = record

    def assign(self, key: str, company_id: str | None) -> None:
        """Let a lookup key belong to a company, or to none."""
        if company_id is None:
            self.companies.pop(key, None)
        else:
            self.companies[intern(key)] = intern(company_id)

    def apply_family(self, event: Family, claims: list[Claims] | None = None) -> list[Delta]:
        """Take a family update; an older or known version changes nothing.

        Where `claims` are asked for, those of the family are added.
        """
        known = self.families.get(event.family_id)
        if known is not None and (known.version, known.digest) >= (event.version, event.digest):
            return []
        record = FamilyRecord(
            event.version,
            event.digest,
            event.assignees,
            event.symbols,
            event.withdrawn,
            event.filed_year,
            event.publications,
            "" if known is None else known.counted_under,
        )
        self.keep_family(event.family_id, record)
        if claims is not None and (event.publications or (known is not None and known.publications)):
            claims.append(_claims(event, () if known is None else known.claimed, record.claimed))
        before, after = () if known is None else self._owners(known), self._owners(record)
        if known is None or not before:
            return [_delta(event, company_id, None, record) for company_id in after]
        same = known.symbols == record.symbols and known.filed_year == record.filed_year
        return [
            _delta(
                event,
                company_id,
                known if company_id in before else None,
                record if company_id in after else None,
            )
            for company_id in sorted({*before, *after})
            if not (same and company_id in before and company_id in after)
        ]

    def companies_between(self, event: Assignments) -> set[str]:
        """The companies between which keys are about to change hands: the same in every partition."""
        moving = [(self.companies.get(key), company_id) for key, company_id in event.companies.items()]
        return {one for before, after in moving if before != after for one in (before, after) if one}

    def apply_assignments(self, event: Assignments, part_of: int = -1) -> list[Delta]:
        """Take assignments and look again at the families that carry a key which changed hands.

        `part_of` is the offset of the programme fact that they follow from.
        """
        changed = {
            key: company_id
            for key, company_id in event.companies.items()
            if self.companies.get(key) != company_id
        }
        touched = sorted({family_id for key in changed for family_id in self.assignee_index.of(key)})
        before = {family_id: self._owners(self.families[family_id]) for family_id in touched}
        for key, company_id in changed.items():
            self.assign(key, company_id)
        cause = _Cause(event.cause_kind, event.cause_ref, event.origin, part_of)
        return [delta for family_id in touched for delta in self._moves(family_id, before[family_id], cause)]

    def apply_counted_under(self, event: CountedUnder) -> list[Delta]:
        """Let a family count under another one, or by itself again."""
        known = self.families[event.family_id]
        before = self._owners(known)
        self.families[event.family_id] = msgspec.structs.replace(known, counted_under=event.under)
        cause = _Cause("family", event.cause_ref, event.origin, -1)
        return list(self._moves(event.family_id, before, cause))

    def _moves(self, family_id: str, before: Sequence[str], cause: "_Cause") -> Iterator[Delta]:
        record = self.families[family_id]
        for company_id in sorted({*before} ^ {*self._owners(record)}):
            left = company_id in before
            yield Delta(
                company_id,
                family_id,
                record.version,
                record.symbols if left else None,
                None if left else record.symbols,
                cause.kind,
                cause.ref,
                cause.origin,
                record.filed_year if left else 0,
                0 if left else record.filed_year,
                cause.part_of,
            )

    def _owners(self, record: FamilyRecord) -> Sequence[str]:
        """Companies of a family, each once."""
        if record.withdrawn or record.counted_under:
            return ()
        companies = self.companies
        owners: list[str] = []
        for keys in record.assignees:
            for key in keys:
                company_id = companies.get(key)
                if company_id is not None:
                    if company_id not in owners:
                        owners.append(company_id)
                    break
        owners.sort()
        return owners


class _Cause(NamedTuple):
    """Why families move that did not change themselves."""

    kind: CauseKind
    ref: str
    origin: Origin
    part_of: int


def _claims(event: Family, before: tuple[str, ...], after: tuple[str, ...]) -> Claims:
    left = tuple(sorted({*before}.difference(after))) if before else ()
    cause_ref = f"{event.family_id}@{event.version}"
    return Claims(event.family_id, event.version, after, left, cause_ref, event.origin)


def _delta(event: Family, company_id: str, before: FamilyRecord | None, after: FamilyRecord | None) -> Delta:
    return Delta(
        company_id,
        event.family_id,
        event.version,
        before.symbols if before is not None else None,
        after.symbols if after is not None else None,
        "family",
        f"{event.family_id}@{event.version}",
        event.origin,
        before.filed_year if before is not None else 0,
        after.filed_year if after is not None else 0,
    )
