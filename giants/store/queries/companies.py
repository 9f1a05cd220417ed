"""Companies: found by any name, filtered, on any date; one company with its whole history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.asked_ratings import ASKED_SCORES, BANDS, AskedRating, asked_ratings
from giants.store.queries.pages import PAGE_ROWS_DEFAULT, Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from giants.store.search import search_key
from schemas.changes import CompanySnapshot
from schemas.codes import Band, Category, Profile, Status, Tier

# Two steps: which companies, from the columns of the conditions alone, with their total; then what a list
# shows of those on the page. Statements are composed of these constants; the server binds every value.
_WHICH: Final = """
SELECT count() AS total, groupArraySortedIf({{most:UInt32}})({place}, {place} > {after}) AS page
FROM companies_rows FINAL {scores}
WHERE epoch = {{epoch:UInt32}}
"""
_ABOVE_ALL: Final = -1_000_000_000  # scores are at most 100
_BY_ID: Final = {"place": "company_id", "after": "{after:String}", "scores": ""}
# The highest score first, of the ratings that were asked for, as whole numbers: a cursor keeps these exactly.
_BY_SCORE: Final = {
    "place": "(-toInt64(round(asked_score * 1000000)), company_id)",
    "after": "({above:Int64}, {after:String})",
    "scores": f"INNER JOIN {ASKED_SCORES} USING (company_id)",
}
# Of the query: 0 for a name as a whole, 1 for its beginning, 2 for any part of it.
_BY_RANK: Final = {
    "place": """(
        multiIf(position(search, concat('\n', {q:String}, '\n')) > 0, 0,
                position(search, concat('\n', {q:String})) > 0, 1, 2), lengthUTF8(name), company_id)""",
    "after": "({rank:Int32}, {length:UInt32}, {after:String})",
    "scores": "",
}
_STATUS_NOW: Final = "status"
_STATUS_THEN: Final = "arrayLast((of, since) -> since <= {as_of:Date32}, timeline.status, timeline.since)"
_BATCHES_NOW: Final = "batches"
_BATCHES_THEN: Final = (
    "arrayFilter((batch, since) -> since <= {as_of:Date32}, designations.batch, designations.`on`)"
)
_KNOWN_THEN: Final = "AND arrayExists(since -> since <= {as_of:Date32}, timeline.since)\n"
_NAMED: Final = "AND position(search, {q:String}) > 0\n"
_OF_STATUS: Final = "AND has({statuses:Array(String)}, %s)\n"
_OF_AUTHORITY: Final = "AND has({authorities:Array(String)}, ifNull(authority, ''))\n"
_OF_BATCH: Final = "AND hasAny({batches:Array(UInt8)}, %s)\n"
_TAGGED: Final = "AND hasAny(tags.category, {categories:Array(String)})\n"
_RATED: Final = """AND company_id IN (
    SELECT company_id FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND best >= {level:UInt8}%s)
"""
_RATED_IN: Final = " AND rated_level[indexOf(rated, {technology:String})] >= {level:UInt8}"
_PROFILED_IN: Final = (
    " AND has({profiles:Array(String)}, toString(rated_profile[indexOf(rated, {technology:String})]))"
)
# One pair has to have both the band and the profile.
_PROFILED: Final = """ AND arrayExists(
        (at, of) -> at >= {level:UInt8} AND has({profiles:Array(String)}, toString(of)),
        rated_level, rated_profile)"""
_OF_TIER: Final = "AND has({tiers:Array(String)}, ifNull(tier, ''))\n"
_PROVISIONAL: Final = "AND provisional = {provisional:Bool}\n"
_COLUMNS: Final = "company_id, name, name_en, next_review_year, authority, tier, provisional, "
_NOW: Final = "status, sub_state, since, batches, first_designated, held_since, term_since "
_THEN: Final = f"""
    arrayLast(s -> s.since <= {{as_of:Date32}}, timeline) AS spell, spell.status AS status,
    spell.sub_state AS sub_state, spell.since AS since, {_BATCHES_THEN} AS batches,
    NULL AS first_designated, NULL AS held_since, NULL AS term_since
"""
_OF_PAGE: Final = """
FROM companies_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""
_LISTED_NOW: Final = "SELECT " + _COLUMNS + _NOW + _OF_PAGE
_LISTED_THEN: Final = "SELECT " + _COLUMNS + _THEN + _OF_PAGE
_NAMES: Final = "SELECT company_id, name, name_en, authority " + _OF_PAGE
_FAMILIES: Final = """
SELECT company_id, families
FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""
_BY_OWN_ID: Final = (
    "SELECT body FROM companies_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id = {id:String}"
)
# Only where no company has the id: it reads the merged ids of every company.
_BY_MERGED_ID: Final = """
SELECT body FROM companies_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id IN (
    SELECT company_id FROM companies_rows FINAL
    WHERE epoch = {epoch:UInt32} AND has(merged_from, {id:String}))
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class CompanyFilter:
    """What companies are asked for; an empty condition takes all. Values of one condition are alternatives.

    `query` is any name or a part of one, in Chinese, pinyin or English (N-13). `min_band` goes with
    `technology`, and alone means any technology; so does `profiles`, and one rating has to meet both.
    `categories` are those that analysts set; they, `tiers` and `provisional` are as of today.
    """

    query: str = ""
    statuses: tuple[Status, ...] = ()
    authorities: tuple[str, ...] = ()
    batches: tuple[int, ...] = ()
    technology: str | None = None
    min_band: Band | None = None
    as_of: date | None = None
    categories: tuple[Category, ...] = ()
    profiles: tuple[Profile, ...] = ()
    tiers: tuple[Tier, ...] = ()
    provisional: bool | None = None


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company in a list; `families` is 0 where no patent family is known."""

    company_id: str
    name: str
    name_en: str | None
    status: str
    sub_state: str
    since: date
    first_designated: date | None
    held_since: date | None
    term_since: date | None
    next_review_year: int | None
    authority: str | None
    tier: str | None
    batches: tuple[int, ...]
    provisional: bool
    families: int
    rating: AskedRating | None = None  # where ratings are asked for: the one that meets what was asked


@dataclass(frozen=True, slots=True)
class CompanyPage(Page[CompanyRow]):
    """A page of companies; `total` is how many meet the conditions in all."""

    total: int


def find_companies(
    database: Database,
    wanted: CompanyFilter,
    cursor: str | None = None,
    limit: int = PAGE_ROWS_DEFAULT,
) -> CompanyPage:
    """Companies that meet every condition.

    The best matches of the query come first; without a query those with the highest score of the ratings that
    are asked for; where none are asked for they come by id.
    """
    if _asks_for_nothing(wanted):
        return CompanyPage((), None, 0)
    limit = bounded(limit)
    parameters = _parameters(wanted)
    place = _after(wanted, cursor) | {"most": limit + 1}
    found = shown_rows(database, _which(wanted), parameters | place)[0]
    places = [place if isinstance(place, tuple | list) else (0, 0, place) for place in found["page"]]
    more = None
    if len(places) > limit:
        more = encode_cursor("rated" if _goes_by_score(wanted) else "companies", places[limit - 1])
    ids = [str(place[-1]) for place in places[:limit]]
    return CompanyPage(_listed(database, ids, wanted, parameters), more, found["total"])


def _goes_by_score(wanted: CompanyFilter) -> bool:
    return _asks_for_ratings(wanted) and not search_key(wanted.query)


def _after(wanted: CompanyFilter, cursor: str | None) -> dict[str, Any]:
    """Where a page begins, as the parameters of its statement."""
    if _goes_by_score(wanted):
        above, after = decode_cursor("rated", cursor, (int, str)) if cursor else (_ABOVE_ALL, "")
        return {"above": above, "after": after}
    rank, length, after = decode_cursor("companies", cursor, (int, int, str)) if cursor else (-1, 0, "")
    return {"rank": rank, "length": length, "after": after}


def _listed(
    database: Database, ids: list[str], wanted: CompanyFilter, parameters: dict[str, Any]
) -> tuple[CompanyRow, ...]:
    """What a list shows of some companies, in the order of the ids."""
    if not ids:
        return ()
    listed = _LISTED_NOW if wanted.as_of is None else _LISTED_THEN
    rows = shown_rows(database, listed, parameters | {"ids": ids})
    families = _families(database, ids)
    ratings: dict[str, AskedRating] = {}
    if _asks_for_ratings(wanted):
        ratings = asked_ratings(database, ids, wanted.technology, parameters["level"], wanted.profiles)
    by_id = {row["company_id"]: row for row in rows}
    return tuple(
        from_row(
            CompanyRow,
            by_id[id_],
            batches=tuple(by_id[id_]["batches"]),
            families=families.get(id_, 0),
            rating=ratings.get(id_),
        )
        for id_ in ids
        if id_ in by_id
    )


def company_by_id(database: Database, company_id: str) -> CompanySnapshot | None:
    """The snapshot of a company; the id of a company that was merged leads to the one it became part of."""
    for statement in (_BY_OWN_ID, _BY_MERGED_ID):
        rows = shown_rows(database, statement, {"id": company_id}, raw=("body",))
        if rows:
            return CompanySnapshot.model_validate_json(rows[0]["body"])
    return None


class Known(NamedTuple):
    """A company in short: its names in both languages, and the authority that nominated it."""

    name: str
    name_en: str | None
    authority: str | None


def companies_by_id(database: Database, company_ids: Sequence[str]) -> dict[str, Known]:
    """Some companies in short."""
    if not company_ids:
        return {}
    rows = shown_rows(database, _NAMES, {"ids": sorted(set(company_ids))})
    return {row["company_id"]: Known(row["name"], row["name_en"], row["authority"]) for row in rows}


def _asks_for_nothing(wanted: CompanyFilter) -> bool:
    """A query of which nothing is left, such as one of brackets alone, finds nothing."""
    return bool(wanted.query.strip()) and not search_key(wanted.query)


def _which(wanted: CompanyFilter) -> str:
    """The statement that finds the companies, with the conditions that are asked for and no others."""
    then = wanted.as_of is not None
    conditions = (
        (then, _KNOWN_THEN),
        (bool(search_key(wanted.query)), _NAMED),
        (bool(wanted.statuses), _OF_STATUS % (_STATUS_THEN if then else _STATUS_NOW)),
        (bool(wanted.authorities), _OF_AUTHORITY),
        (bool(wanted.batches), _OF_BATCH % (_BATCHES_THEN if then else _BATCHES_NOW)),
        (bool(wanted.categories), _TAGGED),
        (bool(wanted.tiers), _OF_TIER),
        (wanted.provisional is not None, _PROVISIONAL),
        (_asks_for_ratings(wanted), _RATED % _ratings(wanted)),
    )
    order = _BY_SCORE if _goes_by_score(wanted) else _BY_RANK if search_key(wanted.query) else _BY_ID
    which = _WHICH.format(**order)
    return which + "".join(condition for is_asked, condition in conditions if is_asked)


def _asks_for_ratings(wanted: CompanyFilter) -> bool:
    return wanted.technology is not None or wanted.min_band is not None or bool(wanted.profiles)


def _ratings(wanted: CompanyFilter) -> str:
    """What the ratings have to meet beyond the lowest band of the best one."""
    if wanted.technology is not None:
        return _RATED_IN + (_PROFILED_IN if wanted.profiles else "")
    return _PROFILED if wanted.profiles else ""


def _parameters(wanted: CompanyFilter) -> dict[str, Any]:
    return {
        "q": search_key(wanted.query),
        "statuses": [str(status) for status in wanted.statuses],
        "authorities": list(wanted.authorities),
        "batches": list(wanted.batches),
        "categories": [str(category) for category in wanted.categories],
        "profiles": [str(profile) for profile in wanted.profiles],
        "tiers": [str(tier) for tier in wanted.tiers],
        "provisional": bool(wanted.provisional),
        "technology": wanted.technology or "",
        "level": level_of(wanted.min_band),
        "as_of": wanted.as_of or date(1970, 1, 1),
    }


def level_of(lowest: Band | None) -> int:
    """The level of a band, from 1 for the weakest on; 1 where none is given: rated at all."""
    return 1 if lowest is None else BANDS.index(lowest) + 1


def _families(database: Database, company_ids: Sequence[str]) -> dict[str, int]:
    rows = shown_rows(database, _FAMILIES, {"ids": list(company_ids)})
    return {row["company_id"]: row["families"] for row in rows}
