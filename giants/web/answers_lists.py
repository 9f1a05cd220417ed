"""Answers about lists as lists."""

from giants.domain.coverage import CellState
from giants.web.answers import Answer, CaveatNote
from schemas.base import AuthorityCode, Stage
from schemas.changes import ListChange, ListSnapshot, ListSummary


class ListList(Answer):
    """A page of lists; `next` is the cursor of the next page."""

    items: tuple[ListSummary, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class CoverageCell(Answer):
    """The lists of one authority in one batch or review year; null stands for national lists."""

    authority: AuthorityCode | None
    state: CellState
    stages: tuple[Stage, ...]
    list_ids: tuple[str, ...]
    names: int | None
    expected: int | None
    doubt: str | None


class CoverageColumn(Answer):
    """A batch or a review year; `outstanding` are those whose complete list would settle what is open.

    `names` is what the best lists name together, `total` what is published of the whole batch or year. Lists
    that state how many they hold state `expected` together and name `expected_names`.
    """

    batch: int | None
    review_year: int | None
    cells: tuple[CoverageCell, ...]
    names: int
    total: int | None
    outstanding: tuple[AuthorityCode, ...]
    expected: int | None = None
    expected_names: int | None = None


class CoverageAnswer(Answer):
    """Authority by batch and by review year."""

    columns: tuple[CoverageColumn, ...]
    caveats: tuple[CaveatNote, ...]


class ListAnswer(Answer):
    """A list and its news."""

    list: ListSnapshot
    news: tuple[ListChange, ...]
    caveats: tuple[CaveatNote, ...]
