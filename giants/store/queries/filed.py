"""Portfolios with the filing dates of their families, for ratings as filed."""

from typing import Final

from giants.domain.filed import DatedFamily, plausible
from giants.store.client import Database
from giants.store.epochs import shown_rows

# Which families a company has, and with which symbols, is what the portfolio says; dates are those of the
# facts. A family whose fact is not stored yet has no date.
_FAMILIES: Final = """
SELECT p.symbols AS symbols, f.filed_on AS filed_on
FROM (
    SELECT family_id, symbols FROM portfolio_rows FINAL
    WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
) AS p
LEFT JOIN (
    SELECT family_id, filed_on FROM families_rows FINAL
    WHERE family_id IN (
        SELECT family_id FROM portfolio_rows WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
    )
) AS f ON f.family_id = p.family_id
"""


def dated_families(database: Database, company_id: str) -> list[DatedFamily]:
    """The families of a company's portfolio in no order."""
    rows = shown_rows(database, _FAMILIES, {"id": company_id})
    return [DatedFamily(plausible(row["filed_on"]), tuple(row["symbols"])) for row in rows]
