"""Which facts are in force: one content for each identity, whatever came first, twice or late."""

from dataclasses import dataclass

from giants.domain.registry.findings import Finding, FindingCode, Severity
from schemas.facts import Announcement, Correction, EnglishIdentity, LinkRecord, Rename, Review, TagRecord

IdentifiedFact = Announcement | Review | Rename | Correction | EnglishIdentity | TagRecord | LinkRecord
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
        case TagRecord() | LinkRecord():
            return "record", fact.record_id


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
    """The facts in force, by identity."""

    def __init__(self) -> None:
        self._held: dict[Identity, IdentifiedFact] = {}

    def accept(self, fact: IdentifiedFact) -> Acceptance | None:
        """Take a fact; None where it is known or older than what is known."""
        key = identity(fact)
        known = self._held.get(key)
        if known is None or fact.revision > known.revision:
            self._held[key] = fact
            return Acceptance(known, fact, is_contested=False)
        if fact.revision < known.revision or fact == known:
            return None
        self._held[key] = prevailing(known, fact)
        return Acceptance(known, self._held[key], is_contested=True)
