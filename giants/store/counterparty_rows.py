"""From portfolios, judgements and runs of screening to rows."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from giants.decoding.families import digest_of
from giants.store.model_rows import BODY, ModelRows
from giants.store.records import Incoming, storable_instant
from schemas.portfolios import (
    Counterparty,
    Judgement,
    MatchVerdict,
    PortfolioEntries,
    PortfolioMatch,
    ScreeningRun,
)


class PortfolioPartRow(NamedTuple):
    """A part of a list of counterparties; `settings` is the part without its entries, as JSON."""

    portfolio_id: str
    revision: int
    part: int
    parts: int
    owner: str
    name: str | None
    entries: tuple[tuple[object, ...], ...]
    settings: str
    received_at: datetime
    precedence: int


class PortfolioDeletionRow(NamedTuple):
    """That a portfolio was deleted, last at an instant."""

    portfolio_id: str
    deleted_at: datetime
    precedence: int


class ScreeningRow(NamedTuple):
    """A part of a run of screening, with how many of its names came to what."""

    run_id: str
    part: int
    origin: str
    label: str | None
    owner: str
    by: str
    at: datetime
    names: int
    matched: int
    ambiguous: int
    review: int
    none: int
    problems: int
    body: bytes
    received_at: datetime
    precedence: int


_ENTRY: Final = tuple(Counterparty.model_fields)
JUDGEMENTS: Final = ModelRows(
    "JudgementRow",
    Judgement,
    leave_out=("kind", "evidence", "basis"),
    computed={
        **BODY,
        "received_at": lambda _, record: record.at,
        "precedence": lambda _, record: digest_of(record.value or b""),
    },
)
MATCHES: Final = ModelRows(
    "PortfolioMatchRow",
    PortfolioMatch,
    leave_out=("features", "caveats"),
    # Of what was sent of one pair the newest counts.
    computed={**BODY, "precedence": lambda _, record: max(record.at_ms, 0)},
)


def part_row(record: Incoming, part: PortfolioEntries) -> PortfolioPartRow:
    """The row of a part; of two contents of one part the later one counts."""
    return PortfolioPartRow(
        portfolio_id=part.portfolio_id,
        revision=part.revision,
        part=part.part,
        parts=part.parts,
        owner=part.owner,
        name=part.name,
        entries=tuple(tuple(getattr(entry, field) for field in _ENTRY) for entry in part.entries),
        settings=part.model_copy(update={"entries": ()}).model_dump_json(),
        received_at=record.at,
        precedence=max(record.at_ms, 0),
    )


def deletion_row(record: Incoming) -> PortfolioDeletionRow:
    """The row of a deletion."""
    return PortfolioDeletionRow(record.key_text, record.at, max(record.at_ms, 0))


def screening_rows(record: Incoming, run: ScreeningRun) -> Iterator[ScreeningRow]:
    """The row of a part of a run."""
    counts = Counter(name.verdict for name in run.names)
    yield ScreeningRow(
        run_id=run.run_id,
        part=run.part,
        origin=run.origin,
        label=run.label,
        owner=run.owner,
        by=run.by,
        at=storable_instant(run.at),
        names=len(run.names),
        matched=counts[MatchVerdict.MATCH],
        ambiguous=counts[MatchVerdict.AMBIGUOUS],
        review=counts[MatchVerdict.REVIEW],
        none=counts[MatchVerdict.NONE],
        problems=counts[None],
        body=record.value or b"",
        received_at=record.at,
        precedence=digest_of(record.value or b""),
    )
