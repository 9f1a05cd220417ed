"""The audit trail as files: runs of screening and judgements, as CSV and JSON."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import orjson
from pydantic import BaseModel

from giants.screening.writing import as_text
from giants.store.queries.screening_runs import RunHead
from schemas.portfolios import Basis, Judgement, ScreenedName, ScreeningRun

BASIS: Final = tuple(Basis.model_fields)
RUN_COLUMNS: Final = (
    *("run_id", "part", "key", "name", "place", "uscc", "verdict", "problem", "company_id", "company"),
    *(
        "company_en",
        "status",
        "score",
        "why",
        "ownership",
        "decided",
        "decided_by",
        "decided_at",
        "decided_why",
    ),
    *("at", "by", "owner", "origin", "label"),
    *BASIS,
)
JUDGEMENT_COLUMNS: Final = (
    *("judgement_id", "portfolio_id", "entry_id", "entry_name", "company_id", "company_name", "verdict"),
    *("by", "at", "why", "owner", "score", "score_verdict", "uscc_agrees"),
    *BASIS,
)
# The judgements of some names.
Decided = Callable[[Sequence[str]], Iterable[Judgement]]


class TrailFormat(StrEnum):
    """How a part of the audit trail is written."""

    CSV = "csv"
    JSON = "json"
    PDF = "pdf"


def run_as_csv(parts: Iterable[ScreeningRun], decided: Decided) -> Iterator[bytes]:
    """A run as CSV with a mark by which Excel knows UTF-8: a line for each candidate, or a name without."""
    yield _lines([RUN_COLUMNS], mark=True)
    for part in parts:
        judged = by_pair(decided([one.name for one in part.names]))
        yield _lines([line for name in part.names for line in _name_lines(part, name, judged)])


def run_as_json(run: RunHead, parts: Iterable[ScreeningRun], decided: Decided) -> Iterator[bytes]:
    """A run as one JSON document."""
    yield b'{"run":' + orjson.dumps(run) + b',"parts":['
    for number, part in enumerate(parts):
        judged = decided([one.name for one in part.names])
        document = part.model_dump(mode="json") | {"decided": [one.model_dump(mode="json") for one in judged]}
        yield (b"," if number else b"") + orjson.dumps(document)
    yield b"]}"


def judgements_as_csv(judgements: Iterable[Judgement]) -> Iterator[bytes]:
    """Judgements as CSV, each with what it was made from."""
    yield _lines([JUDGEMENT_COLUMNS], mark=True)
    for one in judgements:
        evidence = one.evidence
        found = (None, None, None) if evidence is None else (evidence.score, evidence.verdict, evidence.uscc)
        yield _lines(
            [
                (
                    *(one.judgement_id, one.portfolio_id, one.entry_id, one.entry_name, one.company_id),
                    *(one.company_name, one.verdict, one.by, one.at, one.why, one.owner),
                    *found,
                    *_basis(one.basis),
                )
            ]
        )


def judgements_as_json(judgements: Iterable[Judgement]) -> Iterator[bytes]:
    """Judgements as one JSON document."""
    yield b'{"judgements":['
    for number, one in enumerate(judgements):
        yield (b"," if number else b"") + one.model_dump_json().encode()
    yield b"]}"


def by_pair(judgements: Iterable[Judgement]) -> dict[tuple[str, str], Judgement]:
    """Judgements by name of the entry and company; the first of a pair counts."""
    found: dict[tuple[str, str], Judgement] = {}
    for one in judgements:
        found.setdefault((one.entry_name or "", one.company_id), one)
    return found


def _name_lines(
    part: ScreeningRun, name: ScreenedName, judged: dict[tuple[str, str], Judgement]
) -> Iterator[Sequence[object]]:
    about = (part.run_id, part.part, name.key, name.name, name.place, name.uscc, name.verdict, name.problem)
    run = (part.at, part.by, part.owner, part.origin, part.label, *_basis(part.basis))
    for one in name.candidates:
        found = judged.get((name.name, one.company_id))
        verdict = (None,) * 4 if found is None else (found.verdict, found.by, found.at, found.why)
        company = (
            one.company_id,
            one.name,
            one.name_en,
            one.status,
            one.score,
            one.why,
            "; ".join(one.ownership),
        )
        yield (*about, *company, *verdict, *run)
    if not name.candidates:
        said = "; ".join(name.ownership) or None
        yield (*about, *((None,) * 6), said, *((None,) * 4), *run)


def _basis(basis: BaseModel | None) -> tuple[object, ...]:
    return (None,) * len(BASIS) if basis is None else tuple(getattr(basis, name) for name in BASIS)


def _lines(rows: Iterable[Sequence[object]], *, mark: bool = False) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([as_text(cell) for cell in row] for row in rows)
    return (b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode()
