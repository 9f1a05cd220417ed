"""What moved in a period: ratings of pairs, technologies that gain companies, cohorts that are rated strong.

Rows of changes are read without removing doubles: each answer takes the first and the last link of a chain,
so that a change which is stored twice counts once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giants.store.client import Database

MOVERS_MAX: Final = 50

# Of each pair what was announced before the period and what was announced last in it.
_STEPS: Final = """
    SELECT company_id, technology,
           argMin(tuple(previous_band, previous_score), seq) AS first,
           argMax(tuple(current_band, current_score, cause_kind, cause_ref, at), seq) AS last,
           first.1 AS from_band, first.2 AS from_score, last.1 AS to_band, last.2 AS to_score
    FROM rating_changes_rows
    WHERE epoch = (SELECT epoch FROM visible_epoch) AND at >= {since:DateTime64(3, 'UTC')}
      AND ({technology:String} = '' OR technology = {technology:String})
      AND ({backfill:Bool} OR NOT backfill)
    GROUP BY company_id, technology
"""
_MOVERS: Final = (
    """
SELECT company_id, technology, from_band, from_score, to_band, to_score,
       last.3 AS cause_kind, last.4 AS cause_ref, last.5 AS at,
       ifNull(to_score, 0) - ifNull(from_score, 0) AS step
FROM ("""
    + _STEPS
    + """)
WHERE if({rising:Bool}, step > 0, step < 0)
ORDER BY abs(step) DESC, company_id, technology
LIMIT {limit:UInt32}
"""
)
# Index 0 stands for unrated, so that to be rated at all is a step up.
_FLOWS: Final = (
    """
WITH ['very_weak', 'weak', 'moderate', 'strong', 'very_strong'] AS bands
SELECT technology,
       countIf(from_band IS NULL AND to_band IS NOT NULL) AS gained,
       countIf(from_band IS NOT NULL AND to_band IS NULL) AS lost,
       countIf(from_band IS NOT NULL AND to_band IS NOT NULL
               AND indexOf(bands, to_band) > indexOf(bands, from_band)) AS rose,
       countIf(from_band IS NOT NULL AND to_band IS NOT NULL
               AND indexOf(bands, to_band) < indexOf(bands, from_band)) AS fell
FROM ("""
    + _STEPS
    + """)
GROUP BY technology
ORDER BY toInt64(gained) - lost DESC, rose DESC, technology
"""
)
_STRONG: Final = """
SELECT batch, count() AS companies, countIf(families > 0) AS with_families,
       countIf(best >= 1) AS rated, countIf(best >= 4) AS strong
FROM (
    SELECT c.company_id, arrayJoin(arrayDistinct(c.batches)) AS batch, p.families AS families, p.best AS best
    FROM companies AS c
    LEFT JOIN (
        SELECT company_id, families,
               arrayMax(arrayMap(b -> indexOf(['very_weak', 'weak', 'moderate', 'strong', 'very_strong'],
                                              ifNull(b, '')), band)) AS best
        FROM portfolios
    ) AS p ON p.company_id = c.company_id
)
GROUP BY batch ORDER BY batch
"""


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant on; history that is filled in later counts only where it is asked for."""

    since: datetime
    include_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Mover:
    """How far the rating of a pair moved in a period; None is unrated. `step` is in points of the score."""

    company_id: str
    technology: str
    from_band: str | None
    from_score: float | None
    to_band: str | None
    to_score: float | None
    cause_kind: str
    cause_ref: str
    at: datetime
    step: float


@dataclass(frozen=True, slots=True)
class TechnologyFlow:
    """Companies of a technology that came to be rated, ceased to be, rose and fell by band in a period."""

    technology: str
    gained: int
    lost: int
    rose: int
    fell: int

    @property
    def net(self) -> int:
        """Companies gained less companies lost."""
        return self.gained - self.lost


@dataclass(frozen=True, slots=True)
class StrongShare:
    """Of a batch: its companies, those with families, those rated and rated strong in any technology."""

    batch: int
    companies: int
    with_families: int
    rated: int
    strong: int


def movers(
    database: Database, period: Period, *, rising: bool, technology: str = "", limit: int = MOVERS_MAX
) -> list[Mover]:
    """Pairs whose score moved furthest between announcements, up or down, the furthest first."""
    rows = database.rows(
        _MOVERS,
        _parameters(period, technology) | {"rising": rising, "limit": min(max(limit, 1), MOVERS_MAX)},
    )
    return [Mover(**row) for row in rows]


def technology_flows(database: Database, period: Period, technology: str = "") -> list[TechnologyFlow]:
    """How technologies gained and lost companies in a period, the largest gain first."""
    rows = database.rows(_FLOWS, _parameters(period, technology))
    return [TechnologyFlow(**row) for row in rows]


def strong_shares(database: Database) -> list[StrongShare]:
    """How much of each batch is rated, and rated strong or higher, in any technology."""
    return [StrongShare(**row) for row in database.rows(_STRONG)]


def _parameters(period: Period, technology: str) -> dict[str, object]:
    return {"since": period.since, "technology": technology, "backfill": period.include_backfill}
