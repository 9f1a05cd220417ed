"""JSON lines of the contract (design §3.1): every kind of fact in its own form."""

from collections.abc import Iterator
from functools import partial

import orjson
from msgspec.structs import replace
from pydantic import ValidationError

from giants.decoding.facts import FactError, read_fact
from giants.decoding.plain_family import plain_family, written
from giants.sources.base import Context, Document, Kind, Row, Source, explain
from giants.sources.files import Input
from giants.sources.json_text import Record, first_keys, read_records
from giants.sources.text import DAMAGED, hostile_character

# The fields that tell the kinds apart, and those that only another format has.
_NEEDED = {
    Kind.ANNOUNCEMENTS: frozenset({"list_id"}),
    Kind.REVIEWS: frozenset({"list_id", "review_year"}),
    Kind.NAMES: frozenset({"record_id"}),
    Kind.RECORDS: frozenset({"record_id", "company"}),
    Kind.FAMILIES: frozenset({"family_id"}),
    Kind.TAXONOMIES: frozenset({"taxonomy", "technologies"}),
    Kind.WATCHLISTS: frozenset({"watchlist_id"}),
}
_FOREIGN = {
    Kind.ANNOUNCEMENTS: frozenset({"review_year"}),
    Kind.NAMES: frozenset({"company"}),
    Kind.FAMILIES: frozenset({"publication_number", "lens_id"}),
}
_DAMAGED = DAMAGED.encode()


class ContractJson(Source):
    """Facts written as the contract says, one JSON object a line (or one document)."""

    name = "contract-json"
    kinds = frozenset(Kind)
    formats = "JSON lines of the contract"

    def sniff(self, source: Input) -> bool:
        """Whether the first objects have the identity of some kind of fact."""
        return any(self.holds(source, kind) for kind in Kind)

    def holds(self, source: Input, kind: Kind) -> bool:
        """Whether the file holds facts of this kind."""
        keys = first_keys(source)
        return _NEEDED[kind] <= keys and not keys & _FOREIGN.get(kind, frozenset())

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Validate each object as intake will; a bad one is a problem with its line and the reason."""
        kind, after = context.kind, context.options.resume_after
        backfill = kind is Kind.FAMILIES and context.options.backfill
        quick = partial(_family, backfill=backfill) if kind is Kind.FAMILIES else None
        for record in read_records(source, context, quick):
            if record.line > after:
                row = _row(record, kind)
                yield _backfilled(row) if backfill and row.document is None else row


def _backfilled(row: Row) -> Row:
    """The same family, marked as one that nobody is alerted of."""
    return row if row.fact is None else Row(row.line, row.fact.model_copy(update={"backfill": True}))


def _row(record: Record, kind: Kind) -> Row:
    if record.document is not None:
        return Row(record.line, document=record.document)
    if record.value is None:
        return Row(record.line, problem=record.problem)
    if (hostile := _hostile_in(record.value)) is not None:
        return Row(record.line, problem=f"holds the character U+{ord(hostile):04X}, which no text has")
    try:
        return fact_row(record.line, kind, orjson.dumps(record.value))
    except (TypeError, orjson.JSONEncodeError) as error:
        return Row(record.line, problem=f"cannot be written as JSON again: {error}")


def _family(line: str, *, backfill: bool = False) -> Document | None:
    """A family in which nothing is odd, without the detour over its model: files have millions of them."""
    family = plain_family(line)
    if family is None:
        return None
    value = written(replace(family, backfill=True) if backfill else family)
    # Looked for in what is written: on the line it may stand as an escape.
    return None if _DAMAGED in value else Document(Kind.FAMILIES, family.family_id, value)


def fact_row(line: int, kind: Kind, document: bytes) -> Row:
    """The fact that a JSON document holds, judged as intake will; what is wrong with it is the problem."""
    try:
        return Row(line, read_fact(kind.value, document))
    except FactError as error:
        cause = error.__cause__
        return Row(line, problem=explain(cause) if isinstance(cause, ValidationError) else str(error))


def _hostile_in(value: object) -> str | None:
    """The first control character or direction mark in any text; no recursion, since depth may be hostile."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if (hostile := hostile_character(item)) is not None:
                return hostile
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return None
