"""Portfolios with the filing dates of their families, for ratings as filed; and reviews beside them."""

from collections.abc import Iterator, Sequence
from typing import Final

from giants.domain.filed import DatedFamily, plausible
from giants.domain.prediction import Settled, settled_reviews
from giants.store.client import Database
from giants.store.epochs import shown_rows

# Which families a company has, and with which symbols, is what the portfolio says; dates are those of the
# facts. A family whose fact is not stored yet has no date.
_FAMILIES: Final = """
SELECT p.company_id AS company_id, p.symbols AS symbols, f.filed_on AS filed_on
FROM (
    SELECT company_id, family_id, symbols FROM portfolio_rows FINAL
    WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
) AS p
LEFT JOIN (
    SELECT family_id, filed_on FROM families_rows FINAL
    WHERE family_id IN (
        SELECT family_id FROM portfolio_rows
        WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
    )
) AS f ON f.family_id = p.family_id
"""
_REVIEWED: Final = """
SELECT company_id, arrayMap(r -> tuple(r.review_year, r.outcome, r.reason), reviews) AS outcomes
FROM companies_rows FINAL
WHERE epoch = {epoch:UInt32} AND notEmpty(reviews) ORDER BY company_id
"""
COMPANIES_AT_A_TIME: Final = 500


def dated_families(database: Database, company_id: str) -> list[DatedFamily]:
    """The families of a company's portfolio in no order."""
    return _families(database, [company_id]).get(company_id, [])


def reviewed_companies(
    database: Database,
) -> Iterator[tuple[str, tuple[Settled, ...], list[DatedFamily]]]:
    """The companies with a settled review, each with its reviews and families, some hundred at a time."""
    reviewed = [
        (row["company_id"], reviews)
        for row in shown_rows(database, _REVIEWED)
        if (reviews := tuple(settled_reviews(row["outcomes"])))
    ]
    for first in range(0, len(reviewed), COMPANIES_AT_A_TIME):
        some = reviewed[first : first + COMPANIES_AT_A_TIME]
        families = _families(database, [company_id for company_id, _ in some])
        for company_id, reviews in some:
            yield company_id, reviews, families.get(company_id, [])


def _families(database: Database, ids: Sequence[str]) -> dict[str, list[DatedFamily]]:
    found: dict[str, list[DatedFamily]] = {}
    for row in shown_rows(database, _FAMILIES, {"ids": list(ids)}):
        family = DatedFamily(plausible(row["filed_on"]), tuple(row["symbols"]))
        found.setdefault(row["company_id"], []).append(family)
    return found
