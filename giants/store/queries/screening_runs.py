"""Runs of screening: what was asked and found, for the audit trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giants.store.client import Database
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.portfolios import Judgement, ScreeningRun

# An empty owner sees all.
_RUNS: Final = """
SELECT run_id, any(s.origin) AS origin, any(s.label) AS label, any(s.owner) AS owner, any(s.`by`) AS by,
       min(s.at) AS began_at, count() AS parts, sum(s.names) AS names, sum(s.matched) AS matched,
       sum(s.ambiguous) AS ambiguous, sum(s.review) AS review, sum(s.none) AS none,
       sum(s.problems) AS problems
FROM screenings AS s
WHERE ({owner:String} = '' OR s.owner = {owner:String}) AND ({id:String} = '' OR run_id = {id:String})
GROUP BY run_id HAVING (toUnixTimestamp64Milli(began_at), run_id) < ({at_ms:Int64}, {before:String})
ORDER BY began_at DESC, run_id DESC LIMIT {limit:UInt32}
"""
_PARTS: Final = """
SELECT part, body FROM screenings
WHERE run_id = {id:String} AND part > {after:UInt32} AND ({owner:String} = '' OR owner = {owner:String})
ORDER BY part LIMIT {limit:UInt32}
"""
# What was judged of a name by the desk that screened it, the latest first.
_DECIDED: Final = """
SELECT body FROM judgements WHERE owner = {owner:String} AND entry_name IN {names:Array(String)}
ORDER BY at DESC, judgement_id DESC LIMIT 1 BY entry_name, company_id LIMIT 10000
"""
PARTS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run of screening without its names."""

    run_id: str
    origin: str
    label: str | None
    owner: str
    by: str
    began_at: datetime
    parts: int
    names: int
    matched: int
    ambiguous: int
    review: int
    none: int
    problems: int


def runs(database: Database, owner: str, cursor: str | None, limit: int) -> Page[RunHead]:
    """Runs of screening, the newest first."""
    at_ms, before = decode_cursor("runs", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    parameters = {"owner": owner, "id": "", "at_ms": at_ms, "before": before, "limit": limit + 1}
    heads = [from_row(RunHead, row) for row in database.rows(_RUNS, parameters)]
    last = heads[limit - 1] if len(heads) > limit else None
    more = encode_cursor("runs", (round(last.began_at.timestamp() * 1000), last.run_id)) if last else None
    return Page(tuple(heads[:limit]), more)


def run(database: Database, owner: str, run_id: str) -> RunHead | None:
    """One run."""
    parameters = {"owner": owner, "id": run_id, "at_ms": 2**62, "before": "", "limit": 1}
    rows = database.rows(_RUNS, parameters)
    return from_row(RunHead, rows[0]) if rows else None


def run_parts(database: Database, run_id: str, owner: str, cursor: str | None) -> Page[ScreeningRun]:
    """Parts of a run, in their order."""
    (after,) = decode_cursor("parts", cursor, (int,)) if cursor else (0,)
    parameters = {"owner": owner, "id": run_id, "after": after, "limit": PARTS_AT_ONCE + 1}
    rows = database.rows(_PARTS, parameters, raw=("body",))
    more = encode_cursor("parts", (rows[-2]["part"],)) if len(rows) > PARTS_AT_ONCE else None
    parts = [ScreeningRun.model_validate_json(row["body"]) for row in rows[:PARTS_AT_ONCE]]
    return Page(tuple(parts), more)


def all_parts(database: Database, run_id: str, owner: str) -> Iterator[ScreeningRun]:
    """All parts of a run, a few in memory at a time."""
    cursor = None
    while True:
        page = run_parts(database, run_id, owner, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def decided(database: Database, owner: str, names: Sequence[str]) -> list[Judgement]:
    """What an owner judged of entries with some names, the latest of each pair."""
    parameters = {"owner": owner, "names": sorted(set(names))}
    rows = database.rows(_DECIDED, parameters, raw=("body",))
    return [Judgement.model_validate_json(row["body"]) for row in rows]
