"""Lists as lists: the summary of each, and the latest news."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.pages import PAGE_ROWS_DEFAULT, Page, bounded, decode_cursor, encode_cursor
from schemas.changes import ListChange, ListSnapshot, ListSummary

_LISTS: Final = """
SELECT toString(published_on) AS day, list_id, body FROM lists_rows FINAL
WHERE epoch = {epoch:UInt32}
  AND (toString(published_on), list_id) < ({day:String}, {after:String})
  AND ({batch:UInt8} = 0 OR ifNull(batch, 0) = {batch:UInt8})
  AND ({review_year:UInt16} = 0 OR ifNull(review_year, 0) = {review_year:UInt16})
  AND ({authority:String} = '' OR ifNull(authority, '') = {authority:String})
ORDER BY published_on DESC, list_id DESC
LIMIT {limit:UInt32}
"""
_LIST: Final = """
SELECT body FROM lists_rows FINAL WHERE epoch = {epoch:UInt32} AND list_id = {list_id:String}
"""
_NEWS: Final = """
SELECT body FROM list_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND ({list_id:String} = '' OR list_id = {list_id:String})
ORDER BY at DESC, list_id, seq DESC
LIMIT {limit:UInt32}
"""
_SUMMARIES: Final = """
SELECT body FROM lists_rows FINAL WHERE epoch = {epoch:UInt32} ORDER BY list_id LIMIT {limit:UInt32}
"""
# A company counts once for a list, and once for each technology.
_STRONG: Final = """
SELECT list_id, technology, uniqExact(company_id) AS companies
FROM (
    SELECT list_id, arrayJoin(arrayConcat(came, passed)) AS company_id FROM lists_rows FINAL
    WHERE epoch = {epoch:UInt32} AND list_id IN {ids:Array(String)}
) AS listed
INNER JOIN (
    SELECT company_id, t AS technology FROM exposures_rows FINAL ARRAY JOIN technology AS t, band AS b
    WHERE epoch = {epoch:UInt32} AND ifNull(b, '') IN ('strong', 'very_strong')
) AS rated USING (company_id)
GROUP BY GROUPING SETS ((list_id, technology), (list_id))
ORDER BY list_id, companies DESC, technology
"""
STRONG_TECHNOLOGIES_MAX: Final = 5
# Notices and finals of all authorities, for sixty batches and as many review years, five times over.
SUMMARIES_MAX: Final = 50_000
# After every day that is written with four digits.
_END: Final = "9"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which lists are asked for; empty conditions take all."""

    batch: int | None = None
    review_year: int | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True)
class ListStrength:
    """Companies that a list designates or passes and that are rated strong or higher today, by technology.

    `technologies` holds the first few by the number of their companies; a company may count in several.
    """

    companies: int = 0
    technologies: tuple[tuple[str, int], ...] = ()

    @property
    def in_words(self) -> str:
        """The same as a part of a sentence; empty where there are none."""
        if not self.companies:
            return ""
        names = [(id_.replace("-", " "), number) for id_, number in self.technologies]
        if self.companies == 1:
            return f"today 1 of them is rated strong or higher, in {', '.join(name for name, _ in names)}"
        counted = ", ".join(f"{number:,} in {name}" for name, number in names)
        return f"today {self.companies:,} of them are rated strong or higher: {counted}"


NO_STRENGTH: Final = ListStrength()


def find_lists(
    database: Database, wanted: ListFilter, cursor: str | None = None, limit: int = PAGE_ROWS_DEFAULT
) -> Page[ListSnapshot]:
    """Lists that count, the latest published first."""
    limit = bounded(limit)
    day, after = decode_cursor("lists", cursor, (str, str)) if cursor else (_END, "")
    parameters = {
        "day": day,
        "after": after,
        "batch": wanted.batch or 0,
        "review_year": wanted.review_year or 0,
        "authority": wanted.authority,
        "limit": limit + 1,
    }
    rows = shown_rows(database, _LISTS, parameters, raw=("body",))
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("lists", (last["day"], last["list_id"])) if last else None
    return Page(tuple(ListSnapshot.model_validate_json(row["body"]) for row in rows[:limit]), more)


def summaries(database: Database) -> list[ListSummary]:
    """All lists that count, by id, without their companies."""
    rows = shown_rows(database, _SUMMARIES, {"limit": SUMMARIES_MAX}, raw=("body",))
    return [ListSummary.model_validate_json(row["body"]) for row in rows]


def list_by_id(database: Database, list_id: str) -> ListSnapshot | None:
    """A list; None where no revision of that id counts."""
    rows = shown_rows(database, _LIST, {"list_id": list_id}, raw=("body",))
    return ListSnapshot.model_validate_json(rows[0]["body"]) if rows else None


def latest_news(database: Database, limit: int, list_id: str = "") -> list[ListChange]:
    """The latest news of all lists, or of one, newest first."""
    rows = shown_rows(database, _NEWS, {"list_id": list_id, "limit": bounded(limit)}, raw=("body",))
    return [ListChange.model_validate_json(row["body"]) for row in rows]


def strength_of_lists(database: Database, list_ids: Sequence[str]) -> dict[str, ListStrength]:
    """How many companies of some lists are rated strong or higher as of now; lists without any are left out.

    It is counted when it is asked for: the ratings of a company follow after the list that names it.
    """
    if not list_ids:
        return {}
    companies: dict[str, int] = {}
    technologies: dict[str, list[tuple[str, int]]] = {}
    for row in shown_rows(database, _STRONG, {"ids": sorted(set(list_ids))}):
        if row["technology"]:
            technologies.setdefault(row["list_id"], []).append((row["technology"], row["companies"]))
        else:
            companies[row["list_id"]] = row["companies"]
    return {
        id_: ListStrength(number, tuple(technologies[id_][:STRONG_TECHNOLOGIES_MAX]))
        for id_, number in companies.items()
    }
