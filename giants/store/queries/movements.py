"""What moved in a period: ratings of pairs, technologies that gain companies, cohorts that are rated strong.

Duplicate rows of changes are not removed: each answer takes the first and the last change of a chain, so a
change that is stored twice counts once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from giants.store.client import Database, Row
from giants.store.epochs import shown_rows
from giants.store.queries.rows import from_row
from schemas.codes import Band

MOVERS_MAX: Final = 50
# Read beyond the limit, so that of equal steps those of the first companies are shown.
EQUAL_STEPS_MAX: Final = 50
BANDS: Final = tuple(Band)
END_OF_TIME: Final = datetime(2299, 12, 31, tzinfo=UTC)

# The rows of a period. A pair is identified by a number: grouping by it takes a third of the time of grouping
# by two texts.
_IN_PERIOD: Final = """
    FROM moves_rows
    WHERE epoch = {epoch:UInt32}
      AND at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')}
      AND ({technology:String} = '' OR technology = {technology:String})
      AND ({backfill:Bool} OR NOT backfill)
      AND ({authority:String} = '' OR company_id IN (
          SELECT company_id FROM companies_rows FINAL
          WHERE epoch = {epoch:UInt32} AND authority = {authority:String}))
"""
_PAIR: Final = "cityHash64(company_id, technology)"
# The step of each pair: the largest ones in both directions, so that the others are not read.
_STEPS: Final = (
    """
SELECT company_id, technology, argMax(at, seq) AS last_at,
       argMin(from_level, seq) AS from_level, argMin(from_score, seq) AS from_score,
       argMax(to_level, seq) AS to_level, argMax(to_score, seq) AS to_score,
       argMax(cause_kind, seq) AS cause_kind, argMax(cause_ref, seq) AS cause_ref,
       to_score - from_score AS step
"""
    + _IN_PERIOD
)
_FURTHEST_FIRST: Final = """
GROUP BY company_id, technology
ORDER BY abs(step) DESC, company_id, technology
LIMIT {limit:UInt32} BY sign(step)
"""
_OF_FEW: Final = _STEPS + _FURTHEST_FIRST
# Two steps: which pairs, from numbers alone; then what was announced of those few before the period and last
# in it. A collision of two numbers may lose a pair, but never invents a step.
_FURTHEST: Final = (
    """
SELECT groupArraySortedIf({limit:UInt32})((-step, pair), step > 0) AS rising,
       groupArraySortedIf({limit:UInt32})((step, pair), step < 0) AS falling
FROM (
    SELECT """
    + _PAIR
    + " AS pair, argMax(to_score, seq) - argMin(from_score, seq) AS step"
    + _IN_PERIOD
    + """
    GROUP BY pair
)
"""
)
_OF_PAIRS: Final = _STEPS + "AND " + _PAIR + " IN {pairs:Array(UInt64)}" + _FURTHEST_FIRST
# Level 0 stands for unrated, so that to be rated at all is a step up. The first and the last link of a chain
# are found by one number each, the level below `seq`.
_LEVELS: Final = range(1, len(BANDS) + 1)
_ENTERED: Final = ", ".join(f"countIf(to_level = {level} AND from_level != {level})" for level in _LEVELS)
_LEFT: Final = ", ".join(f"countIf(from_level = {level} AND to_level != {level})" for level in _LEVELS)
_FLOWS: Final = (
    """
SELECT of AS technology,
       countIf(from_level = 0 AND to_level > 0) AS gained, countIf(from_level > 0 AND to_level = 0) AS lost,
       countIf(from_level > 0 AND to_level > from_level) AS rose,
       countIf(to_level > 0 AND to_level < from_level) AS fell,
       ["""
    + _ENTERED
    + "] AS entered, ["
    + _LEFT
    + """] AS left
FROM (
    SELECT any(technology) AS of, bitAnd(min(bitShiftLeft(seq, 3) + from_level), 7) AS from_level,
           bitAnd(max(bitShiftLeft(seq, 3) + to_level), 7) AS to_level
"""
    + _IN_PERIOD
    + "GROUP BY "
    + _PAIR
    + """
)
GROUP BY of
ORDER BY toInt64(gained) - lost DESC, rose DESC, technology
"""
)
# The best band of a company in any technology is level 0 where it has families and no rating.
BEST_BANDS: Final = "SELECT company_id, families, best FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32}"
_COUNTED: Final = """
       count() AS companies, countIf(families > 0) AS with_families,
       countIf(best >= 1) AS rated, countIf(best >= 4) AS strong
"""
_OF_BATCHES: Final = """
FROM (
    SELECT company_id, arrayJoin(arrayDistinct(batches)) AS batch
    FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}
) AS c
LEFT JOIN ("""
# A designation counts for the authority that made it, whatever that of the company is today.
_OF_AUTHORITIES: Final = """
FROM (
    SELECT DISTINCT company_id, batch, authority
    FROM (
        SELECT company_id, designations.batch AS batches, designations.authority AS authorities
        FROM companies_rows FINAL WHERE epoch = {epoch:UInt32}
    )
    ARRAY JOIN batches AS batch, authorities AS authority
) AS c
LEFT JOIN ("""
_JOINED: Final = ") AS p ON p.company_id = c.company_id"
_STRONG: Final = (
    "SELECT batch," + _COUNTED + _OF_BATCHES + BEST_BANDS + _JOINED + " GROUP BY batch ORDER BY batch"
)
_STRENGTHS: Final = (
    "SELECT batch, authority,"
    + _COUNTED
    + _OF_AUTHORITIES
    + BEST_BANDS
    + _JOINED
    + " GROUP BY batch, authority ORDER BY batch, authority"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Which changes: from an instant on, before another; of one technology or authority, or of all.

    History that is filled in later counts only where it is asked for.
    """

    since: datetime
    until: datetime = END_OF_TIME
    include_backfill: bool = False
    technology: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Mover:
    """How far the rating of a pair moved in a period; None is unrated. `step` is in points of the score."""

    company_id: str
    technology: str
    from_band: Band | None
    from_score: float | None
    to_band: Band | None
    to_score: float | None
    cause_kind: str
    cause_ref: str
    at: datetime
    step: float


@dataclass(frozen=True, slots=True)
class Movers:
    """The pairs of a period that moved furthest up and down."""

    rose: tuple[Mover, ...] = ()
    fell: tuple[Mover, ...] = ()


@dataclass(frozen=True, slots=True)
class TechnologyFlow:
    """Companies of a technology that came to be rated, ceased to be, rose and fell by band in a period.

    `entered` and `left` count for each band, weakest first, the companies that came to be in it and those
    that no longer are.
    """

    technology: str
    gained: int = 0
    lost: int = 0
    rose: int = 0
    fell: int = 0
    entered: tuple[int, ...] = (0,) * len(Band)
    left: tuple[int, ...] = (0,) * len(Band)

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


@dataclass(frozen=True, slots=True)
class Strength:
    """The same of what one authority designated in a batch; None where no list says which (P-12)."""

    batch: int
    authority: str | None
    companies: int
    with_families: int
    rated: int
    strong: int


def movers(database: Database, period: Period, limit: int = MOVERS_MAX) -> Movers:
    """Pairs whose score moved furthest between announcements, up and down, the furthest first."""
    limit = min(max(limit, 1), MOVERS_MAX)
    rows = _steps(database, period, limit)
    rose, fell = ([row for row in rows if row["step"] * way > 0] for way in (1, -1))
    return Movers(tuple(map(_mover, rose)), tuple(map(_mover, fell)))


def _steps(database: Database, period: Period, limit: int) -> list[Row]:
    """The pairs with the largest steps in both directions, the largest first.

    Those of one technology or authority are few enough to be grouped by their texts in one query.
    """
    asked = _parameters(period) | {"limit": limit}
    if period.technology or period.authority:
        return shown_rows(database, _OF_FEW, asked)
    furthest = shown_rows(database, _FURTHEST, asked | {"limit": limit + EQUAL_STEPS_MAX})[0]
    pairs = [pair for _, pair in (*furthest["rising"], *furthest["falling"])]
    return shown_rows(database, _OF_PAIRS, asked | {"pairs": pairs}) if pairs else []


def _mover(row: Row) -> Mover:
    """The movement of a pair; the cause is that of its last change."""
    return from_row(
        Mover,
        row,
        from_band=_band(row["from_level"]),
        from_score=row["from_score"] if row["from_level"] else None,
        to_band=_band(row["to_level"]),
        to_score=row["to_score"] if row["to_level"] else None,
        at=row["last_at"],
    )


def _band(level: int) -> Band | None:
    return BANDS[level - 1] if level else None


def technology_flows(database: Database, period: Period) -> list[TechnologyFlow]:
    """How technologies gained and lost companies in a period, the largest gain first."""
    rows = shown_rows(database, _FLOWS, _parameters(period))
    by_band = ({name: tuple(row[name]) for name in ("entered", "left")} for row in rows)
    return [TechnologyFlow(**(row | bands)) for row, bands in zip(rows, by_band, strict=True)]


def strong_shares(database: Database) -> list[StrongShare]:
    """How much of each batch is rated, and rated strong or higher, in any technology."""
    return [StrongShare(**row) for row in shown_rows(database, _STRONG)]


def strengths(database: Database) -> list[Strength]:
    """How much of what each authority designated in each batch is rated, and rated strong or higher."""
    return [Strength(**row) for row in shown_rows(database, _STRENGTHS)]


def _parameters(period: Period) -> dict[str, object]:
    return {
        "since": period.since,
        "until": period.until,
        "technology": period.technology,
        "authority": period.authority,
        "backfill": period.include_backfill,
    }
