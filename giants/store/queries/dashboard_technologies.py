"""Technologies as pages show them: their names, and where the companies rated in one were nominated."""

from dataclasses import dataclass
from typing import Final

from giants.store.client import Database

_AUTHORITIES: Final = """
SELECT c.authority AS authority, count() AS rated, countIf(p.level >= 4) AS strong
FROM (
    SELECT company_id, rated_level[indexOf(rated, {technology:String})] AS level
    FROM rated_portfolios
) AS p
INNER JOIN companies AS c ON c.company_id = p.company_id
WHERE p.level > 0
GROUP BY authority
ORDER BY rated DESC, authority
"""


@dataclass(frozen=True, slots=True)
class TechnologyName:
    """What a technology is called, and its place in the taxonomy."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class TechnologyAuthorityRow:
    """Companies of an authority rated in a technology, and those rated strong or higher."""

    authority: str | None
    rated: int
    strong: int


def technology_names(database: Database, taxonomy: str) -> dict[str, TechnologyName]:
    """The technologies of the version in force by id, in its order; empty where none is known yet."""
    rows = database.rows(
        "SELECT technology, name, category FROM technologies WHERE taxonomy = {t:String} ORDER BY listed_as",
        {"t": taxonomy},
    )
    return {row["technology"]: TechnologyName(row["name"], row["category"]) for row in rows}


def authorities_of_technology(database: Database, technology: str) -> list[TechnologyAuthorityRow]:
    """Where the companies rated in a technology were nominated, the most first."""
    rows = database.rows(_AUTHORITIES, {"technology": technology})
    return [TechnologyAuthorityRow(**row) for row in rows]
