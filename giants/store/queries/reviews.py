"""The next reviews of companies, by year and authority."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.companies import level_of
from schemas.base import AuthorityCode
from schemas.facts import Watchlist

_DUE: Final = """
SELECT assumeNotNull(next_review_year) AS year, authority, count() AS companies,
       arraySort(groupUniqArray(arrayMax(batches))) AS newest_batches
FROM companies_rows FINAL
WHERE epoch = {epoch:UInt32} AND status != 'inactive' AND next_review_year IS NOT NULL AND notEmpty(batches)
  AND ({all_companies:Bool} OR has({ids:Array(String)}, company_id))
  AND (empty({authorities:Array(String)}) OR has({authorities:Array(String)}, ifNull(authority, '')))
  AND (empty({batches:Array(UInt8)}) OR hasAny({batches:Array(UInt8)}, batches))
  AND (empty({technologies:Array(String)}) OR company_id IN (
    SELECT company_id FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND arrayExists(
      (technology, level) -> has({technologies:Array(String)}, toString(technology))
        AND level >= {level:UInt8}, rated, rated_level)))
GROUP BY year, authority ORDER BY year, authority
"""


@dataclass(frozen=True, slots=True)
class ReviewsDue:
    """How many companies of an authority have their next review in a year, and their newest batches."""

    year: int
    authority: AuthorityCode | None
    companies: int
    batches: tuple[int, ...]


def reviews_to_come(
    database: Database, watchlist: Watchlist | None = None, company_ids: Sequence[str] = ()
) -> list[ReviewsDue]:
    """The next reviews of all companies, or of those that a watchlist means.

    `company_ids` are those that the names of the watchlist stand for.
    """
    asked = {
        "all_companies": watchlist is None or not watchlist.companies,
        "ids": list(company_ids),
        "authorities": [code.value for code in watchlist.authorities] if watchlist else [],
        "batches": list(watchlist.batches) if watchlist else [],
        "technologies": list(watchlist.technologies) if watchlist else [],
        "level": level_of(watchlist.min_band if watchlist else None),
    }
    return [
        ReviewsDue(
            row["year"],
            AuthorityCode(row["authority"]) if row["authority"] else None,
            row["companies"],
            tuple(row["newest_batches"]),
        )
        for row in shown_rows(database, _DUE, asked)
    ]
