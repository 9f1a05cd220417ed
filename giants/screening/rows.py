"""Rows of a list with what is known of each: questions to the matching API, and columns from its answers."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from giants.domain.names import name_problem
from giants.screening.columns import NAME, NAME_EN, PLACE, USCC, ListColumns
from giants.screening.reading import InputRow

CHUNK_ROWS: Final = 500
REASONS_CHARACTERS_MAX: Final = 2_000
COLUMNS: Final = (
    *("lg_match", "lg_score", "lg_reasons", "lg_company_id", "lg_name", "lg_name_en", "lg_reading"),
    *("lg_status", "lg_since", "lg_next_review", "lg_batches", "lg_authority", "lg_technologies"),
    *("lg_caveats", "lg_data_version", "lg_day", "lg_sensitive", "lg_ownership"),
)
ERROR: Final = "error"
_FORMULA: Final = re.compile(r"\s*=")

# Queries by name to the answer of `POST /match`.
Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ScreenedRow:
    """A row as it came, the columns to append in the order of `COLUMNS`, and its candidates."""

    row: InputRow
    appended: tuple[str | float | None, ...]
    candidates: tuple[Mapping[str, Any], ...]
    # What sources name the bearer of the name as, where that is no company of the programme.
    ownership: tuple[Mapping[str, Any], ...] = ()

    @property
    def verdict(self) -> str:
        """What the row came to: a verdict of the matcher, or `error`."""
        return str(self.appended[0])

    @property
    def problem(self) -> str | None:
        """Why the row could not be screened."""
        return str(self.appended[2]) if self.verdict == ERROR else None


def screen_rows(rows: Iterable[InputRow], columns: ListColumns, ask: Ask) -> Iterator[ScreenedRow]:
    """All rows in their order, some hundreds asked at once; one that is no question keeps the reason."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK_ROWS)):
        problems = [_problem(row, columns) for row in chunk]
        queries = {
            str(place): _query(row.cells, columns)
            for place, (row, problem) in enumerate(zip(chunk, problems, strict=True))
            if problem is None
        }
        answer = ask(queries) if queries else {"responses": {}}
        for place, (row, problem) in enumerate(zip(chunk, problems, strict=True)):
            if problem is not None:
                yield _failed(row, problem)
                continue
            response = answer["responses"][str(place)]
            if response["status"] != 200:
                yield _failed(row, response["detail"])
            else:
                yield _answered(row, response, answer["version"])


def _problem(row: InputRow, columns: ListColumns) -> str | None:
    if row.problem is not None:
        return row.problem
    name = columns.cell(row.cells, NAME) or columns.cell(row.cells, NAME_EN)
    if not name:
        return "has no name"
    if _FORMULA.match(name):
        return f"holds a formula in place of a name: {name[:60]!r}"
    return name_problem(name)


def _query(cells: Sequence[str], columns: ListColumns) -> dict[str, Any]:
    names = [name for meaning in (NAME, NAME_EN) if (name := columns.cell(cells, meaning))]
    properties = {
        "name": names[:1],
        "alias": [name for name in names[1:] if name_problem(name) is None],
        "previousName": [name for name in columns.former_names(cells) if name_problem(name) is None],
        "region": [columns.cell(cells, PLACE)[:300]],
        "uscCode": [columns.cell(cells, USCC)[:100]],
    }
    return {
        "schema": "Company",
        "properties": {name: values for name, values in properties.items() if any(values)},
    }


def _failed(row: InputRow, problem: str) -> ScreenedRow:
    appended = (ERROR, None, problem, *(None for _ in COLUMNS[3:]))
    return ScreenedRow(row, appended, ())


def _answered(row: InputRow, response: Mapping[str, Any], version: Mapping[str, Any]) -> ScreenedRow:
    day = str(version["newest_change_at"] or "")[:10] or None
    data_version = f"epoch {version['epoch']}, {version['companies']} companies, {version['algorithm']}"
    if not response["results"]:
        nothing = (response["verdict"], None, None, *(None for _ in COLUMNS[3:-4]), data_version, day, None)
        return ScreenedRow(
            row, (*nothing, _ownership(response["ownership"])), (), tuple(response["ownership"])
        )
    best = response["results"][0]
    known = best["little_giant"]
    appended = (
        response["verdict"],
        best["score"],
        _reasons(response["results"]),
        best["id"],
        best["properties"]["name"][0],
        _english(best),
        known["reading"],
        f"{known['status']} ({known['sub_state']})",
        known["since"],
        known["next_review_year"],
        ", ".join(map(str, known["batches"])),
        known["authority"],
        "; ".join(f"{one['technology']} ({one['band']})" for one in known["technologies"]),
        ", ".join(known["caveats"]),
        data_version,
        day,
        "yes" if known["sensitive"] else "no",
        _ownership(known["ownership"]),
    )
    return ScreenedRow(row, appended, tuple(response["results"]), tuple(response["ownership"]))


def _ownership(items: Sequence[Mapping[str, Any]]) -> str | None:
    """What sources say, in both languages, each with its address."""
    said = "; ".join(f"{one['text']} · {one['text_zh']} · {one['url']}" for one in items)
    return said[:REASONS_CHARACTERS_MAX] or None


def _english(result: Mapping[str, Any]) -> str | None:
    names = result["properties"]["name"]
    return names[1] if len(names) > 1 else None


def _reasons(results: Sequence[Mapping[str, Any]]) -> str:
    """Why the best candidate has its score, and which others there are."""
    best = results[0]
    reasons = "; ".join(
        f"{name} {one['outcome']}: {one['description']}" for name, one in best["explanations"].items()
    )
    others = ", ".join(f"{one['properties']['name'][0]} ({one['score']:.2f})" for one in results[1:])
    return (f"{reasons}. Also: {others}" if others else reasons)[:REASONS_CHARACTERS_MAX]
