"""Rows of a document beside what they were taken for: what a person checks before a list is published."""

from giants.sources.base import PREVIEW_CELL_CHARACTERS_MAX, SEEN_ROWS_MAX, SeenRow
from giants.sources.lists.grid import Cells
from giants.sources.lists.listing import Document
from giants.sources.text import clean_cell


class Preview:
    """Keeps the cells of the first rows; rows with problems are shown wherever they stand."""

    def __init__(self) -> None:
        self._cells: dict[int, tuple[str, ...]] = {}

    def keep(self, row: Cells) -> None:
        """Keep a row, as wide as a screen shows; all rows are kept until it is known which had problems."""
        cells = (clean_cell(cell or "")[:PREVIEW_CELL_CHARACTERS_MAX] for cell in row.cells)
        self._cells[row.line] = (*self._cells.get(row.line, ()), *cells)

    def rows(self, document: Document) -> list[SeenRow]:
        """The first rows and the first with problems, by line."""
        taken: dict[int, list[str]] = {}
        for listing in document.listings:
            for company in listing.companies:
                seq = "" if company.seq is None else f"{company.seq}. "
                region = f" ({company.region})" if company.region else ""
                former, later = company.reading.former, company.reading.later
                renamed = f", formerly {', '.join(former)}" if former else ""
                renamed += f", now {later}" if later else ""
                taken.setdefault(company.line, []).append(f"{seq}{company.name}{region}{renamed}")
        problems: dict[int, list[str]] = {}
        for problem in document.problems:
            problems.setdefault(problem.line, []).append(problem.reason)
        for row in document.names:
            text = f"{row.old} → {row.name}" if row.old else f"{row.name}: {row.english}"
            taken.setdefault(row.line, []).append(text)
        shown = {*sorted(self._cells)[:SEEN_ROWS_MAX], *sorted(problems)[:SEEN_ROWS_MAX]}
        return [
            SeenRow(line, self._cells.get(line, ()), "; ".join(taken.get(line, []) + problems.get(line, [])))
            for line in sorted(shown)
        ]
