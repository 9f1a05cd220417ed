"""Trajectory signals in force, and the chains of their changes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from giants.store.client import Database, Row
from giants.store.epochs import shown_rows
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.changes import SignalChange

CHANGES_MAX: Final = 200

# Two steps: the page; then the names of its companies, and since when each of their signals is in force.
_IN_FORCE: Final = """
SELECT company_id, signal, technology, evidence, text, methodology
FROM (
    SELECT company_id, s AS signal, t AS technology, e AS evidence, x AS text, methodology
    FROM signals_rows FINAL
    ARRAY JOIN signal AS s, technology AS t, evidence AS e, text AS x
    WHERE epoch = {epoch:UInt32} AND ({company_id:String} = '' OR company_id = {company_id:String})
)
WHERE (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, signal))
  AND ({technology:String} = '' OR technology = {technology:String})
  AND (empty({authorities:Array(String)}) OR company_id IN (
      SELECT company_id FROM companies_rows FINAL
      WHERE epoch = {epoch:UInt32} AND has({authorities:Array(String)}, ifNull(authority, ''))))
  AND (company_id, signal, technology) > ({id:String}, {kind:String}, {about:String})
ORDER BY company_id, signal, technology
LIMIT {limit:UInt32}
"""
_KNOWN: Final = """
SELECT company_id, name, name_en, authority
FROM companies_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
"""
_RAISED: Final = """
SELECT company_id, signal, technology, argMax(at, seq) AS since
FROM signal_changes_rows WHERE epoch = {epoch:UInt32} AND company_id IN {ids:Array(String)}
GROUP BY company_id, signal, technology
"""
_COUNTS: Final = """
SELECT s AS signal, count() AS found
FROM signals_rows FINAL ARRAY JOIN signal AS s WHERE epoch = {epoch:UInt32}
GROUP BY s ORDER BY found DESC, s
"""
_CHANGES: Final = """
SELECT body FROM signal_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
ORDER BY at DESC, signal, technology, seq DESC LIMIT {most:UInt32}
"""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are asked for; empty conditions take all."""

    kinds: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    technology: str = ""
    company_id: str = ""


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal in force; `evidence` is JSON, `since` the instant of the fact that raised it."""

    company_id: str
    name: str
    name_en: str | None
    authority: str | None
    signal: str
    technology: str | None
    evidence: str
    text: str
    methodology: str
    since: datetime


def signals_in_force(
    database: Database, wanted: SignalFilter, cursor: str | None, limit: int
) -> Page[SignalRow]:
    """Signals in force by company, kind and technology."""
    id_, kind, about = decode_cursor("signals", cursor, (str, str, str)) if cursor else ("", "", "")
    limit = bounded(limit)
    asked: dict[str, Any] = {
        "kinds": list(wanted.kinds),
        "authorities": list(wanted.authorities),
        "technology": wanted.technology,
        "company_id": wanted.company_id,
        "id": id_,
        "kind": kind,
        "about": about,
        "limit": limit + 1,
    }
    rows = shown_rows(database, _IN_FORCE, asked)
    last = rows[limit - 1] if len(rows) > limit else None
    more = (
        encode_cursor("signals", (last["company_id"], last["signal"], last["technology"])) if last else None
    )
    return Page(_completed(database, rows[:limit]), more)


def _completed(database: Database, rows: list[Row]) -> tuple[SignalRow, ...]:
    """Signals with the names of their companies and the instants since which they are shown."""
    if not rows:
        return ()
    ids = {"ids": sorted({row["company_id"] for row in rows})}
    known = {row["company_id"]: row for row in shown_rows(database, _KNOWN, ids)}
    raised = {
        (row["company_id"], row["signal"], row["technology"]): row["since"]
        for row in shown_rows(database, _RAISED, ids)
    }
    return tuple(
        _row(
            row,
            known.get(row["company_id"], {}),
            raised.get((row["company_id"], row["signal"], row["technology"]), _NEVER),
        )
        for row in rows
    )


def signal_counts(database: Database) -> dict[str, int]:
    """How many signals of each kind are in force, the most frequent first."""
    rows = shown_rows(database, _COUNTS)
    return {row["signal"]: row["found"] for row in rows}


def signal_changes(database: Database, company_id: str) -> list[SignalChange]:
    """Signals of a company that were raised or cleared, newest first; at most `CHANGES_MAX`."""
    rows = shown_rows(database, _CHANGES, {"id": company_id, "most": CHANGES_MAX}, raw=("body",))
    return [SignalChange.model_validate_json(row["body"]) for row in rows]


def _row(row: Row, known: Row, since: datetime) -> SignalRow:
    return from_row(
        SignalRow,
        row,
        name=known["name"] if known else row["company_id"],
        name_en=known.get("name_en"),
        authority=known.get("authority"),
        technology=row["technology"] or None,
        since=since,
    )
