"""The programme over the years: what became of each batch, and when reviews are due."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain.lifecycle import batch_year
from giants.kafka import topics
from giants.store.client import Database
from giants.store.queries.feed import newest_change_at
from giants.store.queries.programme import AuthorityRow

# A designation that a final list did not confirm never began.
_RETENTION: Final = """
SELECT batch, year, count() AS companies,
       countIf(status = 'active') AS active, countIf(status = 'unknown') AS unknown
FROM (
    SELECT d.batch AS batch, arrayJoin(range(2018 + d.batch, {until:UInt16} + 1)) AS year,
           arrayLast(s -> s.since <= makeDate32(year, 12, 31), timeline).status AS status
    FROM companies ARRAY JOIN designations AS d
    WHERE ifNull(d.confirmed, 1)
)
GROUP BY batch, year ORDER BY batch, year
"""
_BATCH_AUTHORITIES: Final = """
SELECT d.authority AS authority, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown
FROM companies ARRAY JOIN designations AS d
WHERE d.batch = {batch:UInt8} AND ifNull(d.confirmed, 1)
GROUP BY authority ORDER BY companies DESC, authority
"""
_AUTHORITY_BATCHES: Final = """
SELECT d.batch AS batch, count() AS companies, countIf(status = 'active') AS active,
       countIf(status = 'inactive') AS inactive, countIf(status = 'unknown') AS unknown
FROM companies ARRAY JOIN designations AS d
WHERE d.authority = {authority:String} AND ifNull(d.confirmed, 1)
GROUP BY batch ORDER BY batch
"""
_DUE: Final = """
SELECT assumeNotNull(next_review_year) AS review_year, arrayMax(batches) AS batch, count() AS companies
FROM companies
WHERE status != 'inactive' AND next_review_year IS NOT NULL AND notEmpty(batches)
GROUP BY review_year, batch ORDER BY review_year, batch
"""


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """A batch at the end of a year: how many of its companies hold the title, whichever batch gave it."""

    batch: int
    year: int
    companies: int
    active: int
    unknown: int


@dataclass(frozen=True, slots=True)
class AuthorityBatchRow:
    """Companies that an authority nominated in a batch, by their status today."""

    batch: int
    year: int
    companies: int
    active: int
    inactive: int
    unknown: int


@dataclass(frozen=True, slots=True)
class DueRow:
    """Companies whose next review falls in a year, by the newest batch that designated them."""

    review_year: int
    batch: int
    companies: int


def newest_day(database: Database) -> date | None:
    """The day that the programme is known to: the latest that is a fact, else that of the newest change."""
    rows = database.rows(
        "SELECT max(identity) AS newest FROM facts WHERE topic = {t:String}", {"t": topics.DAYS.name}
    )
    if rows[0]["newest"]:
        return date.fromisoformat(rows[0]["newest"].partition("@")[0])
    newest = newest_change_at(database)
    return newest.date() if newest else None


def retention(database: Database, until_year: int) -> list[RetentionRow]:
    """Every batch at the end of every year from its designation on, and to date in `until_year`."""
    return [RetentionRow(**row) for row in database.rows(_RETENTION, {"until": until_year})]


def authorities_of_batch(database: Database, batch: int) -> list[AuthorityRow]:
    """Where the companies of a batch were nominated; None is the authority that no list names (P-12)."""
    return [AuthorityRow(**row) for row in database.rows(_BATCH_AUTHORITIES, {"batch": batch})]


def batches_of_authority(database: Database, authority: str) -> list[AuthorityBatchRow]:
    """What an authority nominated, oldest batch first."""
    rows = database.rows(_AUTHORITY_BATCHES, {"authority": authority})
    return [AuthorityBatchRow(year=batch_year(row["batch"]), **row) for row in rows]


def reviews_due(database: Database) -> list[DueRow]:
    """How many companies come up for review in which year (S-05)."""
    return [DueRow(**row) for row in database.rows(_DUE)]
