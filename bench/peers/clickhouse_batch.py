"""The same result in one batch: ClickHouse SQL over the stored families, by the embedded engine.

Families, companies and the taxonomy are in tables before the clock starts; it stops when the table of
exposures is written. This is what one asks a warehouse for once a day; it says nothing of when what changed.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import clickhouse_connect

from bench.peers.kit import companies, taxonomy
from bench.peers.oracle import Portfolio
from bench.peers.runs import Outcome, Task
from bench.processes import memory_mb
from giants.domain.cpc import main_group_of, normalize_symbol
from giants.domain.names import lookup_keys
from schemas.facts import Family

_TABLES: Final = (
    """CREATE TABLE families
    (family_id String, version UInt64, withdrawn Bool, assignee String, symbols Array(String))
    ENGINE = MergeTree ORDER BY (family_id, version)""",
    "CREATE TABLE companies (name String, company_id String) ENGINE = MergeTree ORDER BY name",
    """CREATE TABLE entries (symbol String, technology String, whole_group Bool)
    ENGINE = MergeTree ORDER BY symbol""",
)

# I_x(2, 4) in closed form; floor, bands and quadrants as in giants.domain.exposure.
_EXPOSURES: Final = """
CREATE TABLE exposures ENGINE = MergeTree ORDER BY (company_id, technology) AS
WITH
    latest AS (
        SELECT family_id, argMax(assignee, version) AS assignee, argMax(symbols, version) AS symbols
        FROM families GROUP BY family_id HAVING NOT argMax(withdrawn, version)
    ),
    owned AS (
        SELECT companies.company_id AS company_id, latest.symbols AS symbols
        FROM latest INNER JOIN companies ON companies.name = latest.assignee
    ),
    totals AS (
        SELECT company_id, count() AS families, countIf(notEmpty(symbols)) AS classified,
               sum(length(symbols)) AS instances
        FROM owned GROUP BY company_id
    ),
    tallies AS (
        SELECT company_id, symbol, count() AS families
        FROM owned ARRAY JOIN symbols AS symbol GROUP BY company_id, symbol
    ),
    matched AS (
        SELECT company_id, tallies.symbol AS symbol, technology, families FROM tallies
        INNER JOIN (SELECT symbol, technology FROM entries WHERE NOT whole_group) AS exact
        ON exact.symbol = tallies.symbol
        UNION DISTINCT
        SELECT company_id, tallies.symbol AS symbol, technology, families FROM tallies
        INNER JOIN (SELECT symbol, technology FROM entries WHERE whole_group) AS groups
        ON groups.symbol = splitByChar('/', tallies.symbol)[1]
    ),
    matching AS (
        SELECT company_id, technology, sum(families) AS matching FROM matched GROUP BY company_id, technology
    )
SELECT
    totals.company_id AS company_id, technology, totals.families AS families, classified, instances,
    coalesce(matching.matching, 0) AS matching,
    least(classified / 100, 1) AS x,
    1 - pow(1 - x, 4) * (1 + 4 * x) AS confidence,
    matching / instances AS alignment,
    matching > 0 AND 50 * matching >= instances AS rated,
    if(rated, 100 * sqrt(alignment * confidence), NULL) AS score,
    if(rated, least(toUInt8(floor(score / 20)), 4), NULL) AS band,
    if(rated, (confidence >= 0.5) * 2 + (alignment >= 0.3), NULL) AS profile
FROM totals LEFT JOIN matching ON matching.company_id = totals.company_id
"""
_BANDS: Final = ("very_weak", "weak", "moderate", "strong", "very_strong")
_PROFILES: Final = ("sparse", "tentative", "peripheral", "established")
_SCORE_DIGITS: Final = 4


def run_batch(task: Task) -> Outcome:
    """Store the families, compute everything at once, compare; only the computation is timed.

    In a process of its own: the engine opens one database in the life of a process, whose memory counts.
    """
    records = [*task.loads.warm_up, *task.loads.backlog]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        outcome, portfolios = pool.submit(_computed, task.folder / "chdb", records).result()
    task.oracle.check("ClickHouse", portfolios)
    return outcome


def _computed(folder: Path, records: list[Family]) -> tuple[Outcome, dict[str, Portfolio]]:
    client = clickhouse_connect.get_client(interface="chdb", path=str(folder))
    try:
        _store(client, records)
        used, began = process_time(), perf_counter()
        client.command(_EXPOSURES)
        seconds = perf_counter() - began
        used = process_time() - used
        return Outcome(len(records), seconds, used, memory_mb(os.getpid())), _read(client)
    finally:
        client.close()


def _store(client: Any, records: list[Family]) -> None:
    for statement in _TABLES:
        client.command(statement)
    rows = [
        (
            one.family_id,
            one.version,
            one.withdrawn,
            one.assignees[0],
            sorted({normalize_symbol(s) for s in one.cpc}),
        )
        for one in records
    ]
    client.insert("families", rows, ["family_id", "version", "withdrawn", "assignee", "symbols"])
    known: Mapping[str, str] = companies()
    names = {family.assignees[0] for family in records}
    owners = [(name, known[key]) for name in names for key in lookup_keys(name)[:1]]
    client.insert("companies", owners, ["name", "company_id"])
    entries = [
        (
            main_group_of(entry.symbol) if entry.whole_group else entry.symbol,
            entry.technology,
            entry.whole_group,
        )
        for listed in taxonomy().entries.values()
        for entry in listed
    ]
    entries += [
        (child, entry.technology, False)
        for listed in taxonomy().entries.values()
        for entry in listed
        for child in entry.children
    ]
    client.insert("entries", entries, ["symbol", "technology", "whole_group"])


def _read(client: Any) -> dict[str, Portfolio]:
    found: dict[str, dict[str, Any]] = {}
    sizes: dict[str, tuple[int, int, int]] = {}
    columns = "company_id, technology, families, classified, instances, matching, score, band, profile"
    for company, technology, families, classified, instances, matching, score, band, profile in client.query(
        f"SELECT {columns} FROM exposures"  # noqa: S608  # columns of this very module
    ).result_rows:
        sizes[company] = families, classified, instances
        rated = found.setdefault(company, {})
        if matching:
            rated[technology] = (
                matching,
                None if score is None else round(score, _SCORE_DIGITS),
                None if band is None else _BANDS[band],
                None if profile is None else _PROFILES[profile],
            )
    return {company: Portfolio(*sizes[company], technologies) for company, technologies in found.items()}
