"""What every format of a list is turned into first: lines of text and rows of tables, in reading order."""

from collections.abc import Iterator
from dataclasses import dataclass

# Rows of one document: five lists of the largest size, and then it is no list.
ROWS_MAX = 100_000
CELLS_OF_ROW_MAX = 200


@dataclass(frozen=True, slots=True)
class Text:
    """A line outside of tables: a title, a section heading, a sentence."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of a table. A cell is null where a merged cell above or beside covers it.

    `table` numbers the tables of the document from 1; `place` says for people where it is ("page 3").
    """

    line: int
    cells: tuple[str | None, ...]
    table: int
    place: str


Item = Text | Cells
Items = Iterator[Item]
