"""Patent families from tables with a heading: what Lens, Derwent and plain files have in common."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar

from giants.sources.base import Context, Kind, Row, Source, Understanding
from giants.sources.errors import UnreadableFileError
from giants.sources.families.publication import Publication
from giants.sources.families.uniting import unite
from giants.sources.files import Input
from giants.sources.tables import Columns, Record, first_record, read_table, shown_headings

Cell = Callable[[str], str]


class FamilyTable(Source):
    """A table with one publication a row; its headings are recognised by name, in any order."""

    kinds = frozenset({Kind.FAMILIES})
    # What the columns mean, each with the headings that it goes by, the preferred first.
    meanings: ClassVar[Mapping[str, tuple[str, ...]]]
    # Sets of meanings; of each set one must be there.
    needed: ClassVar[tuple[frozenset[str], ...]]

    @abstractmethod
    def publication(self, line: int, cell: Cell) -> Publication | Row:
        """One row; `cell` gives the text under a meaning, empty where there is none."""

    def understands(self, headings: list[str]) -> bool:
        """Whether these headings are those of this source."""
        columns = Columns(headings, self.meanings)
        return all(any(meaning in columns for meaning in choice) for choice in self.needed)

    def sniff(self, source: Input) -> bool:
        """Whether the first line holds the headings that are needed."""
        return self.understands(first_record(source))

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family; the columns are understood at once."""
        return self.families(source.name, read_table(source, context, heading_first=True), context)

    def families(self, name: str, records: Iterator[Record], context: Context) -> Iterator[Row]:
        """Give the families of a table whose first record is the heading."""
        heading = next(records, None)
        if heading is None or not self.understands(heading.cells):
            raise UnreadableFileError(
                name,
                f"has no heading of {self.formats}; its first row is "
                f"{shown_headings(heading.cells if heading else ())}",
            )
        columns = Columns(heading.cells, self.meanings)
        context.understanding.columns.extend(columns.columns)
        return unite(self._publications(records, columns, context.understanding), context, name)

    def _publications(
        self, records: Iterable[Record], columns: Columns, understanding: Understanding
    ) -> Iterator[Publication | Row]:
        for record in records:
            understanding.keep_row(record.cells)
            if record.remark is not None:
                yield Row(record.line, note=record.remark)
            if len(record.cells) != columns.width:
                yield Row(
                    record.line, problem=f"has {len(record.cells)} cells, the heading has {columns.width}"
                )
            else:
                yield self.publication(record.line, columns.getter(record.cells))
