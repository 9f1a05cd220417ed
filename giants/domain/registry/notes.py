"""What analysts add: tags of the six categories, links to records of others, ownership (A-00, K-01, N-14).

A record names its company by id or by any of its names, and is found by that as a patent family is found by
its assignee: it follows renames and merges, and one that came before its company waits. A record of ownership
names two companies and is a note of each; one of the two need not be of the programme. Nothing here is ever
inferred (A-07): a company without records has no tags.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from giants.domain.names import lookup_keys
from giants.domain.registry.dossier import Dossier
from schemas.codes import OwnershipRole
from schemas.facts import LinkRecord, OwnershipRecord, TagRecord
from schemas.notes import CompanyLink, CompanyOwnership, CompanyTag

Recorded = TagRecord | LinkRecord | OwnershipRecord
# A snapshot holds its notes whole, and has to fit one record: 100 of them with the longest texts do.
NOTES_OF_COMPANY_MAX: Final = 100
_COMPANY_ID: Final = re.compile(r"lg-[0-9a-f]{16}")
_BY_ID: Final = "#"
# Begins the id of the second note of a record; no id of a record can begin so.
_OTHER_SIDE: Final = "\n"


@dataclass(frozen=True, slots=True)
class OwnershipNote:
    """A record of ownership as one of its two companies sees it: `company` is the `role` of `other`.

    `other_id` is the id of the other one, once it is settled whose the record is.
    """

    fact: OwnershipRecord
    company: str
    role: OwnershipRole
    other: str
    is_other_side: bool
    other_id: str | None = None

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return self.fact.record_id

    @property
    def revision(self) -> int:
        """The revision of the record."""
        return self.fact.revision

    @property
    def on(self) -> date:
        """The day of the record."""
        return self.fact.on

    @property
    def withdrawn(self) -> bool:
        """Whether the record is taken back."""
        return self.fact.withdrawn


NoteFact = TagRecord | LinkRecord | OwnershipNote


def notes_of(fact: Recorded) -> tuple[NoteFact, ...]:
    """What a record says, one note for each company that it is about."""
    if not isinstance(fact, OwnershipRecord):
        return (fact,)
    return (
        OwnershipNote(fact, fact.company, fact.role, fact.other, is_other_side=False),
        OwnershipNote(fact, fact.other, fact.role.seen_from_the_other, fact.company, is_other_side=True),
    )


def note_id(note: NoteFact) -> str:
    """What tells a note from all others: its record, and which of the two companies it is of."""
    return _OTHER_SIDE + note.record_id if _is_other_side(note) else note.record_id


def _is_other_side(note: NoteFact) -> bool:
    return isinstance(note, OwnershipNote) and note.is_other_side


def with_others(
    notes: Iterable[NoteFact], owner_of_note: Mapping[str, str], company_id: str
) -> list[NoteFact]:
    """The notes of a company, those of ownership with the id of the other one.

    What leads to one company on both sides, as after a merger, says nothing and is left out.
    """
    found: list[NoteFact] = []
    for note in notes:
        if isinstance(note, OwnershipNote):
            other_id = owner_of_note.get(_counterpart(note_id(note)))
            if other_id == company_id:
                continue
            found.append(replace(note, other_id=other_id))
        else:
            found.append(note)
    return found


def strays_of(notes: Iterable[NoteFact], owner_of_note: Mapping[str, str]) -> list[NoteFact]:
    """Notes of nobody; of ownership only records that are of neither company, once."""
    return [
        note
        for note in notes
        if note_id(note) not in owner_of_note
        and not (
            isinstance(note, OwnershipNote)
            and (note.is_other_side or _counterpart(note_id(note)) in owner_of_note)
        )
    ]


def _counterpart(id_: str) -> str:
    return id_.removeprefix(_OTHER_SIDE) if id_.startswith(_OTHER_SIDE) else _OTHER_SIDE + id_


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
    return tuple(sorted(facts, key=lambda fact: (-fact.on.toordinal(), note_id(fact))))


def note_about(fact: NoteFact) -> str:
    """What a record says in one code: a tag's category, a link's kind of record, a company's role."""
    match fact:
        case TagRecord():
            return fact.category.value
        case LinkRecord():
            return fact.record.value
        case OwnershipNote():
            return fact.role.value


def note_substance(fact: NoteFact) -> tuple[object, ...]:
    """All that a reader is told by a record: a revision that changes none of it is no news."""
    match fact:
        case TagRecord():
            return fact.category, fact.evidence, fact.url, fact.author, fact.on
        case LinkRecord():
            return fact.record, fact.title, fact.url, fact.source, fact.on
        case OwnershipNote(fact=record):
            said = record.share_percent, record.title, record.url, record.source, record.on
            return fact.role, fact.other, *said


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


def ownership_of(note: OwnershipNote) -> CompanyOwnership:
    """A note of ownership as messages carry it."""
    fact = note.fact
    return CompanyOwnership(
        record_id=fact.record_id,
        ref=note_ref(note),
        role=note.role,
        other=note.other,
        other_id=note.other_id,
        share_percent=fact.share_percent,
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

    `strays` holds each note that was looked at by its id; None where it is somebody's, or withdrawn.
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

    def put(self, fact: Recorded) -> None:
        """Take a record in, in place of the one of its id; one that is withdrawn is taken out."""
        for id_ in (fact.record_id, _OTHER_SIDE + fact.record_id):
            self._drop(id_)
        for note in notes_of(fact):
            if not note.withdrawn:
                self._records[note_id(note)] = note
                for key in note_keys(note):
                    self._under.setdefault(key, set()).add(note_id(note))

    def _drop(self, id_: str) -> None:
        known = self._records.pop(id_, None)
        for key in note_keys(known) if known is not None else ():
            self._under[key].discard(id_)
            if not self._under[key]:
                del self._under[key]
        self._open.add(id_)

    def touch(self, keys: Iterable[str]) -> None:
        """Look again at the records under keys that changed hands, and at what they say on the other side."""
        for key in keys:
            for id_ in self._under.get(key, ()):
                self._open |= {id_, _counterpart(id_)}

    def settle(self, holder_of: Callable[[str], str | None]) -> Settled:
        """Settle whose the records are that were put in or touched; `holder_of` gives who has a key."""
        moved: set[str] = set()
        for record_id in sorted(self._open):
            fact = self._records.get(record_id)
            before = self._owners.pop(record_id, None)
            after = None if fact is None else owner_of(fact, holder_of)
            moved |= {company_id for company_id in (before, after) if company_id is not None}
            if before is not None:
                self._of[before].discard(record_id)
                if not self._of[before]:
                    del self._of[before]
            if after is not None:
                self._owners[record_id] = after
                self._of.setdefault(after, set()).add(record_id)
        strays: dict[str, NoteFact | None] = dict.fromkeys(self._open)
        looked_at = [self._records[id_] for id_ in self._open if id_ in self._records]
        strays.update((note_id(note), note) for note in strays_of(looked_at, self._owners))
        self._open.clear()
        return Settled(frozenset(moved), strays)

    def of(self, company_id: str) -> tuple[NoteFact, ...]:
        """All records of a company, newest first."""
        notes = (self._records[id_] for id_ in self._of.get(company_id, ()))
        return newest_first(with_others(notes, self._owners, company_id))
