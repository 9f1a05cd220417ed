"""Tables that hold other facts than lists do, known by their headings whatever file they come in."""

from collections.abc import Sequence
from typing import Final

from giants.sources.base import Kind
from giants.sources.families.derwent import DerwentCsv
from giants.sources.families.lens_csv import LensCsv
from giants.sources.families.plain_csv import PlainCsv
from giants.sources.records_csv import understands_records

# Rows of a document among which such a heading is looked for.
HEADING_ROWS_MAX: Final = 20
_FAMILY_TABLES: Final = (LensCsv(), DerwentCsv(), PlainCsv())


def foreign_kind(cells: Sequence[str | None]) -> Kind | None:
    """The kind of facts whose headings these cells are, or null where they are none of another kind."""
    headings = [cell or "" for cell in cells]
    if any(table.understands(headings) for table in _FAMILY_TABLES):
        return Kind.FAMILIES
    return Kind.RECORDS if understands_records(headings) else None
