"""What analysts add to companies: tags of the six categories and links to records of others (A-00, K-01).

A record names its company by id or by any of its names, and is found by that as a patent family is found by
its assignee: it follows renames and merges, and one that came before its company waits. Nothing here is ever
inferred (A-07): a company without records has no tags.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from giants.domain.names import lookup_keys
from giants.domain.registry.dossier import Dossier
from schemas.changes import CompanyLink, CompanyTag
from schemas.facts import LinkRecord, TagRecord

NoteFact = TagRecord | LinkRecord
# A snapshot holds its notes whole, and has to fit one record: 100 of them with the longest texts do.
NOTES_OF_COMPANY_MAX: Final = 100
_COMPANY_ID: Final = re.compile(r"lg-[0-9a-f]{16}")
_BY_ID: Final = "#"


def note_keys(fact: NoteFact) -> tuple[str, ...]:
    """The keys under which the company of a record is looked up, most specific first."""
    if _COMPANY_ID.fullmatch(fact.company):
        return (_BY_ID + fact.company,)
    return lookup_keys(fact.company)


def id_keys(dossier: Dossier | None) -> frozenset[str]:
    """The keys of a company's ids: its own, and those that were merged into it."""
    if dossier is None:
        return frozenset()
    return frozenset(_BY_ID + id_ for id_ in (dossier.company_id, *dossier.merged_from))


def note_ref(fact: NoteFact) -> str:
    """`record_id@revision`."""
    return f"{fact.record_id}@{fact.revision}"


def newest_first(facts: Iterable[NoteFact]) -> tuple[NoteFact, ...]:
    """Records in the order in which they are shown, so that nothing depends on the order of arrival."""
    return tuple(sorted(facts, key=lambda fact: (-fact.on.toordinal(), fact.record_id)))


def note_about(fact: NoteFact) -> str:
    """What a record says in one code: the category of a tag, the kind of record of a link."""
    return fact.category.value if isinstance(fact, TagRecord) else fact.record.value


def note_substance(fact: NoteFact) -> tuple[object, ...]:
    """All that a reader is told by a record: a revision that changes none of it is no news."""
    if isinstance(fact, TagRecord):
        return fact.category, fact.evidence, fact.url, fact.author, fact.on
    return fact.record, fact.title, fact.url, fact.source, fact.on


def tag_of(fact: TagRecord) -> CompanyTag:
    """A tag as messages carry it."""
    return CompanyTag(
        record_id=fact.record_id,
        ref=note_ref(fact),
        category=fact.category,
        evidence=fact.evidence,
        url=fact.url,
        author=fact.author,
        on=fact.on,
    )


def link_of(fact: LinkRecord) -> CompanyLink:
    """A link as messages carry it."""
    return CompanyLink(
        record_id=fact.record_id,
        ref=note_ref(fact),
        record=fact.record,
        title=fact.title,
        url=fact.url,
        source=fact.source,
        on=fact.on,
    )


def owner_of(fact: NoteFact, holder_of: Callable[[str], str | None]) -> str | None:
    """The company of a record: that of the most specific key that anybody holds."""
    return next((holder for key in note_keys(fact) if (holder := holder_of(key)) is not None), None)


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling moved: companies whose records may differ, and the records that are of nobody.

    `strays` holds each record that was looked at by its id; None where it is somebody's, or withdrawn.
    """

    companies: frozenset[str]
    strays: Mapping[str, NoteFact | None]


class Noteboard:
    """Records in force, by the keys of their companies; whose they are is settled after the companies are."""

    def __init__(self) -> None:
        self._records: dict[str, NoteFact] = {}
        self._under: dict[str, set[str]] = {}
        self._owners: dict[str, str] = {}
        self._of: dict[str, set[str]] = {}
        self._open: set[str] = set()

    def put(self, fact: NoteFact) -> None:
        """Take a record in, in place of the one of its id; one that is withdrawn is taken out."""
        known = self._records.pop(fact.record_id, None)
        if known is not None:
            for key in note_keys(known):
                self._under[key].discard(fact.record_id)
                if not self._under[key]:
                    del self._under[key]
        if not fact.withdrawn:
            self._records[fact.record_id] = fact
            for key in note_keys(fact):
                self._under.setdefault(key, set()).add(fact.record_id)
        self._open.add(fact.record_id)

    def touch(self, keys: Iterable[str]) -> None:
        """Look again at the records under keys that changed hands."""
        for key in keys:
            self._open |= self._under.get(key, frozenset())

    def settle(self, holder_of: Callable[[str], str | None]) -> Settled:
        """Settle whose the records are that were put in or touched; `holder_of` gives who has a key."""
        strays: dict[str, NoteFact | None] = {}
        moved: set[str] = set()
        for record_id in sorted(self._open):
            fact = self._records.get(record_id)
            before = self._owners.pop(record_id, None)
            after = None if fact is None else owner_of(fact, holder_of)
            strays[record_id] = fact if after is None else None
            moved |= {company_id for company_id in (before, after) if company_id is not None}
            if before is not None:
                self._of[before].discard(record_id)
                if not self._of[before]:
                    del self._of[before]
            if after is not None:
                self._owners[record_id] = after
                self._of.setdefault(after, set()).add(record_id)
        self._open.clear()
        return Settled(frozenset(moved), strays)

    def of(self, company_id: str) -> tuple[NoteFact, ...]:
        """All records of a company, newest first."""
        return newest_first(self._records[id_] for id_ in self._of.get(company_id, ()))
