"""Rows of a table that is printed without rules."""

from collections.abc import Sequence

from giants.sources.lists.headings import COMPANY_ENDING, meaning_of


def as_row(text: str, above: Sequence[str]) -> list[str] | None:
    """A line of a table that is printed without rules, as cells; null where it is no row.

    Rows begin with a number, headings consist of headings, and what a name lacks stands alone below it.
    """
    cells = text.split()
    if len(cells) > 1 and (cells[0].isdigit() or all(meaning_of(cell) is not None for cell in cells)):
        return cells
    if len(cells) == 1 and above and not COMPANY_ENDING.search(above[-1]) and COMPANY_ENDING.search(cells[0]):
        return [""] * (len(above) - 1) + cells
    return None
