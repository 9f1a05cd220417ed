"""Which families belong to which companies: one partition's fold (C-03, C-13, design §5).

A family's companies are never stored. They follow from the assignments of its assignees' names, so that a
rename changes one record however many families carry the name, and a family that came before its company
simply waits here. A family counts once for a company however many of its names it carries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern

import msgspec

from giants.domain.events import Assignments, Delta, Family


class FamilyRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is kept of a family."""

    version: int
    digest: int
    assignees: tuple[tuple[str, ...], ...]
    symbols: tuple[str, ...]
    withdrawn: bool
    filed_year: int = 0


@dataclass(slots=True)
class Portfolio:
    """State of one partition: families by id, companies by lookup key, and the index between them."""

    families: dict[str, FamilyRecord] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    _carriers: dict[str, set[str]] = field(default_factory=dict)

    def keep_family(self, family_id: str, record: FamilyRecord) -> None:
        """Put a record in, and index it."""
        record = _lean(record)
        known = self.families.get(family_id)
        if known is None or known.assignees != record.assignees:
            if known is not None:
                for key in _keys(known):
                    self._carriers[key].discard(family_id)
            for key in _keys(record):
                self._carriers.setdefault(key, set()).add(family_id)
        self.families[family_id] = record

    def assign(self, key: str, company_id: str | None) -> None:
        """Let a lookup key belong to a company, or to none."""
        if company_id is None:
            self.companies.pop(key, None)
        else:
            self.companies[intern(key)] = intern(company_id)

    def apply_family(self, event: Family) -> list[Delta]:
        """Take a family update; an older or known version changes nothing."""
        known = self.families.get(event.family_id)
        if known is not None and (known.version, known.digest) >= (event.version, event.digest):
            return []
        before = self._owners(known)
        record = FamilyRecord(
            event.version, event.digest, event.assignees, event.symbols, event.withdrawn, event.filed_year
        )
        self.keep_family(event.family_id, record)
        after = self._owners(record)
        return [
            Delta(
                company_id,
                event.family_id,
                event.version,
                known.symbols if known is not None and company_id in before else None,
                record.symbols if company_id in after else None,
                "family",
                f"{event.family_id}@{event.version}",
                event.origin,
                known.filed_year if known is not None and company_id in before else 0,
                record.filed_year if company_id in after else 0,
            )
            for company_id in sorted(before | after)
            if not (
                known
                and company_id in before
                and company_id in after
                and known.symbols == record.symbols
                and known.filed_year == record.filed_year
            )
        ]

    def apply_assignments(self, event: Assignments) -> list[Delta]:
        """Take assignments and look again at the families that carry a key which changed hands."""
        changed = {
            key: company_id
            for key, company_id in event.companies.items()
            if self.companies.get(key) != company_id
        }
        touched = sorted({family_id for key in changed for family_id in self._carriers.get(key, ())})
        before = {family_id: self._owners(self.families[family_id]) for family_id in touched}
        for key, company_id in changed.items():
            self.assign(key, company_id)
        return [delta for family_id in touched for delta in self._moves(family_id, before[family_id], event)]

    def _moves(self, family_id: str, before: set[str], event: Assignments) -> Iterator[Delta]:
        record = self.families[family_id]
        for company_id in sorted(before ^ self._owners(record)):
            left = company_id in before
            yield Delta(
                company_id,
                family_id,
                record.version,
                record.symbols if left else None,
                None if left else record.symbols,
                event.cause_kind,
                event.cause_ref,
                event.origin,
                record.filed_year if left else 0,
                0 if left else record.filed_year,
            )

    def _owners(self, record: FamilyRecord | None) -> set[str]:
        if record is None or record.withdrawn:
            return set()
        companies = self.companies
        owners = set()
        for keys in record.assignees:
            for key in keys:
                company_id = companies.get(key)
                if company_id is not None:
                    owners.add(company_id)
                    break
        return owners


def _lean(record: FamilyRecord) -> FamilyRecord:
    """The record, with each name and symbol held once in the process and not once for each family."""
    return FamilyRecord(
        record.version,
        record.digest,
        tuple([tuple(map(intern, keys)) for keys in record.assignees]),
        tuple(map(intern, record.symbols)),
        record.withdrawn,
        record.filed_year,
    )


def _keys(record: FamilyRecord) -> Iterable[str]:
    return {key for keys in record.assignees for key in keys}
