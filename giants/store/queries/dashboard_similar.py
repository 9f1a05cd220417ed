"""Companies that work on the same technologies."""

from dataclasses import dataclass
from typing import Final

from giants.store.client import Database

SIMILAR_MAX: Final = 10

# Alignments of rated pairs are what a company works on, whatever the size of its portfolio. Their overlap is
# the sum of the smaller alignments over the sum of the larger ones (Ruzicka): 1 for the same focus, 0 for
# none in common. The sum of the larger ones is both sums less the overlap.
_SIMILAR: Final = """
WITH
    {technologies:Array(String)} AS mine,
    {alignments:Array(Float64)} AS mine_alignment,
    arraySum(mine_alignment) AS mine_sum
SELECT p.company_id AS company_id, c.name AS name, c.name_en AS name_en, c.status AS status,
       c.authority AS authority, c.batches AS batches, p.families AS families,
       p.shared / (mine_sum + p.sum - p.shared) AS overlap, p.technologies AS technologies
FROM (
    SELECT company_id, families,
           arrayFilter((t, b) -> b IS NOT NULL, technology, band) AS rated,
           arrayFilter((a, b) -> b IS NOT NULL, alignment, band) AS rated_alignment,
           arrayMap((t, a) -> if(has(mine, t), least(a, mine_alignment[indexOf(mine, t)]), 0),
                    rated, rated_alignment) AS common,
           arraySum(common) AS shared,
           arraySum(rated_alignment) AS sum,
           arrayFilter((t, s) -> s > 0, rated, common) AS technologies
    FROM portfolios
    WHERE company_id != {id:String} AND hasAny(technology, mine)
) AS p
INNER JOIN companies AS c ON c.company_id = p.company_id
WHERE p.shared > 0
ORDER BY overlap DESC, company_id
LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True)
class SimilarCompany:
    """A company with rated technologies in common; `overlap` is in 0 … 1."""

    company_id: str
    name: str
    name_en: str | None
    status: str
    authority: str | None
    batches: tuple[int, ...]
    families: int
    overlap: float
    technologies: tuple[str, ...]


def similar_companies(
    database: Database, company_id: str, alignments: dict[str, float], limit: int = SIMILAR_MAX
) -> list[SimilarCompany]:
    """Companies whose focus overlaps most; `alignments` are those of the company's own rated pairs."""
    if not alignments:
        return []
    rows = database.rows(
        _SIMILAR,
        {
            "id": company_id,
            "technologies": list(alignments),
            "alignments": list(alignments.values()),
            "limit": min(max(limit, 1), SIMILAR_MAX),
        },
    )
    return [
        SimilarCompany(
            **{**row, "batches": tuple(row["batches"]), "technologies": tuple(row["technologies"])}
        )
        for row in rows
    ]
