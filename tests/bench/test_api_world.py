"""The made-up programme of full scale, made small: it obeys the rules that a real one obeys."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bench.api_load import ASKED
from bench.api_world import Scale, company_id, fill
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from giants.store.queries.feed import FeedFilter, latest_changes
from giants.store.queries.history import rating_change_of
from giants.web.app import create_app
from giants.web.openapi import openapi_document, operations
from schemas.changes import RatingChange
from tests.oracles import exposure as oracle

SCALE = Scale(companies=100, technologies=5, families=10, changes=5_000)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("world")
    with connect(f"chdb://{path / 'clickhouse'}") as opened:
        migrate(opened)
        fill(opened, SCALE, lambda _: None)
        yield opened


def test_the_changes_of_a_pair_are_one_chain(world: Database) -> None:
    chains: dict[tuple[str, str], list[RatingChange]] = {}
    for row in world.rows("SELECT * FROM rating_changes ORDER BY company_id, technology, seq"):
        chains.setdefault((row["company_id"], row["technology"]), []).append(rating_change_of(row))
    assert len(chains) == SCALE.pairs
    assert sum(map(len, chains.values())) == SCALE.changes
    for chain in chains.values():
        assert [change.seq for change in chain] == list(range(1, len(chain) + 1))
        assert chain[0].previous is None
        for before, after in pairwise(chain):
            assert after.previous == before.current != after.current
            assert after.at > before.at


def test_a_few_companies_have_many_times_the_changes_of_the_others(world: Database) -> None:
    counts = world.rows("SELECT company_id, count() AS n FROM rating_changes GROUP BY company_id ORDER BY n")
    assert counts[-1]["company_id"] == company_id(0)
    assert counts[-1]["n"] > 10 * counts[-2]["n"]


def test_feed_changes_and_moves_tell_the_same(world: Database) -> None:
    page = latest_changes(world, FeedFilter(kinds=("rating-changed",)), None, 1_000)
    assert len(page.items) == 1_000
    told = {item.id: item.change for item in page.items}
    rows = world.rows("SELECT * FROM rating_changes WHERE id IN {ids:Array(String)}", {"ids": list(told)})
    assert {row["id"]: rating_change_of(row) for row in rows} == told
    moves = world.rows("SELECT company_id, technology, seq, from_score, to_score, cause_ref FROM moves_rows")
    scores = {(row["company_id"], row["technology"], row["seq"]): row for row in moves}
    assert len(scores) == SCALE.changes
    for change in told.values():
        assert isinstance(change, RatingChange)
        row = scores[change.company_id, change.technology, change.seq]
        assert row["from_score"] == (change.previous.score if change.previous else 0)
        assert row["to_score"] == (change.current.score if change.current else 0)
        assert row["cause_ref"] == change.cause.ref


def test_exposures_follow_the_rules_of_ratings(world: Database) -> None:
    rows = world.rows("SELECT * FROM exposures")
    assert rows
    for row in rows:
        rating = oracle.rated(row["matching"], row["instances"], row["families"])
        assert row["confidence"] == pytest.approx(float(oracle.confidence(row["families"])))
        assert row["score"] == (None if rating is None else pytest.approx(rating.score, abs=1e-4))
        assert row["band"] == (None if rating is None else rating.band)
        assert row["profile"] == (None if rating is None else rating.profile)


def test_every_route_whose_queries_are_named_exists(world: Database, tmp_path: Path) -> None:
    document = openapi_document(create_app(world, Settings(data_dir=tmp_path)))
    assert ASKED.keys() <= {path for method, path, _ in operations(document) if method == "GET"}
