"""The documents behind what is said of companies: lists, reviews, records of names and of analysts (D-02)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from giants.decoding.facts import read_fact
from giants.domain.names import branch_of, normal_form
from giants.kafka import topics
from giants.store.client import Database, Row
from giants.store.queries.families import FamilyRow, lists_in
from giants.store.queries.rows import from_row
from giants.store.search import SEPARATOR
from schemas.base import LIST_ENTRIES_MAX
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

DOCUMENTS_MAX: Final = 200
_TOPICS: Final = (topics.ANNOUNCEMENTS.name, topics.REVIEWS.name, topics.NAMES.name, topics.RECORDS.name)
_ANALYST: Final = "analyst"

# Of two contents of one revision the first that arrived stands for the document.
_DOCUMENTS: Final = """
SELECT topic, identity,
       JSONExtractString(value, 'kind') AS kind,
       JSONExtractString(value, 'stage') AS stage,
       JSONExtractString(value, 'published_on') AS published_on,
       JSONExtractString(value, 'effective_on') AS effective_on,
       JSONExtractString(value, 'on') AS set_on,
       JSONExtractString(value, 'author') AS author,
       JSONExtractString(value, 'authority') AS authority,
       JSONExtractUInt(value, 'batch') AS batch,
       JSONExtractUInt(value, 'review_year') AS review_year,
       JSONExtractString(value, 'source', 'class') AS source_class,
       JSONExtractString(value, 'source', 'publisher') AS publisher,
       JSONExtractString(value, 'source', 'title') AS source_title,
       JSONExtractString(value, 'source', 'url') AS source_url,
       JSONExtractString(value, 'title') AS title,
       JSONExtractString(value, 'url') AS url
FROM facts
WHERE topic IN {topics:Array(String)} AND identity IN {refs:Array(String)}
ORDER BY received_at
LIMIT 1 BY topic, identity
"""
_VALUE: Final = """
SELECT topic, value, received_at FROM facts
WHERE topic IN {topics:Array(String)} AND identity = {ref:String}
ORDER BY received_at LIMIT 1
"""
# The search text of a company holds every name that it ever had, one a line.
_NAMED: Final = """
SELECT company_id AS line, company_id, name, name_en, status FROM companies
WHERE company_id IN {forms:Array(String)}
UNION ALL
SELECT line, any(company_id) AS company_id, any(name) AS name, any(name_en) AS name_en, any(status) AS status
FROM companies ARRAY JOIN splitByString({separator:String}, search) AS line
WHERE line IN {forms:Array(String)}
GROUP BY line
"""
_FAMILY: Final = """
SELECT f.family_id AS family_id, version, assignees, cpc, filed_on, publications, withdrawn, received_at
FROM families AS f WHERE f.family_id = {id:String}
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A list or a record; `ref` is `identity@revision`, texts are as the source gives them.

    Of a tag the source is its author.
    """

    ref: str
    kind: str  # designation, revocation, elevation, review, rename, correction, english, tag, link
    stage: str | None
    on: date | None
    authority: str | None
    batch: int | None
    review_year: int | None
    source_class: str
    publisher: str | None
    title: str | None
    url: str | None


def documents(database: Database, refs: Iterable[str]) -> dict[str, Document]:
    """The documents of some references, at most `DOCUMENTS_MAX`; those that are no documents are left out."""
    wanted = sorted(set(refs))[:DOCUMENTS_MAX]
    rows = database.rows(_DOCUMENTS, {"topics": list(_TOPICS), "refs": wanted})
    return {row["identity"]: _document(row) for row in rows}


def _document(row: Row) -> Document:
    on = row["published_on"] or row["effective_on"] or row["set_on"]
    return Document(
        ref=row["identity"],
        kind="review" if row["topic"] == topics.REVIEWS.name else row["kind"],
        stage=row["stage"] or None,
        on=date.fromisoformat(on) if on else None,
        authority=row["authority"] or None,
        batch=row["batch"] or None,
        review_year=row["review_year"] or None,
        source_class=row["source_class"] or _ANALYST,
        publisher=row["publisher"] or row["author"] or None,
        title=row["title"] or row["source_title"] or None,
        url=row["url"] or row["source_url"] or None,
    )


@dataclass(frozen=True, slots=True)
class Mention:
    """A company that a document names, with what is said of it there."""

    name: str
    said: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """A document with all that it names; `complete` and `expected` are None for name records."""

    document: Document
    complete: bool | None
    expected: int | None
    mentions: tuple[Mention, ...]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NamedCompany:
    """The company that bears a name."""

    company_id: str
    name: str
    name_en: str | None
    status: str


@dataclass(frozen=True, slots=True)
class FamilyDocument(FamilyRow):
    """A patent family as its newest version says; symbols are as received."""

    received_at: datetime


def contents(database: Database, ref: str) -> Contents | None:
    """A document with everything that it names; None where the journal has none of this reference."""
    found = documents(database, [ref]).get(ref)
    rows = database.rows(_VALUE, {"topics": list(_TOPICS), "ref": ref}, raw=("value",))
    if found is None or not rows:
        return None
    fact = read_fact(rows[0]["topic"].removesuffix(".v1"), rows[0]["value"])
    listed = fact if isinstance(fact, Announcement | Review) else None
    return Contents(
        document=found,
        complete=listed.complete if listed else None,
        expected=listed.expected_count if listed else None,
        mentions=tuple(_mentions(fact)),
        received_at=rows[0]["received_at"],
    )


def companies_named(database: Database, names: Sequence[str]) -> dict[str, NamedCompany]:
    """The companies that bear some names or ids, by what is given; those of nobody are left out.

    The name of a branch leads to its firm, unless a company bears just that name.
    """
    forms = {name: normal_form(name) for name in names[:LIST_ENTRIES_MAX]}
    firms = {name: branch.firm for name in forms if (branch := branch_of(name)) is not None}
    wanted = sorted({*forms.values(), *forms, *firms.values()} - {""})
    rows = database.rows(_NAMED, {"separator": SEPARATOR, "forms": wanted})
    found = {
        row["line"]: NamedCompany(row["company_id"], row["name"], row["name_en"], row["status"])
        for row in rows
    }
    known = {
        name: found.get(name) or found.get(form) or found.get(firms.get(name, ""))
        for name, form in forms.items()
    }
    return {name: company for name, company in known.items() if company is not None}


def family_document(database: Database, family_id: str) -> FamilyDocument | None:
    """A patent family; None where none of this id is known."""
    rows = database.rows(_FAMILY, {"id": family_id})
    if not rows:
        return None
    return from_row(FamilyDocument, rows[0], **lists_in(rows[0]))


def _mentions(fact: object) -> Iterable[Mention]:
    match fact:
        case Announcement():
            return (Mention(entry.name, fact.kind.value, entry.reason) for entry in fact.entries)
        case Review():
            passed = [Mention(entry.name, "passed", None) for entry in fact.passed]
            return [*passed, *(Mention(entry.name, "failed", entry.reason) for entry in fact.failed)]
        case Rename() | Correction():
            return (Mention(fact.old_name, "former name", None), Mention(fact.new_name, "new name", None))
        case EnglishIdentity():
            return (Mention(fact.name, "Chinese name", None),)
        case TagRecord() | LinkRecord() | OwnershipRecord():
            return _mentions_of_record(fact)
        case _:
            return ()


def _mentions_of_record(fact: TagRecord | LinkRecord | OwnershipRecord) -> Iterable[Mention]:
    if isinstance(fact, OwnershipRecord):
        sides = (
            (fact.company, fact.role, fact.other),
            (fact.other, fact.role.seen_from_the_other, fact.company),
        )
        return [
            Mention(name, "withdrawn" if fact.withdrawn else f"{role} of {other}", fact.title)
            for name, role, other in sides
        ]
    evidence = fact.evidence if isinstance(fact, TagRecord) else None
    return (Mention(fact.company, "withdrawn" if fact.withdrawn else fact.kind, evidence),)
