"""Which facts are in force: one content for each identity, whatever came first, twice or late."""

from dataclasses import dataclass
from datetime import date

from giants.domain.registry.findings import Finding, FindingCode, Severity
from giants.domain.registry.lists import ListFact
from schemas.facts import (
    Announcement,
    Correction,
    EnglishIdentity,
    LinkRecord,
    OwnershipRecord,
    Rename,
    Review,
    TagRecord,
)

IdentifiedFact = (
    Announcement | Review | Rename | Correction | EnglishIdentity | TagRecord | LinkRecord | OwnershipRecord
)
Identity = tuple[str, str]


def identity(fact: IdentifiedFact) -> Identity:
    """What identifies a fact beside its revision: its kind of record and its id."""
    match fact:
        case Announcement():
            return "announcement", fact.list_id
        case Review():
            return "review", fact.list_id
        case Rename() | Correction() | EnglishIdentity():
            return "name", fact.record_id
        case TagRecord() | LinkRecord() | OwnershipRecord():
            return "record", fact.record_id


def without_backfill(fact: IdentifiedFact) -> IdentifiedFact:
    """The fact as the programme takes it: whether it is old news says nothing of any company."""
    if isinstance(fact, TagRecord | LinkRecord | OwnershipRecord) or not fact.backfill:
        return fact
    return fact.model_copy(update={"backfill": False})


def prevailing(one: IdentifiedFact, other: IdentifiedFact) -> IdentifiedFact:
    """Of two contents of one revision, the one that holds: the greater canonical JSON, in either order."""
    return max(one, other, key=lambda fact: fact.model_dump_json())


def contested(fact: IdentifiedFact) -> Finding:
    """One revision came with two contents: a publisher or an importer broke the contract (design §3.1)."""
    kind, id_ = identity(fact)
    return Finding(
        FindingCode.CONTESTED_REVISION,
        Severity.ERROR,
        f"{kind} {id_}",
        f"revision {fact.revision} came with more than one content; the greatest in canonical order holds",
        f"{id_}@{fact.revision}",
    )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a fact did to the book: `current` replaces `previous`; they are one where nothing changed."""

    previous: IdentifiedFact | None
    current: IdentifiedFact
    is_contested: bool


class FactBook:
    """The newest facts by identity, and of lists every revision: the newest may have an impossible date."""

    def __init__(self) -> None:
        self._held: dict[Identity, IdentifiedFact] = {}
        self._revisions: dict[Identity, dict[int, ListFact]] = {}

    def revisions(self, key: Identity) -> list[ListFact]:
        """The revisions of a list, the newest first."""
        return [fact for _, fact in sorted(self._revisions[key].items(), reverse=True)]

    def lists_dated_after(self, day: date) -> set[Identity]:
        """Lists of which any revision is dated after a day."""
        return {
            key
            for key, revisions in self._revisions.items()
            if any(fact.published_on > day for fact in revisions.values())
        }

    def accept(self, fact: IdentifiedFact) -> Acceptance | None:
        """Take a fact; None where it is known or older than what is known."""
        key = identity(fact)
        if isinstance(fact, Announcement | Review):
            revisions = self._revisions.setdefault(key, {})
            revisions[fact.revision] = _prevailing_list(revisions.get(fact.revision), fact)
        known = self._held.get(key)
        if known is None or fact.revision > known.revision:
            self._held[key] = fact
            return Acceptance(known, fact, is_contested=False)
        if fact.revision < known.revision or fact == known:
            return None
        self._held[key] = prevailing(known, fact)
        return Acceptance(known, self._held[key], is_contested=True)


def _prevailing_list(known: ListFact | None, fact: ListFact) -> ListFact:
    if known is None:
        return fact
    return known if known == fact or prevailing(known, fact) is known else fact
