"""Plain tables of what analysts add: tags, links to records of others, ownership (A-00, K-01, N-14)."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from giants.sources.base import Context, Kind, Row, Source
from giants.sources.contract import fact_row
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input
from giants.sources.tables import Columns, Record, first_record, read_table, shown_headings
from giants.sources.text import parse_date

TAG, LINK, OWNERSHIP = "tag", "link", "ownership"
_MEANINGS: Final = {
    "kind": ("kind",),
    "record_id": ("record_id", "id"),
    "revision": ("revision",),
    "company": ("company", "company_id", "name", "企业名称"),
    "category": ("category", "tag"),
    "evidence": ("evidence",),
    "record": ("record", "record kind"),
    "title": ("title",),
    "role": ("role",),
    "other": ("other", "other company"),
    "share_percent": ("share_percent", "share"),
    "url": ("url", "address"),
    "author": ("author",),
    "source_class": ("source_class", "class"),
    "publisher": ("publisher", "source"),
    "on": ("on", "date"),
    "withdrawn": ("withdrawn",),
}
_NEEDED: Final = ("record_id", "company", "on")
_TELLING: Final = ("category", "record", "role")
_WORDS: Final = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
_REVISION_DIGITS_MAX: Final = 18
_FIELDS: Final = {
    TAG: ("record_id", "revision", "company", "category", "evidence", "url", "author"),
    LINK: ("record_id", "revision", "company", "record", "title", "url"),
    OWNERSHIP: ("record_id", "revision", "company", "role", "other", "title", "url"),
}


class RecordsCsv(Source):
    """A table with one record a row; without a column `kind`, its columns say which of them it holds."""

    name = "records-csv"
    kinds = frozenset({Kind.RECORDS})
    formats = (
        "CSV with record_id, company, on and either category, evidence, author or record, title, url "
        "or role, other, url"
    )

    def sniff(self, source: Input) -> bool:
        """Whether the first line holds the headings that are needed."""
        return understands_records(first_record(source))

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact a row; a row that is no record is a problem with its line and the reason."""
        records = read_table(source, context)
        heading = next(records, None)
        if heading is None or not understands_records(heading.cells):
            raise UnreadableFileError(
                source.name,
                f"has no heading of {self.formats}; its first row is "
                f"{shown_headings(heading.cells if heading else ())}",
            )
        columns = Columns(heading.cells, _MEANINGS)
        context.understanding.columns.extend(columns.columns)
        after = context.options.resume_after
        return (self._row(record, columns, context) for record in records if record.line > after)

    def _row(self, record: Record, columns: Columns, context: Context) -> Row:
        context.understanding.keep_row(record.cells)
        if len(record.cells) != columns.width:
            return Row(record.line, problem=f"has {len(record.cells)} cells, the heading has {columns.width}")
        cells = {meaning: columns.getter(record.cells)(meaning) for meaning in _MEANINGS}
        kind = cells["kind"].lower() or _kind_of(cells)
        if kind not in _FIELDS:
            return Row(record.line, problem=f"kind: expected {', '.join(_FIELDS)}, got {kind!r}")
        if (withdrawn := _WORDS.get(cells["withdrawn"].lower())) is None:
            return Row(record.line, problem=f"withdrawn: expected true or false, got {cells['withdrawn']!r}")
        body: dict[str, Any] = {field: cells[field] for field in _FIELDS[kind] if cells[field]}
        body |= {"kind": kind, "on": parse_date(cells["on"]) or cells["on"], "withdrawn": withdrawn}
        if kind == OWNERSHIP and (share := cells["share_percent"].removesuffix("%").strip()):
            body["share_percent"] = share
        if kind != TAG:
            body["source"] = {
                "class": cells["source_class"] or "supplementary",
                "publisher": cells["publisher"] or None,
            }
        if (revision := cells["revision"]).isdecimal() and len(revision) <= _REVISION_DIGITS_MAX:
            body["revision"] = int(revision)
        return fact_row(record.line, Kind.RECORDS, orjson.dumps(body))


def understands_records(headings: list[str]) -> bool:
    """Whether these headings are those of tags, links or ownership."""
    columns = Columns(headings, _MEANINGS)
    return all(meaning in columns for meaning in _NEEDED) and any(one in columns for one in _TELLING)


def _kind_of(cells: dict[str, str]) -> str:
    if cells["category"]:
        return TAG
    return OWNERSHIP if cells["role"] else LINK
