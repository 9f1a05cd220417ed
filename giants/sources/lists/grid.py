"""What every format of a list is turned into first: lines of text and rows of tables, in reading order."""

from collections.abc import Iterator
from dataclasses import dataclass

# Rows of one document: five lists of the largest size, and then it is no list.
ROWS_MAX = 100_000
CELLS_OF_ROW_MAX = 200


# Left, top, right and bottom as parts of the width and height of the page.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on which page (from 1) an item stands."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Text:
    """A line outside of tables: a title, a section heading, a sentence.

    `confidence` (0 to 1) is that of text recognition, for text that was read from a picture.
    """

    line: int
    text: str
    confidence: float | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of a table. A cell is null where a merged cell above or beside covers it.

    `table` numbers the tables of the document from 1; `place` says for people where it is ("page 3").
    `confidences` (0 to 1, one a cell) are those of text recognition, for cells that were read from a picture.
    """

    line: int
    cells: tuple[str | None, ...]
    table: int
    place: str
    confidences: tuple[float, ...] | None = None
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the document that could not be read, with the reason: its lists prove no absence."""

    line: int
    reason: str


Item = Text | Cells | Unread
Items = Iterator[Item]
