"""From input topics to rows: the journal of facts, and what follows from single facts.

An input that is no fact gives no row: intake sends it to the dead letters.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from pydantic import BaseModel

from giants.decoding.facts import (
    SCHEMA_VERSION_HEADER,
    FactError,
    fact_identity,
    read_fact,
    read_family,
    taxonomy_event,
)
from giants.domain.events import Origin
from giants.kafka import topics
from giants.store import counterparty_rows
from giants.store.records import Incoming, first_wins, storable_date
from giants.store.tables import FAMILIES, FactRow, StoreRow, TaxonomyRow, WatchlistRow
from schemas.facts import TaxonomyVersion, Watchlist
from schemas.portfolios import Judgement, PortfolioEntries, ScreeningRun

_LAST_WINS: Final = frozenset({topics.WATCHLISTS.name, topics.PORTFOLIOS.name})


def fact_rows(record: Incoming) -> Iterable[StoreRow]:
    """Rows of a record of an input topic; none where it is no fact."""
    if record.value is None:
        return _deleted(record) if record.key else ()
    version = record.headers.get(SCHEMA_VERSION_HEADER)
    try:
        if record.topic == topics.FAMILIES.name:
            family = read_family(record.value, version)
            identity = f"{family.family_id}@{family.version}"
            row = _fact(record, identity, record.value, tombstone=False)
            return row, FAMILIES.row(family, record)
        fact = read_fact(record.topic.removesuffix(".v1"), record.value, version)
    except FactError:
        return ()
    return _rows(record, record.value, fact)


def _rows(record: Incoming, value: bytes, fact: BaseModel) -> Iterator[StoreRow]:
    identity, version = fact_identity(fact)
    if isinstance(fact, Watchlist):
        yield _fact(record, identity, value, tombstone=False)
        yield WatchlistRow(
            fact.watchlist_id, fact.owner, fact.name, value, record.at, record.at_ms, deleted=0
        )
        return
    yield _fact(record, f"{identity}@{version}", value, tombstone=False)
    match fact:
        case TaxonomyVersion():
            yield _taxonomy(record, value, fact)
        case PortfolioEntries():
            yield counterparty_rows.part_row(record, fact)
        case Judgement():
            yield counterparty_rows.JUDGEMENTS.row(fact, record)
        case ScreeningRun():
            yield from counterparty_rows.screening_rows(record, fact)


def _deleted(record: Incoming) -> Iterator[StoreRow]:
    if record.topic == topics.PORTFOLIOS.name:
        yield _fact(record, record.key_text, b"", tombstone=True)
        yield counterparty_rows.deletion_row(record)
    elif record.topic == topics.WATCHLISTS.name:
        yield _fact(record, record.key_text, b"", tombstone=True)
        yield WatchlistRow(record.key_text, "", None, b"", record.at, record.at_ms, deleted=1)


def _fact(record: Incoming, identity: str, value: bytes, *, tombstone: bool) -> FactRow:
    # Of equal watchlists the last counts: one may be changed, and changed back.
    last_wins = record.topic in _LAST_WINS
    return FactRow(
        topic=record.topic,
        identity=identity,
        digest=sha256(value).digest(),
        key=record.key or b"",
        value=value,
        tombstone=tombstone,
        partition=record.partition,
        offset=record.offset,
        received_at=record.at,
        precedence=max(record.at_ms, 0) if last_wins else first_wins(record.at_ms),
    )


def _taxonomy(record: Incoming, value: bytes, version: TaxonomyVersion) -> TaxonomyRow:
    return TaxonomyRow(
        taxonomy=version.taxonomy,
        taxonomy_version=version.version,
        technologies=tuple((t.id, t.name, t.category, t.cpc) for t in version.technologies),
        effective_on=version.effective_on and storable_date(version.effective_on),
        note=version.note,
        body=value,
        received_at=record.at,
        precedence=taxonomy_event(version, Origin(record.at_ms)).digest,
    )
