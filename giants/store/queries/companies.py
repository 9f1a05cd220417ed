"""Companies: found by any name, filtered, on any date; one company with its whole history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from giants.store.client import Database, Row
from giants.store.queries.pages import PAGE_ROWS_DEFAULT, Page, bounded, decode_cursor, encode_cursor
from giants.store.search import search_key
from schemas.changes import CompanySnapshot
from schemas.codes import Band, Category, Status

BANDS: Final = tuple(Band)

# Statements are constants, put together from these once: an empty array takes everything, and every value is
# bound by the server. Names are read only where one is looked for, the history only where a day is asked for,
# ratings only where a band is.
_COUNTED: Final = "SELECT count() AS companies"
_FROM: Final = " FROM (SELECT "
_COLUMNS: Final = "company_id, name, name_en, next_review_year, authority, tier, provisional"
_NOW: Final = "status, sub_state, since, batches FROM companies"
_THEN: Final = """
    arrayLast(s -> s.since <= {as_of:Date32}, timeline) AS spell,
    spell.status AS status, spell.sub_state AS sub_state, spell.since AS since,
    arrayMap(d -> d.batch, arrayFilter(d -> d.`on` <= {as_of:Date32}, designations)) AS batches
    FROM companies WHERE arrayExists(s -> s.since <= {as_of:Date32}, timeline)
"""
_MET: Final = """
WHERE (empty({statuses:Array(String)}) OR has({statuses:Array(String)}, status))
  AND (empty({authorities:Array(String)}) OR has({authorities:Array(String)}, ifNull(authority, '')))
  AND (empty({batches:Array(UInt8)}) OR hasAny(batches, {batches:Array(UInt8)}))
"""
_NAMED: Final = "  AND position(search, {q:String}) > 0\n"
_RATED: Final = """
  AND company_id IN (
      SELECT company_id FROM rated_portfolios
      WHERE ({technology:String} = '' AND best >= {level:UInt8})
         OR ({technology:String} != '' AND rated_level[indexOf(rated, {technology:String})] >= {level:UInt8}))
"""
_TAGGED: Final = """
  AND company_id IN (
      SELECT company_id FROM companies WHERE hasAny(tags.category, {categories:Array(String)}))
"""
_FOUND: Final = "SELECT " + _COLUMNS + ", status, sub_state, since, batches, "
_NO_RANK: Final = "0 AS rank, 0 AS length"
# Of the query: 0 for a name as a whole, 1 for its beginning, 2 for any part of it.
_RANK: Final = """
       multiIf(position(search, concat('\n', {q:String}, '\n')) > 0, 0,
               position(search, concat('\n', {q:String})) > 0, 1, 2) AS rank, lengthUTF8(name) AS length
"""
_BY_RANK: Final = """
  AND (rank, length, company_id) > ({rank:Int32}, {length:UInt32}, {after:String})
ORDER BY rank, length, company_id LIMIT {limit:UInt32}
"""
_BY_ID: Final = "  AND company_id > {after:String} ORDER BY company_id LIMIT {limit:UInt32}"


@dataclass(frozen=True, slots=True)
class _Statements:
    """What is asked of companies in one way: a page of them, and how many there are."""

    page: str
    count: str


def _statements(*, named: bool, then: bool, rated: bool, tagged: bool) -> _Statements:
    source = _FROM + _COLUMNS + (", search, " if named else ", ") + (_THEN if then else _NOW) + ")"
    met = source + _MET + (_NAMED if named else "") + (_RATED if rated else "") + (_TAGGED if tagged else "")
    rank = _RANK if named else _NO_RANK
    return _Statements(_FOUND + rank + met + (_BY_RANK if named else _BY_ID), _COUNTED + met)


_STATEMENTS: Final = {
    (named, then, rated, tagged): _statements(named=named, then=then, rated=rated, tagged=tagged)
    for named in (False, True)
    for then in (False, True)
    for rated in (False, True)
    for tagged in (False, True)
}


@dataclass(frozen=True, slots=True)
class CompanyFilter:
    """What companies are asked for; an empty condition takes all. Values of one condition are alternatives.

    `query` is any name or a part of one, in Chinese, pinyin or English (N-13). `min_band` goes with
    `technology`, and alone means any technology. `categories` are those that analysts set, as of today.
    """

    query: str = ""
    statuses: tuple[Status, ...] = ()
    authorities: tuple[str, ...] = ()
    batches: tuple[int, ...] = ()
    technology: str | None = None
    min_band: Band | None = None
    as_of: date | None = None
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company in a list; `families` is 0 where no patent family is known."""

    company_id: str
    name: str
    name_en: str | None
    status: str
    sub_state: str
    since: date
    next_review_year: int | None
    authority: str | None
    tier: str | None
    batches: tuple[int, ...]
    provisional: bool
    families: int


def find_companies(
    database: Database,
    wanted: CompanyFilter,
    cursor: str | None = None,
    limit: int = PAGE_ROWS_DEFAULT,
) -> Page[CompanyRow]:
    """Companies that meet every condition; the best matches of the query first, then by id."""
    if _asks_for_nothing(wanted):
        return Page((), None)
    rank, length, after = decode_cursor("companies", cursor, (int, int, str)) if cursor else (-1, 0, "")
    limit = bounded(limit)
    place = {"rank": rank, "length": length, "after": after, "limit": limit + 1}
    rows = database.rows(_asked(wanted).page, _parameters(wanted) | place)
    families = _families(database, [row["company_id"] for row in rows[:limit]])
    items = tuple(_company_row(row, families) for row in rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("companies", (last["rank"], last["length"], last["company_id"])) if last else None
    return Page(items, more)


def count_companies(database: Database, wanted: CompanyFilter) -> int:
    """How many companies meet every condition."""
    if _asks_for_nothing(wanted):
        return 0
    return int(database.rows(_asked(wanted).count, _parameters(wanted))[0]["companies"])


def company_by_id(database: Database, company_id: str) -> CompanySnapshot | None:
    """The snapshot of a company; the id of a company that was merged leads to the one it became part of."""
    rows = database.rows(
        "SELECT body FROM companies WHERE company_id = {id:String} "
        "UNION ALL SELECT body FROM companies WHERE has(merged_from, {id:String}) LIMIT 1",
        {"id": company_id},
        raw=("body",),
    )
    return CompanySnapshot.model_validate_json(rows[0]["body"]) if rows else None


def companies_by_id(database: Database, company_ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Names in both languages of some companies."""
    rows = database.rows(
        "SELECT company_id, name, name_en FROM companies WHERE company_id IN {ids:Array(String)}",
        {"ids": sorted(set(company_ids))},
    )
    return {row["company_id"]: (row["name"], row["name_en"]) for row in rows}


def _asks_for_nothing(wanted: CompanyFilter) -> bool:
    """A query of which nothing is left, such as one of brackets alone, finds nothing."""
    return bool(wanted.query.strip()) and not search_key(wanted.query)


def _asked(wanted: CompanyFilter) -> _Statements:
    rated = wanted.technology is not None or wanted.min_band is not None
    named, then, tagged = bool(search_key(wanted.query)), wanted.as_of is not None, bool(wanted.categories)
    return _STATEMENTS[named, then, rated, tagged]


def _parameters(wanted: CompanyFilter) -> dict[str, Any]:
    return {
        "q": search_key(wanted.query),
        "statuses": [str(status) for status in wanted.statuses],
        "authorities": list(wanted.authorities),
        "batches": list(wanted.batches),
        "categories": [str(category) for category in wanted.categories],
        "technology": wanted.technology or "",
        "level": level_of(wanted.min_band),
        "as_of": wanted.as_of or date(1970, 1, 1),
    }


def level_of(lowest: Band | None) -> int:
    """The level of a band, from 1 for the weakest on; 1 where none is given: rated at all."""
    return 1 if lowest is None else BANDS.index(lowest) + 1


def _families(database: Database, company_ids: Sequence[str]) -> dict[str, int]:
    rows = database.rows(
        "SELECT company_id, families FROM portfolios WHERE company_id IN {ids:Array(String)}",
        {"ids": list(company_ids)},
    )
    return {row["company_id"]: row["families"] for row in rows}


def _company_row(row: Row, families: dict[str, int]) -> CompanyRow:
    return CompanyRow(
        company_id=row["company_id"],
        name=row["name"],
        name_en=row["name_en"],
        status=row["status"],
        sub_state=row["sub_state"],
        since=row["since"],
        next_review_year=row["next_review_year"],
        authority=row["authority"],
        tier=row["tier"],
        batches=tuple(row["batches"]),
        provisional=row["provisional"],
        families=families.get(row["company_id"], 0),
    )
