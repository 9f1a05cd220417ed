"""What waits for a person: pairs of all portfolios of an owner, and what was decided of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from giants.store.client import Database
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from giants.store.queries.rows import from_row
from schemas.facts import Watchlist
from schemas.portfolios import Counterparty, Judgement, PortfolioMatch


class PairState(StrEnum):
    """Where a pair stands: waits for a person, matched by itself, or decided."""

    WAITING = "waiting"
    MATCHED = "matched"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


_PAIR_KEYS: Final = ("portfolio_id", "entry_id", "company_id")
# An empty owner sees all. A pair waits again when something new came after it was judged.
_PAIRS: Final = """
WITH j.verdict = '' OR (m.to_review AND m.at > j.latest) AS is_new,
     multiIf(NOT is_new, j.verdict, m.to_review, 'waiting', 'matched') AS state
SELECT m.portfolio_id AS portfolio_id, m.entry_id AS entry_id, m.company_id AS company_id, state,
       m.body AS body, j.body AS judged, m.verdict AS answer, m.entry_name AS entry_name,
       m.name AS company_name, toUnixTimestamp64Milli(m.at) AS at_ms
FROM portfolio_matches AS m
LEFT JOIN (
    SELECT portfolio_id, entry_id, company_id, argMax(body, (at, judgement_id)) AS body,
           argMax(toString(verdict), (at, judgement_id)) AS verdict, max(at) AS latest
    FROM judgements WHERE {portfolio:String} = '' OR portfolio_id = {portfolio:String}
    GROUP BY portfolio_id, entry_id, company_id
) AS j ON m.portfolio_id = j.portfolio_id AND m.entry_id = j.entry_id AND m.company_id = j.company_id
WHERE ({portfolio:String} = '' OR m.portfolio_id = {portfolio:String})
  AND m.portfolio_id IN (
      SELECT portfolio_id FROM counterparty_lists WHERE {owner:String} = '' OR owner = {owner:String}
  )
  AND (m.portfolio_id, m.entry_id) IN (
      SELECT portfolio_id, entry_id FROM counterparties
      WHERE {portfolio:String} = '' OR portfolio_id = {portfolio:String}
  )
"""
_MATCHING: Final = f"""
({_PAIRS})
WHERE state = {{state:String}} AND ({{answer:String}} = '' OR answer = {{answer:String}})
  AND ({{text:String}} = ''
       OR positionCaseInsensitiveUTF8(concat(entry_name, ' ', company_name), {{text:String}}) > 0)
  AND ({{until_ms:Int64}} = 0 OR at_ms <= {{until_ms:Int64}})
"""
_PAGE: Final = f"""
SELECT portfolio_id, entry_id, company_id, body, judged, at_ms FROM {_MATCHING}
  AND (-at_ms, portfolio_id, entry_id, company_id)
      > ({{before:Int64}}, {{after:String}}, {{entry:String}}, {{company:String}})
ORDER BY at_ms DESC, portfolio_id, entry_id, company_id LIMIT {{limit:UInt32}}
"""  # noqa: S608
_NEWEST: Final = f"SELECT count() AS pairs, max(at_ms) AS newest_ms FROM {_MATCHING}"  # noqa: S608
_KEYS: Final = f"""
SELECT portfolio_id, entry_id, company_id FROM {_MATCHING}
ORDER BY at_ms DESC, portfolio_id, entry_id, company_id LIMIT {{limit:UInt32}}
"""  # noqa: S608
# Before every pair: no instant is so late.
_FROM_THE_NEWEST: Final = (-(2**62), "", "", "")
_COUNTS: Final = f"""
SELECT portfolio_id, state, count() AS pairs FROM ({_PAIRS}) GROUP BY portfolio_id, state
"""  # noqa: S608
_ENTRIES: Final = """
SELECT * EXCEPT revision FROM counterparties
WHERE portfolio_id IN {portfolios:Array(String)} AND entry_id IN {entries:Array(String)}
"""
_HISTORY: Final = """
SELECT body FROM judgements
WHERE ({owner:String} = '' OR owner = {owner:String})
  AND ({portfolio:String} = '' OR portfolio_id = {portfolio:String})
ORDER BY at DESC, judgement_id DESC LIMIT {limit:UInt32}
"""
_REFS: Final = """
SELECT company_id, arrayDistinct(designations.ref) AS refs FROM companies
WHERE company_id IN {ids:Array(String)}
"""


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Which pairs, and for whom; what is empty chooses all. `until_ms` leaves out what was found later."""

    owner: str = ""
    portfolio: str = ""
    state: PairState = PairState.WAITING
    answer: str = ""
    text: str = ""
    until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Matching:
    """How many pairs a filter finds, and when the newest of them was found."""

    pairs: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair as it was found last, the entry as it is now, and the latest judgement."""

    match: PortfolioMatch
    entry: Counterparty
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class PairCount:
    """How many pairs of a portfolio are in a state."""

    portfolio_id: str
    state: PairState
    pairs: int


def pairs(database: Database, wanted: PairFilter, cursor: str | None, limit: int) -> Page[Pair]:
    """Pairs, those found last first."""
    kinds = (int, str, str, str)
    place = decode_cursor("newest-pairs", cursor, kinds) if cursor else _FROM_THE_NEWEST
    limit = bounded(limit)
    position = dict(zip(("before", "after", "entry", "company"), place, strict=True)) | {"limit": limit + 1}
    rows = database.rows(_PAGE, _parameters(wanted) | position, raw=("body", "judged"))
    shown = rows[:limit]
    more = None
    if len(rows) > limit:
        last = shown[-1]
        more = encode_cursor("newest-pairs", (-last["at_ms"], *(last[key] for key in _PAIR_KEYS)))
    entries = _entries(database, [(row["portfolio_id"], row["entry_id"]) for row in shown])
    return Page(
        tuple(
            Pair(
                PortfolioMatch.model_validate_json(row["body"]),
                found,
                Judgement.model_validate_json(row["judged"]) if row["judged"] else None,
            )
            for row in shown
            # An entry may go while its pair is read.
            if (found := entries.get((row["portfolio_id"], row["entry_id"]))) is not None
        ),
        more,
    )


def matching(database: Database, wanted: PairFilter) -> Matching:
    """How many pairs there are, on all pages."""
    (row,) = database.rows(_NEWEST, _parameters(wanted))
    return from_row(Matching, row)


def pair_keys(database: Database, wanted: PairFilter, limit: int) -> list[tuple[str, str, str]]:
    """Portfolio, entry and company of pairs, those found last first."""
    rows = database.rows(_KEYS, _parameters(wanted) | {"limit": limit})
    return [(row["portfolio_id"], row["entry_id"], row["company_id"]) for row in rows]


def pair_counts(database: Database, owner: str) -> list[PairCount]:
    """How many pairs of each portfolio wait, match, or are decided."""
    rows = database.rows(_COUNTS, _parameters(PairFilter(owner)))
    return [from_row(PairCount, row, state=PairState(row["state"])) for row in rows]


def latest_judgements(database: Database, owner: str, portfolio: str, limit: int) -> list[Judgement]:
    """Who decided what, the newest first."""
    parameters = {"owner": owner, "portfolio": portfolio, "limit": limit}
    rows = database.rows(_HISTORY, parameters, raw=("body",))
    return [Judgement.model_validate_json(row["body"]) for row in rows]


def designation_refs(database: Database, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The lists that name some companies."""
    rows = database.rows(_REFS, {"ids": sorted(set(ids))})
    return {row["company_id"]: tuple(row["refs"]) for row in rows}


def watchlist_names(database: Database, ids: Iterable[str], owner: str) -> dict[str, str]:
    """What some watchlists of an owner are called, of all owners where none is named.

    Those without a name are called by their id; those that are gone are left out.
    """
    rows = database.rows(
        "SELECT body FROM watchlists WHERE watchlist_id IN {ids:Array(String)} "
        "AND ({owner:String} = '' OR owner = {owner:String})",
        {"ids": sorted(set(ids)), "owner": owner},
        raw=("body",),
    )
    found = (Watchlist.model_validate_json(row["body"]) for row in rows)
    return {one.watchlist_id: one.name or one.watchlist_id for one in found}


def portfolio_names(database: Database, ids: Iterable[str], owner: str) -> dict[str, str]:
    """What some portfolios of an owner are called, as `watchlist_names` does."""
    rows = database.rows(
        "SELECT portfolio_id, name FROM counterparty_lists WHERE portfolio_id IN {ids:Array(String)} "
        "AND ({owner:String} = '' OR owner = {owner:String})",
        {"ids": sorted(set(ids)), "owner": owner},
    )
    return {row["portfolio_id"]: row["name"] or row["portfolio_id"] for row in rows}


def _parameters(wanted: PairFilter) -> dict[str, Any]:
    return asdict(wanted) | {"state": wanted.state.value}


def _entries(database: Database, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Counterparty]:
    if not wanted:
        return {}
    rows = database.rows(
        _ENTRIES,
        {"portfolios": sorted({one for one, _ in wanted}), "entries": sorted({one for _, one in wanted})},
    )
    return {
        (row["portfolio_id"], row["entry_id"]): Counterparty.model_validate(
            {name: value for name, value in row.items() if name != "portfolio_id"}
        )
        for row in rows
    }
