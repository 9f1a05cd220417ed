"""Reading files and publishing their facts, with counts, a progress bar, and the rows that were not taken."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel
from rich.console import RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from giants.cli.family_counts import Comparison, FamilyCounts
from giants.cli.ingest_preview import Preview
from giants.cli.target import Api, api_url
from giants.kafka.publisher import Publisher
from giants.kafka.tracing import TRACING
from giants.settings import Settings
from giants.sources.base import Kind, Options, Row
from giants.sources.catalogue import Reading, open_source
from giants.sources.errors import UnreadableFileError
from giants.terminal.output import err, pairs, table

# Remarks kept in memory to be shown; a report file gets all.
REMARKS_KEPT_MAX: Final = 1_000
# A list for each authority, national ones, and renames.
LISTS_SHOWN_MAX: Final = 40
_ROWS_PER_UPDATE: Final = 200


@dataclass(slots=True)
class Outcome:
    """The counts of one file; `refused` is the reason where it was refused as a whole.

    `proposed` rows were not taken because it is not certain what they say: a person may accept them.
    """

    file: str
    taken: int = 0
    taken_in_part: int = 0
    proposed: int = 0
    not_taken: int = 0
    refused: str | None = None
    exported_on: str | None = None  # of a patent database, in ISO 8601, and what told it
    exported_by: str | None = None
    families: FamilyCounts | None = None  # null where they were not compared with what is known

    @property
    def failure(self) -> str | None:
        """Why the file failed as a whole: refused, or none of its rows was taken or may be; else None."""
        if self.refused:
            return self.refused
        if self.not_taken and not self.taken and not self.proposed:
            return f"{self.file}: took none of its rows ({self.not_taken:,} refused)"
        return None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Remark:
    """A row that was not taken, or only in part; `line` counts from 1."""

    file: str
    line: int
    what: str
    reason: str

    @property
    def said(self) -> str:
        """For people: the reason, which says by itself that a row is only proposed."""
        return self.reason if self.what == "proposed" else f"{self.what}: {self.reason}"


class Ingestion:
    """One run of the command; without settings nothing is published. A context manager."""

    def __init__(self, kind: Kind, options: Options, settings: Settings | None, report: Path | None) -> None:
        self._kind, self._options, self._settings = kind, options, settings
        self._report_path = report
        self._report: Any = None
        self._publisher: Publisher | None = None
        self._stack = ExitStack()
        self.remarks: list[Remark] = []
        self.understood: list[RenderableType] = []
        self.previews: list[Preview] = []

    def __enter__(self) -> Self:
        if self._report_path is not None:
            file = self._stack.enter_context(self._report_path.open("w", newline="", encoding="utf-8"))
            self._report = csv.writer(file)
            self._report.writerow(("file", "line", "what", "reason"))
        if self._settings is not None:
            TRACING.start(self._settings, "ingest")
            self._stack.callback(TRACING.stop)
            self._publisher = self._stack.enter_context(Publisher(self._settings))
        return self

    def __exit__(self, *details: Any) -> None:
        self._stack.__exit__(*details)

    def take(self, file: Path, kind: Kind | None = None, options: Options | None = None) -> Outcome:
        """Read one file and publish its facts; returns once the broker has them.

        `kind` and `options` are those of the command unless they are given for this file.
        """
        outcome = Outcome(str(file))
        options = replace(options or self._options, with_pictures=self._options.with_pictures)
        try:
            with open_source(kind or self._kind, file, options) as reading:
                rows = _with_progress(reading)
                comparison = self._comparison(reading.kind)
                for row in rows if comparison is None else comparison.compared(rows):
                    self._row(row, outcome)
                if comparison is not None and comparison.is_complete and comparison.seen:
                    outcome.families = comparison.counts
                day = reading.understanding.exported_on
                outcome.exported_on = day.isoformat() if day is not None else None
                outcome.exported_by = reading.understanding.exported_by
                if self._options.with_pictures:
                    self.previews.append(Preview(outcome.file, reading.adapter, reading.understanding))
                if self._settings is None:
                    self.understood.extend(_understood(reading))
                else:
                    self.understood.extend(reading.understanding.lists[:LISTS_SHOWN_MAX])
        except UnreadableFileError as error:
            outcome.refused = str(error)
            if self._options.with_pictures:
                self.previews.append(Preview(outcome.file, refused=error.reason))
        if self._publisher is not None:
            self._publisher.flush()
        return outcome

    def _comparison(self, kind: Kind) -> Comparison | None:
        """What families are compared with; null for other kinds, and where no API is known."""
        if kind is not Kind.FAMILIES or self._settings is None or api_url(self._settings) is None:
            return None
        return Comparison(self._stack.enter_context(Api.of_stack()))

    def _row(self, row: Row, outcome: Outcome) -> None:
        if row.is_taken:
            outcome.taken += 1
            outcome.taken_in_part += row.note is not None
            self._publish(row)
        else:
            outcome.proposed += row.is_proposed
            outcome.not_taken += row.problem is not None and not row.is_proposed
        reason = row.problem or row.note
        if reason is not None:
            what = "note" if row.problem is None and not row.is_taken else _what(row)
            self._remark(Remark(outcome.file, row.line, what, reason))

    def _publish(self, row: Row) -> None:
        if self._publisher is None or self._settings is None:
            return
        if row.document is not None:
            topic = f"{self._settings.topic_prefix}{row.document.kind.value}.v1"
            self._publisher.send(topic, row.document.key, row.document.value)
        elif row.fact is not None:
            self._publisher.send_fact(self._marked(row.fact))

    def _marked(self, fact: BaseModel) -> BaseModel:
        """The fact, marked as backfill where the option says so and its kind has the field."""
        is_old = self._options.backfill and "backfill" in type(fact).model_fields
        return fact.model_copy(update={"backfill": True}) if is_old else fact

    def _remark(self, remark: Remark) -> None:
        if len(self.remarks) < REMARKS_KEPT_MAX:
            self.remarks.append(remark)
        if self._report is not None:
            self._report.writerow((remark.file, remark.line, remark.what, remark.reason))


def _what(row: Row) -> str:
    if row.is_taken:
        return "taken in part"
    return "proposed" if row.is_proposed else "not taken"


def _with_progress(reading: Reading) -> Iterator[Row]:
    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(reading.name, total=reading.bytes_total, rows=0)
        number = 0
        for number, row in enumerate(reading, 1):
            yield row
            if number % _ROWS_PER_UPDATE == 0:
                bars.update(task, completed=reading.bytes_read, rows=number)
        bars.update(task, completed=reading.bytes_read, rows=number)


def _understood(reading: Reading) -> Iterator[RenderableType]:
    """What a dry run shows: format, encoding, columns with their meaning, first rows, lists."""
    found = reading.understanding
    yield pairs({"file": reading.name, "read as": reading.adapter, "encoding": found.encoding})
    if found.columns:
        columns = ((column.place, column.heading, column.meaning) for column in found.columns)
        yield table("Columns", ("place", "heading", "taken to mean"), columns)
    if found.seen:
        seen = ((str(row.line), " | ".join(row.cells), row.taken_for or "nothing") for row in found.seen)
        yield table("Rows", ("line", "cells", "taken for"), seen)
    if found.first_rows:
        width = max(len(row) for row in found.first_rows)
        rows = ([*row, *[None] * (width - len(row))] for row in found.first_rows)
        yield table("First rows", [str(number) for number in range(1, width + 1)], rows)
    yield from found.lists
