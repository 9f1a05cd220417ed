"""Pathway: tables that follow from one another, brought up to date once a commit; the input is kept on disk.

Run by `python -m bench.peers.programs.pathway_tables MILLISECONDS`, the time between two commits.

A Python function reads raw records; the newest version of each family is grouped out, flattened to its
companies, and these to their technologies; what is counted is joined, and a Python function rates it. The
directory of companies is given.

Of each company whose snapshot became another one a commit sends the old one with the header `pathway_diff` of
-1 and the new one with 1. Changes are sent the same way, a rating of one pair in one record: what it was, and
what it is.
"""

import sys
from collections import Counter
from typing import Any, Final

import pathway as pw

from bench.peers.kit import (
    COMMIT_SECONDS,
    Order,
    Tally,
    given_order,
    owners,
    rated_technologies,
    read_family,
    snapshot,
    taxonomy,
    warm_up,
)

# What is known of one version of a family: version and digest, which order versions, and what it counts.
_Newest = tuple[int, int, tuple[str, ...], int, tuple[tuple[str, int], ...]]
_Matching = tuple[tuple[str, int], ...]


def _read(record: bytes) -> tuple[str, _Newest]:
    """Id of a family, and its version, digest, companies, number of symbols and matches by technology."""
    family = read_family(record)
    of = taxonomy().technologies_of
    matches = Counter(technology for symbol in family.symbols for technology in of(symbol))
    newest = family.version, family.digest, owners(family), len(family.symbols), tuple(matches.items())
    return family.family_id, newest


def _rate(
    company_id: str, families: int, classified: int, instances: int, matching: _Matching | None
) -> tuple[bytes, tuple[bytes, ...]]:
    """The snapshot of a company, and the ratings of its pairs."""
    tally = Tally(families, classified, instances, matching=dict(matching or ()))
    technologies = rated_technologies(tally)
    return snapshot(tally, company_id, technologies), tuple(
        f"{one['technology']} {one['band']} {one['profile']}".encode()
        for one in technologies
        if one["band"] is not None
    )


READ: Final = pw.udf(_read, deterministic=True)
RATE: Final = pw.udf(_rate, deterministic=True)


def build(order: Order, commit_ms: int) -> None:
    """Declare the tables and where they are written to."""
    client = {"bootstrap.servers": order.broker}
    records = pw.io.kafka.read(
        client | {"group.id": order.group, "auto.offset.reset": "earliest"},
        topic=order.families,
        format="raw",
        autogenerate_key=True,
        autocommit_duration_ms=commit_ms,
        name="families",
    )
    owned = _owned(records)
    rated = _rated(_totals(owned), _matching(owned))
    message: dict[str, Any] = {"format": "raw", "key": pw.this.company, "value": pw.this.value}
    snapshots = rated.select(company=pw.this.company, value=pw.this.rated[0])
    pw.io.kafka.write(snapshots, client, order.exposures, **message)
    ratings = rated.select(company=pw.this.company, value=pw.this.rated[1]).flatten(pw.this.value)
    # A rating that stays is the same row, wherever it stands in its company's list.
    ratings = ratings.with_id_from(pw.this.company, pw.this.value)
    pw.io.kafka.write(ratings, client, order.changes, **message)


def _owned(records: pw.Table) -> pw.Table:
    """The newest version of each family, once for each of its companies."""
    read_ones = records.select(read=READ(pw.this.data))
    versions = read_ones.select(family=pw.this.read[0], version=pw.this.read[1])
    newest = versions.groupby(pw.this.family).reduce(newest=pw.reducers.max(pw.this.version))
    columns = {"company": newest.newest[2], "symbols": newest.newest[3], "matches": newest.newest[4]}
    return newest.select(**columns).flatten(pw.this.company)


def _totals(owned: pw.Table) -> pw.Table:
    """Families, classified ones and instances of each company."""
    return owned.groupby(pw.this.company).reduce(
        pw.this.company,
        families=pw.reducers.count(),
        classified=pw.reducers.sum(pw.cast(int, pw.this.symbols > 0)),
        instances=pw.reducers.sum(pw.this.symbols),
    )


def _matching(owned: pw.Table) -> pw.Table:
    """Matching instances of each company by technology, in one row a company."""
    matches = owned.select(pw.this.company, match=pw.this.matches).flatten(pw.this.match)
    pairs = matches.select(pw.this.company, technology=pw.this.match[0], matching=pw.this.match[1])
    counted = pairs.groupby(pw.this.company, pw.this.technology).reduce(
        pw.this.company, pw.this.technology, matching=pw.reducers.sum(pw.this.matching)
    )
    pair = pw.make_tuple(pw.this.technology, pw.this.matching)
    return counted.groupby(pw.this.company).reduce(pw.this.company, matching=pw.reducers.sorted_tuple(pair))


def _rated(totals: pw.Table, matching: pw.Table) -> pw.Table:
    """Snapshot and ratings of each company."""
    joined = totals.join_left(matching, pw.left.company == pw.right.company, id=pw.left.id)
    counts = (pw.left.company, pw.left.families, pw.left.classified, pw.left.instances, pw.right.matching)
    return joined.select(pw.left.company, rated=RATE(*counts))


def main() -> None:
    """Work until terminated."""
    order = given_order()
    warm_up()
    build(order, int(sys.argv[1]))
    pw.run(
        monitoring_level=pw.MonitoringLevel.NONE,
        persistence_config=pw.persistence.Config(
            pw.persistence.Backend.filesystem(order.state / "pathway"),
            snapshot_interval_ms=int(COMMIT_SECONDS * 1_000),
        ),
    )


if __name__ == "__main__":
    main()
