"""`giants screen FILE`: a list of counterparties, with what is known of each appended."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from giants.cli.target import Api
from giants.screening import columns as meanings
from giants.screening.columns import ListColumns, columns_of
from giants.screening.errors import ScreeningError
from giants.screening.reading import InputTable, read_list, refuse_too_many
from giants.screening.rows import ScreenedRow, screen_rows
from giants.screening.writing import ListFormat, format_of, method_of, writer_of
from giants.sources.files import Input
from giants.terminal.output import CommandError, Json, err, note, print_json

PROBLEMS_SHOWN_MAX: Final = 20
EXAMPLES: Final = (
    "Examples: `giants screen suppliers.csv` · `giants screen suppliers.xlsx -o answers.xlsx` · "
    "`giants screen names.txt -o answers.jsonl` · `giants screen list.csv --name Lieferant --place 3`"
)
Column = Annotated[str | None, typer.Option(help="Heading or number of the column, from 1.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(screen)


def screen(
    file: Annotated[Path, typer.Argument(help="CSV, Excel, or one name a line; `-` is standard input.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="CSV, Excel (.xlsx) or JSON lines, by its ending.")
    ] = None,
    name: Column = None,
    english: Column = None,
    former: Column = None,
    place: Column = None,
    uscc: Column = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="Score of a match; that of the API without it.")
    ] = None,
    cutoff: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="Score from which a person is shown a company.")
    ] = None,
    json: Json = False,
) -> None:
    """Screen a list of names: which are Little Giants, with status, batches and technologies.

    The file comes out again with columns appended. A row that cannot be screened stays and says why.
    """
    target = output or _default_output(file)
    asked = {
        meanings.NAME: name,
        meanings.NAME_EN: english,
        meanings.FORMER: former,
        meanings.PLACE: place,
        meanings.USCC: uscc,
    }
    chosen = {meaning: column for meaning, column in asked.items() if column is not None}
    with one_line(), Input(file) as source, Api.of_stack() as api:
        form = format_of(target)
        refuse_too_many(file)
        table = read_list(source)
        columns = columns_of(table.sample, chosen)
        note(f"{source.name}: {columns.summary()}{'' if columns.has_heading else ' (no heading)'}")
        run = _Run(api, threshold, cutoff, source.name)
        draft = target.with_name(f"{target.name}.part")
        with draft.open("wb") as made:
            run.write(table, columns, form, made)
        draft.replace(target)
    run.print_summary(target, json=json)


@contextmanager
def one_line() -> Iterator[None]:
    """End the command in one line where a list cannot be screened."""
    try:
        yield
    except ScreeningError as error:
        raise CommandError(str(error)) from None


def _default_output(file: Path) -> Path:
    """Where the answers go without `-o`: beside the list, in the same format where it can be written."""
    if str(file) == "-":
        return Path("screened.csv")
    ending = file.suffix.lower() if file.suffix.lower() in {".csv", ".xlsx", ".jsonl"} else ".csv"
    return file.with_name(f"{file.stem}.screened{ending}")


class _Run:
    """One run over a list: what was asked last, and what came of the rows."""

    def __init__(self, api: Api, threshold: float | None, cutoff: float | None, label: str) -> None:
        self._api = api
        self._parameters = {"threshold": threshold, "cutoff": cutoff}
        self._run = {"run_id": f"r-{secrets.token_hex(8)}", "origin": "command", "label": label}
        self._parts = 0
        self._unrecorded: str | None = None
        self._answer: Mapping[str, Any] = {}
        self._counts: Counter[str] = Counter()
        self._problems: list[ScreenedRow] = []

    def write(self, table: InputTable, columns: ListColumns, form: ListFormat, made: IO[bytes]) -> None:
        """Screen all rows and write them as the answers come."""
        rows = islice(table.rows, 1, None) if columns.has_heading else table.rows
        writer = writer_of(form, made, columns.headings)
        with _bar() as bar:
            task = bar.add_task("rows", total=None)
            for row in screen_rows(rows, columns, self._ask):
                writer.write(row)
                bar.advance(task)
                self._counts[row.verdict] += 1
                if row.problem is not None and len(self._problems) < PROBLEMS_SHOWN_MAX:
                    self._problems.append(row)
        writer.close(method_of(self._counts, dict(self._answer), datetime.now(UTC).date()))

    def print_summary(self, target: Path, *, json: bool) -> None:
        """Say what came of it, and of each row that could not be screened why, up to a limit."""
        for row in self._problems:
            note(f"line {row.row.line}: {row.problem}")
        failed = self._counts["error"]
        if failed > len(self._problems):
            note(f"… and {failed - len(self._problems):,} more rows with an error; the file names each")
        if self._unrecorded is not None:
            note(f"the run is not in the audit trail: {self._unrecorded}")
        if json:
            print_json(
                {
                    "run_id": self._run["run_id"],
                    "output": str(target),
                    "rows": self._counts.total(),
                    **self._counts,
                }
            )
        else:
            counts = ", ".join(f"{count:,} {verdict}" for verdict, count in self._counts.most_common())
            note(f"{self._counts.total():,} rows in {target}: {counts or 'none'}; run {self._run['run_id']}")

    def _ask(self, queries: Mapping[str, Any]) -> Mapping[str, Any]:
        self._parts += 1
        self._answer = self._api.post(
            "/match", {"queries": queries}, part=self._parts, **self._run, **self._parameters
        )
        if not self._answer["run"]["recorded"]:
            self._unrecorded = str(self._answer["run"]["detail"])
        return self._answer


def _bar() -> Progress:
    """A bar that counts rows: how many there will be is not known before the end."""
    console = err()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
