"""The formats in which lists are published, each turned into lines and rows."""

import csv
import io
from abc import abstractmethod
from collections.abc import Iterator

from giants.domain.names import normal_form
from giants.sources.base import Context, Kind, Row, Source
from giants.sources.errors import TooLargeError, TooManyRowsError, UnreadableFileError, WrongKindError
from giants.sources.files import ZIP_MAGIC, Input
from giants.sources.lists.facts import assemble
from giants.sources.lists.foreign import HEADING_ROWS_MAX, foreign_kind
from giants.sources.lists.grid import ROWS_MAX, Cells, Items
from giants.sources.lists.interpret import Interpreter
from giants.sources.lists.ole import OLE_MAGIC
from giants.sources.lists.provenance import Provenance
from giants.sources.lists.text_table import barred_rows, is_barred, is_spaced, spaced_rows
from giants.sources.tables import COLUMNS_MAX, DELIMITERS
from giants.sources.text import decoded, detect_encoding

PDF_MAGIC = b"%PDF-"
# Lines from which the delimiter is told; titles stand above the heading.
SAMPLED_LINES_MAX = 50


class ListSource(Source):
    """A format of lists. A list is read whole: it is small, and its headings govern what follows them."""

    kinds = frozenset({Kind.ANNOUNCEMENTS, Kind.REVIEWS, Kind.NAMES})

    @abstractmethod
    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """Lines and rows of the document in reading order; raises `UnreadableFileError`."""

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Understand the whole document, then give its facts and remarks by line."""
        content = source.content()
        accepted = frozenset(map(normal_form, context.options.accept))
        interpreter = Interpreter(source.name, context, accepted)
        try:
            document = interpreter.read(_of_lists(source.name, self.items(source, content, context), context))
        except TooManyRowsError:
            raise TooLargeError(source.name, "the number of rows", ROWS_MAX) from None
        provenance = Provenance.of(source.name, context.options, document, content)
        rows = assemble(provenance, context.kind, context.understanding)
        return (row for row in rows if row.fact is None or row.line > context.options.resume_after)


def _of_lists(name: str, items: Items, context: Context) -> Items:
    """The items of a document; raises `WrongKindError` where its first rows are a table of other facts."""
    rows = 0
    for item in items:
        if isinstance(item, Cells) and rows < HEADING_ROWS_MAX:
            rows += 1
            if (kind := foreign_kind(item.cells)) is not None:
                raise WrongKindError(name, kind, context.kind)
        yield item


class ListCsv(ListSource):
    """Delimited text, or one company a line."""

    name = "list-csv"
    formats = "CSV, Markdown or text list (序号, 企业名称, 地区 …)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is text; any text may be a list."""
        head = source.head
        if (
            source.is_folder
            or head.startswith((ZIP_MAGIC, PDF_MAGIC, OLE_MAGIC))
            or head.lstrip()[:1] in {b"<", b"{", b"["}
        ):
            return False
        try:
            detect_encoding(source.name, head, source.encoding, whole=False)
        except UnreadableFileError:
            # Said when it is read: damage is better named than a format that is not known.
            return source.suffix in {".csv", ".tsv", ".txt"}
        return True

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The rows of the table."""
        context.understanding.encoding = detect_encoding(source.name, content, source.encoding, whole=True)
        text = decoded(source.name, content, source.encoding).removeprefix("\ufeff")
        if is_barred(text):
            return barred_rows(text)
        delimiter = _delimiter(text)
        if delimiter not in text and is_spaced(text):
            return spaced_rows(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return self._rows(source.name, reader)

    def _rows(self, name: str, reader: "Iterator[list[str]]") -> Items:
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise UnreadableFileError(f"{name}, line {line}", f"is no row of a table: {error}") from None
            if len(cells) > COLUMNS_MAX:
                raise TooLargeError(f"{name}, line {line}", "the number of columns", COLUMNS_MAX)
            yield Cells(line, tuple(cells), table=1, place="the table")
            line = getattr(reader, "line_num", line) + 1


def _delimiter(text: str) -> str:
    """The delimiter that divides most lines; the comma where none does."""
    lines = io.StringIO(text[: SAMPLED_LINES_MAX * 1_000]).readlines()[:SAMPLED_LINES_MAX]
    return max(DELIMITERS, key=lambda delimiter: sum(delimiter in line for line in lines))
