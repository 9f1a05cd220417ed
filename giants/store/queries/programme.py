"""The programme as a whole: batches, authorities, cohorts with what became of them (S-11, G-01)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain.lifecycle import batch_year
from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.movements import BEST_BANDS

_BATCHES: Final = """
SELECT batch, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown,
       countIf(stage = 'public_notice') AS provisional
FROM (
    SELECT batch, stage, %s AS status
    FROM companies_rows FINAL
    ARRAY JOIN designations.batch AS batch, designations.stage AS stage, designations.`on` AS designated_on
    WHERE epoch = {epoch:UInt32} AND %s
)
GROUP BY batch ORDER BY batch
"""
_AUTHORITIES: Final = """
SELECT authority, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown
FROM (
    SELECT authority, %s AS status
    FROM companies_rows FINAL
    WHERE epoch = {epoch:UInt32} AND %s
)
GROUP BY authority ORDER BY companies DESC, authority
"""
# The history is read only for a day in the past.
_NOW: Final = ("status", "1")
_STATUS_THEN: Final = "arrayLast((of, since) -> since <= {as_of:Date32}, timeline.status, timeline.since)"
_BATCHES_NOW: Final = _BATCHES % _NOW
_BATCHES_THEN: Final = _BATCHES % (_STATUS_THEN, "designated_on <= {as_of:Date32}")
_AUTHORITIES_NOW: Final = _AUTHORITIES % _NOW
_AUTHORITIES_THEN: Final = _AUTHORITIES % (
    _STATUS_THEN,
    "arrayExists(since -> since <= {as_of:Date32}, timeline.since)",
)
# A company in several batches was reviewed for the newest whose year is a multiple of three years before.
_REVIEWED: Final = """
SELECT batch, review_year, count() AS due, countIf(outcome = 'passed') AS passed,
       countIf(outcome = 'failed') AS failed, countIf(outcome = 'absent' AND NOT is_elevated) AS absent,
       countIf(outcome = 'absent' AND is_elevated) AS elevated,
       countIf(outcome = 'unknown') AS unknown, countIf(outcome = 'pending') AS pending,
       countIf(best >= 1) AS rated, countIf(best >= 4) AS strong
FROM (
    SELECT company_id, review_year, outcome, ifNull(reason, '') = 'absent_after_elevation' AS is_elevated,
           arrayMax(arrayFilter(b -> 2018 + b < review_year AND (review_year - 2018 - b) % 3 = 0,
                                designations.batch)) AS batch
    FROM companies_rows FINAL
    ARRAY JOIN reviews.review_year AS review_year, reviews.outcome AS outcome, reviews.reason AS reason
    WHERE epoch = {epoch:UInt32} AND ({authority:String} = '' OR authority = {authority:String})
) AS c
LEFT JOIN ("""
_BY_COHORT: Final = """) AS p ON p.company_id = c.company_id
GROUP BY batch, review_year ORDER BY review_year, batch
"""
_COHORTS: Final = _REVIEWED + BEST_BANDS + _BY_COHORT
_TOTALS: Final = (
    """
    SELECT count() AS companies, countIf(status = 'active') AS active,
           countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown
    FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}
    """,
    """
    SELECT count() AS companies_with_families, sum(length(rated)) AS rated_pairs
    FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32}
    """,
    """
    SELECT uniqExact(cityHash64(family_id)) AS families
    FROM portfolio_rows FINAL WHERE epoch = {epoch:UInt32}
    """,
)


@dataclass(frozen=True, slots=True)
class BatchItem:
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
class CohortItem:
    """One batch in one review year: due, and the outcome. Removal is out of the outcomes that are known.

    `elevated` are absent after their elevation to a higher title, which is no removal (S-13).

    `rated` and `strong` count those of the companies due that are rated today, and rated strong or higher, in
    any technology.
    """

    batch: int
    review_year: int
    due: int
    passed: int
    failed: int
    absent: int
    elevated: int
    unknown: int
    pending: int
    rated: int
    strong: int
    removal_rate: float | None
    strong_share: float


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of the whole service: companies, families, ratings, changes."""

    companies: int
    active: int
    inactive: int
    unknown: int
    companies_with_families: int
    families: int
    rated_pairs: int


def batches(database: Database, as_of: date | None = None) -> list[BatchItem]:
    """Every batch with designations, oldest first; a company counts in each of its batches."""
    rows = shown_rows(database, _BATCHES_THEN if as_of else _BATCHES_NOW, _on(as_of))
    return [BatchItem(year=batch_year(row["batch"]), **row) for row in rows]


def authorities(database: Database, as_of: date | None = None) -> list[AuthorityRow]:
    """Companies by authority, the largest first."""
    rows = shown_rows(database, _AUTHORITIES_THEN if as_of else _AUTHORITIES_NOW, _on(as_of))
    return [AuthorityRow(**row) for row in rows]


def cohorts(database: Database, authority: str = "") -> list[CohortItem]:
    """Every batch in every review year in which companies of it were due (S-05, S-11); of one authority."""
    return [
        CohortItem(
            removal_rate=_removal_rate(row["passed"], row["failed"] + row["absent"]),
            strong_share=row["strong"] / row["due"],
            **row,
        )
        for row in shown_rows(database, _COHORTS, {"authority": authority})
    ]


def totals(database: Database) -> Totals:
    """Totals of the whole service: companies, families, ratings, changes."""
    (companies,), (portfolios,), (families,) = (shown_rows(database, statement) for statement in _TOTALS)
    return Totals(**companies, **portfolios, **families)


def _removal_rate(passed: int, removed: int) -> float | None:
    return removed / (passed + removed) if passed + removed else None


def _on(as_of: date | None) -> dict[str, date]:
    return {} if as_of is None else {"as_of": as_of}
