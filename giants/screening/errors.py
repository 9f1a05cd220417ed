"""Errors of screening.

ScreeningError
├── ColumnError          a column was asked for that there is not
├── NoNameColumnError    no column of a table could be told to hold names
├── TooManyRowsError     a list has more rows than are screened at once
└── OutputTooLongError   an Excel sheet cannot hold as many rows
"""

from collections.abc import Sequence


class ScreeningError(ValueError):
    """A list cannot be screened as asked; the message is for whoever asked."""


class ColumnError(ScreeningError):
    """A column was asked for that a table does not have."""

    def __init__(self, asked: str, headings: Sequence[str]) -> None:
        shown = ", ".join(repr(heading) for heading in headings[:30])
        super().__init__(f"there is no column {asked!r}: expected one of {shown}, or its number from 1")


class NoNameColumnError(ScreeningError):
    """No column holds names, as far as can be told."""

    def __init__(self, headings: Sequence[str]) -> None:
        shown = ", ".join(repr(heading) for heading in headings[:30])
        super().__init__(f"no column of {shown} could be told to hold names: say which with --name COLUMN")


class TooManyRowsError(ScreeningError):
    """More rows than one list may have."""

    def __init__(self, rows_max: int) -> None:
        super().__init__(
            f"the list has more than {rows_max:,} rows: screen it in parts, nothing was screened"
        )


class OutputTooLongError(ScreeningError):
    """More rows than a sheet holds."""

    def __init__(self, rows_max: int) -> None:
        super().__init__(f"an Excel sheet holds {rows_max:,} rows: write CSV or JSON lines instead")
