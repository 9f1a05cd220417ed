"""JSON lines of the contract (design §3.1): every kind of fact in its own form."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from giants.sources.base import Context, Kind, Row, Source, explain
from giants.sources.files import Input
from giants.sources.json_text import first_keys, read_records
from giants.sources.text import hostile_character
from schemas.facts import NAME_RECORD, Announcement, Family, Review, TaxonomyVersion, Watchlist

_MODELS: dict[Kind, TypeAdapter[Any]] = {
    Kind.ANNOUNCEMENTS: TypeAdapter(Announcement),
    Kind.REVIEWS: TypeAdapter(Review),
    Kind.NAMES: NAME_RECORD,
    Kind.FAMILIES: TypeAdapter(Family),
    Kind.TAXONOMIES: TypeAdapter(TaxonomyVersion),
    Kind.WATCHLISTS: TypeAdapter(Watchlist),
}
# The fields that tell the kinds apart, and those that only another format has.
_NEEDED = {
    Kind.ANNOUNCEMENTS: frozenset({"list_id"}),
    Kind.REVIEWS: frozenset({"list_id", "review_year"}),
    Kind.NAMES: frozenset({"record_id"}),
    Kind.FAMILIES: frozenset({"family_id"}),
    Kind.TAXONOMIES: frozenset({"taxonomy", "technologies"}),
    Kind.WATCHLISTS: frozenset({"watchlist_id"}),
}
_FOREIGN = {
    Kind.ANNOUNCEMENTS: frozenset({"review_year"}),
    Kind.FAMILIES: frozenset({"publication_number", "lens_id"}),
}


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
        """Validate each object; a bad one is a problem with its line and the reason."""
        records = read_records(source, context)
        model = _MODELS[context.kind]
        return (
            _row(record.line, record.value, record.problem, model)
            for record in records
            if record.line > context.options.resume_after
        )


def _row(line: int, value: dict[str, object] | None, problem: str | None, model: TypeAdapter[Any]) -> Row:
    if value is None:
        return Row(line, problem=problem)
    if (hostile := _hostile_in(value)) is not None:
        return Row(line, problem=f"holds the character U+{ord(hostile):04X}, which no text has")
    try:
        return Row(line, model.validate_python(value))
    except ValidationError as error:
        return Row(line, problem=explain(error))


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
