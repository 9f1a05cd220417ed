"""`giants cohorts`: what became of each batch at each review, as a table and as a picture (S-05, S-11)."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from giants.cli.tables import companies
from giants.cli.target import Api
from giants.domain.authorities import authority
from giants.domain.cohorts import AuthorityCount, Cohort, Retention, by_authority, cohorts, retention
from giants.errors import GiantsError
from giants.terminal.output import Json, out, print_json, say, table
from schemas.changes import CompanySnapshot

EXAMPLES = (
    "Examples: `giants cohorts` · `giants cohorts --through 2029` · `giants cohorts --picture cohorts.png` · "
    "`giants cohorts --json`"
)
THROUGH_YEAR_MAX = 2100


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="cohorts", epilog=EXAMPLES)(show)


def show(
    through: Annotated[
        int | None, typer.Option(min=2019, max=THROUGH_YEAR_MAX, help="Last year; this one by default.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the retention curves into this PNG.")] = None,
    json: Json = False,
) -> None:
    """Count, for each batch and review year, who was due, passed, removed, unknown, designated again."""
    year = through or datetime.now(UTC).year
    with Api.of_stack() as api:
        known = list(companies(api))
    if json:
        print_json(_document(known, year))
    else:
        _print(known, year)
    if picture is not None:
        draw = _drawing()

        draw(retention(known, min(year, datetime.now(UTC).year)), picture)
        if not json:
            say(f"retention curves: {picture}")


def _drawing() -> Callable[[Iterable[Retention], Path], None]:
    try:
        from giants.cli.cohort_plot import draw  # noqa: PLC0415 - plotting takes half a second to import
    except ModuleNotFoundError as error:
        raise GiantsError(
            f"a picture needs {error.name}: pip install 'little-giants-stream[plots]', or leave --picture out"
        ) from error
    return draw


def _document(known: list[CompanySnapshot], year: int) -> dict[str, object]:
    return {
        "cohorts": [{**asdict(one), "removal_rate": one.removal_rate} for one in cohorts(known, year)],
        "retention": [{**asdict(one), "kept_share": one.kept_share} for one in retention(known, year)],
        "authorities": [asdict(one) for one in by_authority(known)],
    }


def _print(known: list[CompanySnapshot], year: int) -> None:
    console = out()
    console.print(_cohorts(cohorts(known, year)))
    console.print()
    console.print(_retention(retention(known, min(year, datetime.now(UTC).year))))
    console.print()
    console.print(_authorities(by_authority(known)))


def _cohorts(found: Iterable[Cohort]) -> Table:
    return table(
        "Cohorts at their reviews",
        (
            "review",
            "batch",
            "due",
            "passed",
            "removed",
            "elevated",
            "unknown",
            "pending",
            "expected",
            "again",
            "removed %",
        ),
        (
            (
                str(one.review_year),
                f"{one.batch}{'′' * one.passes_before}",
                one.due,
                one.passed,
                one.removed,
                one.elevated,
                one.unknown,
                one.pending,
                one.expected,
                one.renominated,
                None if one.removal_rate is None else round(100 * one.removal_rate, 1),
            )
            for one in found
        ),
    )


def _retention(found: Iterable[Retention]) -> Table:
    curves: dict[int, list[Retention]] = {}
    for one in found:
        curves.setdefault(one.batch, []).append(one)
    return table(
        "Share of each batch that kept the title, by year since its designation",
        ("batch", "designated", "kept at the end of each year"),
        (
            (str(batch), curve[0].designated, "  ".join(f"{100 * one.kept_share:.1f} %" for one in curve))
            for batch, curve in curves.items()
        ),
    )


def _authorities(found: Iterable[AuthorityCount]) -> Table:
    return table(
        "Companies by nominating authority",
        ("code", "authority", "", "companies", "active", "inactive", "unknown"),
        (
            (
                one.authority or "–",
                authority(one.authority).name_zh if one.authority else "无",
                authority(one.authority).name_en if one.authority else "not known",
                one.companies,
                one.active,
                one.inactive,
                one.unknown,
            )
            for one in found
        ),
    )
