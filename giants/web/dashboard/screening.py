"""A list that was pasted or uploaded, screened in this process as `giants screen` does it over the API."""

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from giants.screening import columns as meanings
from giants.screening.columns import ListColumns, columns_of
from giants.screening.errors import NoNameColumnError, ScreeningError
from giants.screening.reading import InputRow, InputTable, read_list, read_text
from giants.screening.rows import ScreenedRow, screen_rows
from giants.sources.errors import SourceError
from giants.sources.files import Input
from giants.web.answers_match import MatchBody, MatchQuery
from giants.web.basis import new_run_id
from giants.web.callers import Caller
from giants.web.context import Context
from giants.web.dashboard.forms import text_of
from giants.web.gate import BODY_BYTES_MAX
from giants.web.routers.matching import matched
from schemas.base import visible
from schemas.portfolios import RunOrigin

ROWS_MAX: Final = 5_000
LABEL_CHARACTERS_MAX: Final = 200
PASTED: Final = "pasted list"
_EMPTY: Final = "the list is empty: paste names, one a line, or choose a file"
# In the order in which they are asked for.
MEANINGS: Final[Mapping[str, str]] = {
    meanings.NAME: "Name",
    meanings.NAME_EN: "English name",
    meanings.FORMER: "Former names",
    meanings.PLACE: "Place",
    meanings.USCC: "Code of the register (USCC)",
    meanings.REFERENCE: "Your reference",
}


class ListError(ScreeningError):
    """What was sent is no list that can be screened."""


@dataclass(frozen=True, slots=True)
class SentList:
    """A list as it was sent: its rows without the heading, its columns, and the text that sends it again.

    `left_out` tells that there are more rows, `is_guess` that no column looks like names.
    """

    label: str
    text: str
    columns: ListColumns
    rows: tuple[InputRow, ...]
    left_out: bool
    is_guess: bool


@dataclass(frozen=True, slots=True)
class ScreenedList:
    """The answers of a list, in its order; `answer` is the last of the matching API, with version and run."""

    rows: tuple[ScreenedRow, ...]
    counts: Mapping[str, int]
    answer: Mapping[str, Any]
    caveats: tuple[str, ...]
    unrecorded: str | None


def sent_list(fields: FormData) -> SentList:
    """The list of a form: its file where there is one, else its text. Raises `ListError`."""
    chosen = {meaning: asked for meaning in MEANINGS if (asked := text_of(fields, f"column_{meaning}")) != ""}
    heading = {"yes": True, "no": False}.get(text_of(fields, "heading"))
    try:
        with _opened(fields) as (label, text, table):
            if not table.sample:
                raise ListError(_EMPTY)
            columns, is_guess = _columns(table, chosen, heading)
            every = tuple(islice(table.rows, ROWS_MAX + 2))
    except SourceError as error:
        raise ListError(str(error)) from None
    body = every[1:] if columns.has_heading else every
    if not body:
        raise ListError(_EMPTY)
    rows = body[:ROWS_MAX]
    shown = every[: len(rows) + columns.has_heading]
    return SentList(
        label, text if text is not None else _as_text(shown), columns, rows, len(body) > ROWS_MAX, is_guess
    )


def _columns(table: InputTable, chosen: Mapping[str, str], heading: bool | None) -> tuple[ListColumns, bool]:
    """The columns; the first is taken for names where none can be told to hold them, and the page says so."""
    try:
        return columns_of(table.sample, chosen, has_heading=heading), False
    except NoNameColumnError:
        first = {**chosen, meanings.NAME: "1"}
        return columns_of(table.sample, first, has_heading=heading), True


def list_text(fields: FormData) -> str:
    """What was pasted, as it is: a tab at its beginning is an empty cell."""
    value = fields.get("list", "")
    return value if isinstance(value, str) else ""


def screened_list(context: Context, caller: Caller, sent: SentList) -> ScreenedList:
    """Screen all rows as one run, which is written down."""
    run_id = new_run_id()
    answers: list[dict[str, Any]] = []

    def ask(queries: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = MatchQuery(
            run_id=run_id, part=len(answers) + 1, origin=RunOrigin.DASHBOARD, label=sent.label
        )
        body = MatchBody.model_validate({"queries": queries})
        answers.append(matched(context, caller, body, wanted).model_dump(mode="json", by_alias=True))
        return answers[-1]

    rows = tuple(screen_rows(sent.rows, sent.columns, ask))
    codes = {code for row in rows for one in row.candidates[:1] for code in one["little_giant"]["caveats"]}
    general = [note["code"] for one in answers[:1] for note in one["caveats"]]
    return ScreenedList(
        rows,
        Counter(row.verdict for row in rows),
        answers[-1] if answers else {},
        (*general, *sorted(codes.difference(general))),
        next((str(one["run"]["detail"]) for one in answers if not one["run"]["recorded"]), None),
    )


@contextmanager
def _opened(fields: FormData) -> Iterator[tuple[str, str | None, InputTable]]:
    """What was sent: what it is called, its text where it came as such, and its rows."""
    upload = fields.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        label = visible(Path(upload.filename).name)[:LABEL_CHARACTERS_MAX].strip() or "uploaded list"
        with tempfile.TemporaryDirectory(prefix="giants-") as folder:
            # The name of the sender's choice never becomes a path; only its ending tells the format.
            path = Path(folder, "list").with_suffix(".xlsx" if label.lower().endswith(".xlsx") else ".csv")
            path.write_bytes(upload.file.read(BODY_BYTES_MAX))
            with Input(path) as source:
                yield label, None, read_list(source)
        return
    text = list_text(fields)
    yield text_of(fields, "label", LABEL_CHARACTERS_MAX) or PASTED, text, read_text(text)


def _as_text(rows: tuple[InputRow, ...]) -> str:
    """Rows of a file as text that reads as the same rows."""
    made = io.StringIO()
    if rows and len(rows[0].cells) == 1:
        made.write("sep=\t\n")
    csv.writer(made, delimiter="\t", lineterminator="\n").writerows(row.cells for row in rows)
    return made.getvalue()
