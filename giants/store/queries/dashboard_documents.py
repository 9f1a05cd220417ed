"""The documents behind what is said of companies: lists, reviews and name records of the journal (D-02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.store.client import Database, Row
from streams import topics

DOCUMENTS_MAX: Final = 200
_TOPICS: Final = (topics.ANNOUNCEMENTS.name, topics.REVIEWS.name, topics.NAMES.name)

# Of two contents of one revision the first that arrived stands for the document.
_DOCUMENTS: Final = """
SELECT topic, identity,
       JSONExtractString(value, 'kind') AS kind,
       JSONExtractString(value, 'stage') AS stage,
       JSONExtractString(value, 'published_on') AS published_on,
       JSONExtractString(value, 'effective_on') AS effective_on,
       JSONExtractString(value, 'authority') AS authority,
       JSONExtractUInt(value, 'batch') AS batch,
       JSONExtractUInt(value, 'review_year') AS review_year,
       JSONExtractString(value, 'source', 'class') AS source_class,
       JSONExtractString(value, 'source', 'publisher') AS publisher,
       JSONExtractString(value, 'source', 'title') AS title,
       JSONExtractString(value, 'source', 'url') AS url
FROM facts
WHERE topic IN {topics:Array(String)} AND identity IN {refs:Array(String)}
ORDER BY received_at
LIMIT 1 BY topic, identity
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A list or a name record; `ref` is `identity@revision`, texts are as the source gives them."""

    ref: str
    kind: str  # designation, revocation, elevation, review, rename, correction, english
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
    on = row["published_on"] or row["effective_on"]
    return Document(
        ref=row["identity"],
        kind="review" if row["topic"] == topics.REVIEWS.name else row["kind"],
        stage=row["stage"] or None,
        on=date.fromisoformat(on) if on else None,
        authority=row["authority"] or None,
        batch=row["batch"] or None,
        review_year=row["review_year"] or None,
        source_class=row["source_class"],
        publisher=row["publisher"] or None,
        title=row["title"] or None,
        url=row["url"] or None,
    )
