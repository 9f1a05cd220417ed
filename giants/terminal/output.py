"""Output of commands: tables for people and JSON lines for programs on stdout, errors as one line."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import orjson
import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from giants.errors import GiantsError, plain_fault
from giants.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

Group = TypeVar("Group", bound=BaseSettings)

FAILURE_STATUS = 1
_YEAR = "year"  # in the heading of a column whose numbers are years: 2029, not 2,029
PIPED_COLUMNS = 200  # of a table that goes to a file or another program


class CommandError(GiantsError):
    """A command cannot do what it was asked; the message is for the person at the terminal."""


def out() -> Console:
    """The terminal's stdout, as it is now."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_COLUMNS)


def err() -> Console:
    """The terminal's stderr, as it is now."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """A line for people, on stdout."""
    out().print(text, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A line about what is going on, on stderr."""
    err().print(text, markup=False, soft_wrap=True)


def print_json(value: object) -> None:
    """One JSON document as one line on stdout."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table with right-aligned numbers and a dash for None."""
    cells, named = [list(row) for row in rows], list(columns)
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(named):
        numeric = bool(cells) and all(isinstance(row[place], int | float | None) for row in cells)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    years = [_YEAR in column for column in named]
    for row in cells:
        made.add_row(
            *(str(v) if year and v is not None else _cell(v) for v, year in zip(row, years, strict=True))
        )
    return made


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def bars(console: Console) -> Progress:
    """Progress bars on a terminal; nothing elsewhere."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process, with what the command line sets instead; bad ones end the command."""
    found = read(Settings)
    return found.model_copy(update={name: value for name, value in overrides.items() if value is not None})


def read(kind: Callable[[], Group]) -> Group:
    """A group of settings from the environment; bad ones end the command."""
    try:
        return kind()
    except ValidationError as error:
        raise CommandError(_bad_settings(error)) from error


def _bad_settings(error: ValidationError) -> str:
    problems = (
        f"GIANTS_{'_'.join(str(part) for part in problem['loc']).upper()}: "
        f"{plain_fault(problem)} (got {problem['input']!r})"
        for problem in error.errors(include_url=False)
    )
    return "; ".join(problems)


def pairs(values: Mapping[str, object]) -> Table:
    """A table of names and values."""
    made = Table.grid(padding=(0, 2))
    for name, value in values.items():
        made.add_row(name, _cell(value))
    return made
