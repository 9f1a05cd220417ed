"""How good the data are: the shares that the programme's sources promise, what was refused, symbols."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Final

from giants.domain.cpc import main_group_of
from giants.domain.names.statistics import (
    RECORD_CAUSES,
    Share,
    attribution_share,
    consistent_name_share,
    correction_share,
    unknown_share,
)
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_live import SymbolCount
from giants.store.client import Database

REFUSALS_MAX: Final = 50
SYMBOLS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """Inputs of one topic that were refused for one reason, with the place of the newest."""

    topic: str
    reason: str
    inputs: int
    newest_at: datetime
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class SymbolUse:
    """A CPC symbol as portfolios carry it: in how many families of how many companies."""

    symbol: str
    instances: int
    companies: int
    technologies: tuple[str, ...]
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SymbolReport:
    """All instances by what the taxonomy makes of them, and the symbols that deserve a look.

    An instance that a technology takes through a retired entry counts as matched and as retired.
    """

    instances: int
    matched: int
    retired: int
    symbols: int
    retired_symbols: tuple[SymbolUse, ...]
    unmapped_symbols: tuple[SymbolUse, ...]


def quality_shares(database: Database) -> list[Share]:
    """Attribution (P-14), unknown status (S-08), corrected and consistent names, with their targets."""
    designations = database.rows(
        "SELECT batch, authority IS NOT NULL AS known, count() AS n FROM designations "
        "WHERE ifNull(confirmed, 1) GROUP BY batch, known ORDER BY batch, known"
    )
    reviewed = database.rows(
        "SELECT count() AS reviewed, countIf(status = 'unknown') AS unknown FROM companies "
        "WHERE arrayExists(r -> r.outcome != 'pending', reviews)"
    )[0]
    corrected = database.rows(
        "SELECT count() AS companies, countIf(arrayExists(n -> n.cause = 'correction', names)) AS corrected "
        "FROM companies"
    )[0]
    return [
        attribution_share(_expanded((row["batch"], bool(row["known"]), row["n"]) for row in designations)),
        unknown_share(reviewed["unknown"], reviewed["reviewed"]),
        correction_share(corrected["corrected"], corrected["companies"]),
        consistent_name_share(_listed_names(database)),
    ]


def refusals(database: Database) -> list[Refusal]:
    """Inputs that were refused, by topic and reason, the most frequent first."""
    rows = database.rows(
        "SELECT topic, reason, count() AS inputs, max(received_at) AS newest_at, "
        "argMax(`partition`, received_at) AS `partition`, argMax(`offset`, received_at) AS `offset` "
        "FROM dead_letters GROUP BY topic, reason ORDER BY inputs DESC, topic, reason LIMIT {limit:UInt32}",
        {"limit": REFUSALS_MAX},
    )
    return [Refusal(**row) for row in rows]


def rejected_records(database: Database) -> int:
    """Records that the store itself could not read."""
    return int(database.rows("SELECT count() AS n FROM store_rejects")[0]["n"])


def symbol_counts(database: Database) -> list[SymbolCount]:
    """Each symbol that portfolios carry, the most frequent first."""
    rows = database.rows(
        "SELECT symbol, count() AS instances, uniqExact(company_id) AS companies "
        "FROM portfolio ARRAY JOIN symbols AS symbol GROUP BY symbol ORDER BY instances DESC, symbol"
    )
    return [SymbolCount(row["symbol"], int(row["instances"]), int(row["companies"])) for row in rows]


def symbol_report(database: Database, taxonomy: Taxonomy) -> SymbolReport:
    """What the taxonomy makes of the symbols that portfolios carry."""
    counts = symbol_counts(database)
    may_be_retired = {
        main_group_of(entry.symbol) if entry.whole_group else entry.symbol
        for entries in taxonomy.entries.values()
        for entry in entries
        if entry.retired
    }
    instances = matched = retired_instances = 0
    retired: list[SymbolUse] = []
    unmapped: list[SymbolUse] = []
    for count in counts:
        symbol, carried = count.symbol, count.instances
        instances += carried
        technologies = taxonomy.technologies_of(symbol)
        if not technologies:
            if len(unmapped) < SYMBOLS_MAX:
                unmapped.append(SymbolUse(symbol, carried, count.companies, (), ()))
            continue
        matched += carried
        # Asked of few symbols: the most specific entry of a technology is found by looking at all of them.
        if symbol in may_be_retired or main_group_of(symbol) in may_be_retired:
            entries = [entry for id_ in technologies if (entry := taxonomy.entry_of(symbol, id_))]
            if any(entry.retired for entry in entries):
                retired_instances += carried
                successors = tuple(sorted({entry.successor for entry in entries if entry.successor}))
                retired.append(SymbolUse(symbol, carried, count.companies, technologies, successors))
    return SymbolReport(
        instances=instances,
        matched=matched,
        retired=retired_instances,
        symbols=len(counts),
        retired_symbols=tuple(retired[:SYMBOLS_MAX]),
        unmapped_symbols=tuple(unmapped),
    )


def _expanded(counts: Iterable[tuple[int, bool, int]]) -> Iterator[tuple[int, bool]]:
    for batch, known, count in counts:
        yield from repeat((batch, known), count)


def _listed_names(database: Database) -> Iterator[list[str]]:
    rows = database.rows(
        "SELECT arrayMap(n -> n.name, arrayFilter(n -> NOT has({causes:Array(String)}, n.cause), names)) "
        "AS listed FROM companies",
        {"causes": sorted(RECORD_CAUSES)},
    )
    return (row["listed"] for row in rows)
