"""Trajectory signals in force, and the chains of their changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from giants.store.client import Database, Row
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from schemas.changes import SignalChange

CHANGES_MAX: Final = 200

# First the page, then what belongs to its companies alone: their names, and since when each signal is shown.
_IN_FORCE: Final = """
WITH page AS (
    SELECT company_id, signal, technology, evidence, text, methodology
    FROM signals
    WHERE (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, signal))
      AND ({technology:String} = '' OR technology = {technology:String})
      AND ({company_id:String} = '' OR company_id = {company_id:String})
      AND (empty({authorities:Array(String)}) OR company_id IN (
          SELECT company_id FROM companies WHERE has({authorities:Array(String)}, ifNull(authority, ''))))
      AND (company_id, signal, technology) > ({id:String}, {kind:String}, {about:String})
    ORDER BY company_id, signal, technology
    LIMIT {limit:UInt32}
)
SELECT page.company_id AS company_id, page.signal AS signal, page.technology AS technology,
       page.evidence AS evidence, page.text AS text, page.methodology AS methodology,
       known.name AS name, known.name_en AS name_en, known.authority AS authority, raised.since AS since
FROM page
LEFT JOIN (
    SELECT company_id, name, name_en, authority FROM companies
    WHERE company_id IN (SELECT company_id FROM page)
) AS known ON known.company_id = page.company_id
LEFT JOIN (
    SELECT company_id, signal, technology, argMax(at, seq) AS since FROM signal_changes
    WHERE company_id IN (SELECT company_id FROM page)
    GROUP BY company_id, signal, technology
) AS raised ON raised.company_id = page.company_id AND raised.signal = page.signal
    AND raised.technology = page.technology
ORDER BY company_id, signal, technology
"""


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
    rows = database.rows(_IN_FORCE, asked)
    last = rows[limit - 1] if len(rows) > limit else None
    more = (
        encode_cursor("signals", (last["company_id"], last["signal"], last["technology"])) if last else None
    )
    return Page(tuple(map(_row, rows[:limit])), more)


def signal_counts(database: Database) -> dict[str, int]:
    """How many signals of each kind are in force, the most frequent first."""
    rows = database.rows(
        "SELECT signal, count() AS found FROM signals GROUP BY signal ORDER BY found DESC, signal"
    )
    return {row["signal"]: row["found"] for row in rows}


def signal_changes(database: Database, company_id: str) -> list[SignalChange]:
    """Signals of a company that were raised or cleared, newest first; at most `CHANGES_MAX`."""
    rows = database.rows(
        "SELECT body FROM signal_changes WHERE company_id = {id:String} "
        "ORDER BY at DESC, signal, technology, seq DESC LIMIT {most:UInt32}",
        {"id": company_id, "most": CHANGES_MAX},
        raw=("body",),
    )
    return [SignalChange.model_validate_json(row["body"]) for row in rows]


def _row(row: Row) -> SignalRow:
    named = row | {"name": row["name"] or row["company_id"], "technology": row["technology"] or None}
    return SignalRow(**named)
