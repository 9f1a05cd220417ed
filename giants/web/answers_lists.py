"""Answers about lists as lists."""

from typing import Literal

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


class StrongTechnology(Answer):
    """How many companies are rated strong or higher in a technology."""

    technology: str
    companies: int


class StrongCompanies(Answer):
    """Companies that a list designates or passes and that are rated strong or higher, as of now.

    `technologies` are the first few; a company may count in several. Ratings follow after the list, so the
    numbers grow for a while.
    """

    companies: int
    technologies: tuple[StrongTechnology, ...]
    band_basis: Literal["assumed"] = "assumed"


class ListAnswer(Answer):
    """A list, its news, and how many of its companies are rated strong or higher today."""

    list: ListSnapshot
    news: tuple[ListChange, ...]
    strong: StrongCompanies
    caveats: tuple[CaveatNote, ...]
