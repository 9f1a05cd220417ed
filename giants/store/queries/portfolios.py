"""Portfolios, their entries, matches and judgements, as the store has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from giants.store.client import Database
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.portfolios import Counterparty, Judgement, PortfolioEntries, PortfolioMatch

# An empty owner sees all.
_PORTFOLIOS: Final = """
SELECT portfolio_id, revision, owner, name, entries, settings, received_at FROM counterparty_lists
WHERE portfolio_id > {after:String} AND ({owner:String} = '' OR owner = {owner:String})
  AND ({id:String} = '' OR portfolio_id = {id:String})
ORDER BY portfolio_id LIMIT {limit:UInt32}
"""
_ENTRIES: Final = """
SELECT * EXCEPT (portfolio_id, revision) FROM counterparties
WHERE portfolio_id = {id:String} AND entry_id > {after:String}
  AND (empty({wanted:Array(String)}) OR entry_id IN {wanted:Array(String)})
ORDER BY entry_id LIMIT {limit:UInt32}
"""
# Of the pairs of a portfolio those whose entry is still in it; of judgements of a pair the latest.
_MATCHES: Final = """
SELECT m.entry_id AS entry_id, m.company_id AS company_id, m.body AS body, j.body AS judged
FROM portfolio_matches AS m
LEFT JOIN (
    SELECT entry_id, company_id, argMax(body, (at, judgement_id)) AS body, max(at) AS latest FROM judgements
    WHERE portfolio_id = {id:String} GROUP BY entry_id, company_id
) AS j ON m.entry_id = j.entry_id AND m.company_id = j.company_id
WHERE m.portfolio_id = {id:String} AND (m.entry_id, m.company_id) > ({entry:String}, {company:String})
  AND m.entry_id IN (SELECT entry_id FROM counterparties WHERE portfolio_id = {id:String})
  AND ({open:Bool} = false OR (m.to_review AND (j.body = '' OR m.at > j.latest)))
ORDER BY entry_id, company_id LIMIT {limit:UInt32}
"""
_JUDGEMENTS: Final = """
SELECT toUnixTimestamp64Milli(at) AS at_ms, judgement_id, body FROM judgements
WHERE portfolio_id = {id:String} AND ({owner:String} = '' OR owner = {owner:String})
  AND (toUnixTimestamp64Milli(at), judgement_id) < ({at_ms:Int64}, {before:String})
ORDER BY at DESC, judgement_id DESC LIMIT {limit:UInt32}
"""


_OF_ENTRIES: Final = """
SELECT body FROM judgements WHERE portfolio_id = {id:String} AND entry_id IN {entries:Array(String)}
ORDER BY at DESC, judgement_id DESC LIMIT 10000
"""


@dataclass(frozen=True, slots=True)
class PortfolioHead:
    """A portfolio without its entries; `settings` are the events and targets of its list."""

    portfolio_id: str
    revision: int
    owner: str
    name: str | None
    entries: int
    received_at: datetime
    settings: PortfolioEntries


def portfolio(database: Database, portfolio_id: str) -> PortfolioHead | None:
    """A portfolio in force, whoever owns it."""
    rows = database.rows(_PORTFOLIOS, {"after": "", "owner": "", "id": portfolio_id, "limit": 1})
    return _head(rows[0]) if rows else None


def portfolios(database: Database, owner: str, cursor: str | None, limit: int) -> Page[PortfolioHead]:
    """Portfolios in force by id."""
    (after,) = decode_cursor("portfolios", cursor, (str,)) if cursor else ("",)
    limit = bounded(limit)
    rows = database.rows(_PORTFOLIOS, {"after": after, "owner": owner, "id": "", "limit": limit + 1})
    more = encode_cursor("portfolios", (rows[limit - 1]["portfolio_id"],)) if len(rows) > limit else None
    return Page(tuple(map(_head, rows[:limit])), more)


def entries(
    database: Database, portfolio_id: str, cursor: str | None, limit: int, wanted: Sequence[str] = ()
) -> Page[Counterparty]:
    """Entries of a portfolio by id; those that are wanted where any are."""
    (after,) = decode_cursor("entries", cursor, (str,)) if cursor else ("",)
    limit = bounded(limit)
    parameters = {"id": portfolio_id, "after": after, "limit": limit + 1, "wanted": list(wanted)}
    rows = database.rows(_ENTRIES, parameters)
    more = encode_cursor("entries", (rows[limit - 1]["entry_id"],)) if len(rows) > limit else None
    return Page(tuple(Counterparty.model_validate(row) for row in rows[:limit]), more)


def matches(
    database: Database, portfolio_id: str, cursor: str | None, limit: int, *, is_open: bool
) -> Page[tuple[PortfolioMatch, Judgement | None]]:
    """Pairs of a portfolio with their latest judgement; those that wait for a person where `is_open`."""
    entry, company = decode_cursor("matches", cursor, (str, str)) if cursor else ("", "")
    limit = bounded(limit)
    rows = database.rows(
        _MATCHES,
        {"id": portfolio_id, "entry": entry, "company": company, "open": is_open, "limit": limit + 1},
        raw=("body", "judged"),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("matches", (last["entry_id"], last["company_id"])) if last else None
    return Page(
        tuple(
            (
                PortfolioMatch.model_validate_json(row["body"]),
                Judgement.model_validate_json(row["judged"]) if row["judged"] else None,
            )
            for row in rows[:limit]
        ),
        more,
    )


def judgements_of(database: Database, portfolio_id: str, wanted: Sequence[str]) -> list[Judgement]:
    """The judgements of some entries, the newest first, at most those of one page."""
    rows = database.rows(_OF_ENTRIES, {"id": portfolio_id, "entries": list(wanted)}, raw=("body",))
    return [Judgement.model_validate_json(row["body"]) for row in rows]


def judgements(
    database: Database, portfolio_id: str, owner: str, cursor: str | None, limit: int
) -> Page[Judgement]:
    """Judgements of a portfolio, the newest first, also of one that was deleted."""
    at_ms, before = decode_cursor("judgements", cursor, (int, str)) if cursor else (2**62, "")
    limit = bounded(limit)
    rows = database.rows(
        _JUDGEMENTS,
        {
            "id": portfolio_id,
            "owner": owner,
            "at_ms": at_ms,
            "before": before,
            "limit": limit + 1,
        },
        raw=("body",),
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("judgements", (last["at_ms"], last["judgement_id"])) if last else None
    return Page(tuple(Judgement.model_validate_json(row["body"]) for row in rows[:limit]), more)


def _head(row: Any) -> PortfolioHead:
    return from_row(PortfolioHead, row, settings=PortfolioEntries.model_validate_json(row["settings"]))
