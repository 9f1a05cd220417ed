"""The programme as a whole: batches, authorities, cohorts with what became of them (S-11, G-01)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain.lifecycle import batch_year
from giants.store.client import Database
from giants.store.queries.movements import BEST_BANDS

_BATCHES: Final = """
SELECT batch, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown,
       countIf(stage = 'public_notice') AS provisional
FROM (
    SELECT d.batch AS batch, d.stage AS stage,
           if({today:Bool}, status, arrayLast(s -> s.since <= {as_of:Date32}, timeline).status) AS status
    FROM companies ARRAY JOIN designations AS d
    WHERE {today:Bool} OR d.`on` <= {as_of:Date32}
)
GROUP BY batch ORDER BY batch
"""
_AUTHORITIES: Final = """
SELECT authority, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown
FROM (
    SELECT authority,
           if({today:Bool}, status, arrayLast(s -> s.since <= {as_of:Date32}, timeline).status) AS status
    FROM companies
    WHERE {today:Bool} OR arrayExists(s -> s.since <= {as_of:Date32}, timeline)
)
GROUP BY authority ORDER BY companies DESC, authority
"""
# Of several batches a company was reviewed for the newest whose year lies a multiple of three years before.
_REVIEWED: Final = """
SELECT batch, review_year, count() AS due, countIf(outcome = 'passed') AS passed,
       countIf(outcome = 'failed') AS failed, countIf(outcome = 'absent') AS absent,
       countIf(outcome = 'unknown') AS unknown, countIf(outcome = 'pending') AS pending,
       countIf(best >= 1) AS rated, countIf(best >= 4) AS strong
FROM (
    SELECT company_id, r.review_year AS review_year, r.outcome AS outcome,
           arrayMax(arrayFilter(b -> 2018 + b < r.review_year AND (r.review_year - 2018 - b) % 3 = 0,
                                arrayMap(d -> d.batch, designations))) AS batch
    FROM companies ARRAY JOIN reviews AS r
    WHERE {authority:String} = '' OR authority = {authority:String}
) AS c
LEFT JOIN ("""
_BY_COHORT: Final = """) AS p ON p.company_id = c.company_id
GROUP BY batch, review_year ORDER BY review_year, batch
"""
_COHORTS: Final = _REVIEWED + BEST_BANDS + _BY_COHORT


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch: how many it designated, and what they are now."""

    batch: int
    year: int
    companies: int
    active: int
    inactive: int
    unknown: int
    provisional: int


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """Companies of an authority by status; None is where no list says which it is (P-12)."""

    authority: str | None
    companies: int
    active: int
    inactive: int
    unknown: int


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One batch in one review year: due, and the outcome. Removal is out of the outcomes that are known.

    `rated` and `strong` count those of the companies due that are rated today, and rated strong or higher, in
    any technology.
    """

    batch: int
    review_year: int
    due: int
    passed: int
    failed: int
    absent: int
    unknown: int
    pending: int
    rated: int
    strong: int
    removal_rate: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything at a glance."""

    companies: int
    active: int
    inactive: int
    unknown: int
    companies_with_families: int
    families: int
    rated_pairs: int


def batches(database: Database, as_of: date | None = None) -> list[BatchRow]:
    """Every batch with designations, oldest first; a company counts in each of its batches."""
    rows = database.rows(_BATCHES, _on(as_of))
    return [BatchRow(year=batch_year(row["batch"]), **row) for row in rows]


def authorities(database: Database, as_of: date | None = None) -> list[AuthorityRow]:
    """Companies by authority, the largest first."""
    return [AuthorityRow(**row) for row in database.rows(_AUTHORITIES, _on(as_of))]


def cohorts(database: Database, authority: str = "") -> list[CohortRow]:
    """Every batch in every review year in which companies of it were due (S-05, S-11); of one authority."""
    return [
        CohortRow(removal_rate=_removal_rate(row["passed"], row["failed"] + row["absent"]), **row)
        for row in database.rows(_COHORTS, {"authority": authority})
    ]


def totals(database: Database) -> Totals:
    """Everything at a glance."""
    companies = database.rows(
        "SELECT count() AS companies, countIf(status = 'active') AS active, "
        "countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown FROM companies"
    )[0]
    portfolios = database.rows(
        "SELECT count() AS companies_with_families, sum(arrayCount(b -> b IS NOT NULL, band)) AS rated_pairs "
        "FROM portfolios"
    )[0]
    families = database.rows("SELECT uniqExact(cityHash64(family_id)) AS families FROM portfolio")[0]
    return Totals(**companies, **portfolios, **families)


def counts(row: AuthorityRow) -> dict[str, int]:
    """The numbers of a row by name."""
    return {
        "companies": row.companies,
        "active": row.active,
        "inactive": row.inactive,
        "unknown": row.unknown,
    }


def _removal_rate(passed: int, removed: int) -> float | None:
    return removed / (passed + removed) if passed + removed else None


def _on(as_of: date | None) -> dict[str, object]:
    return {"today": as_of is None, "as_of": as_of or date(1970, 1, 1)}
