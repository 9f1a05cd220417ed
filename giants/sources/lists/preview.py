"""Rows of a document beside what they were taken for: what a person checks before a list is published."""

from giants.sources.base import PREVIEW_CELL_CHARACTERS_MAX, SeenRow
from giants.sources.lists.grid import Cells, Spot
from giants.sources.lists.listing import Document, ListedCompany, in_hundredths
from giants.sources.text import clean_cell


class Preview:
    """Keeps the cells of rows; the first `rows_max` are shown, and as many of those with problems."""

    def __init__(self, document: str, rows_max: int) -> None:
        self._document = document
        self._rows_max = rows_max
        self._cells: dict[int, tuple[str, ...]] = {}
        self._spots: dict[int, Spot] = {}

    def keep(self, row: Cells) -> None:
        """Keep a row, as wide as a screen shows; all rows are kept until it is known which had problems."""
        cells = (clean_cell(cell or "")[:PREVIEW_CELL_CHARACTERS_MAX] for cell in row.cells)
        self._cells[row.line] = (*self._cells.get(row.line, ()), *cells)
        if row.spot is not None:
            self._spots[row.line] = row.spot

    def rows(self, document: Document) -> list[SeenRow]:
        """The first rows and the first with problems, by line."""
        taken: dict[int, list[str]] = {}
        for listing in document.listings:
            for company in listing.companies:
                taken.setdefault(company.line, []).append(_shown(company))
        for row in document.names:
            text = f"{row.old} → {row.name}" if row.old else f"{row.name}: {row.english}"
            taken.setdefault(row.line, []).append(text)
        problems: dict[int, list[str]] = {}
        for problem in document.problems:
            problems.setdefault(problem.line, []).append(problem.reason)
        shown = {*sorted(self._cells)[: self._rows_max], *sorted(problems)[: self._rows_max]}
        return [self._row(line, taken.get(line, []), problems.get(line, [])) for line in sorted(shown)]

    def _row(self, line: int, taken: list[str], problems: list[str]) -> SeenRow:
        spot = self._spots.get(line)
        return SeenRow(
            line,
            self._cells.get(line, ()),
            "; ".join(taken + problems),
            is_taken=bool(taken) and not problems,
            document=self._document,
            page=spot.page if spot else None,
            box=spot.box if spot else None,
        )


def _shown(company: ListedCompany) -> str:
    """A company as it was read: number, name, region, changes of name, confidence."""
    seq = "" if company.seq is None else f"{company.seq}. "
    region = f" ({company.region})" if company.region else ""
    former, later = company.reading.former, company.reading.later
    renamed = f", formerly {', '.join(former)}" if former else ""
    renamed += f", now {later}" if later else ""
    read = "" if company.confidence is None else f", confidence {in_hundredths(company.confidence)}"
    return f"{seq}{company.name}{region}{renamed}{read}"
