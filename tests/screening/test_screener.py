"""The index follows what ClickHouse holds: companies that come, change and go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from giants.kafka import topics
from giants.matching import Query, Thresholds
from giants.screening import screener as screener_module
from giants.screening.screener import REFRESH_SECONDS, Screener
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from tests.store.builders import company, incoming, store

OLD, NEW = "苏州略阳绿能科技有限公司", "苏州远辉绿能科技有限公司"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with connect(Settings(data_dir=tmp_path).clickhouse_dsn()) as opened:
        migrate(opened)
        yield opened


def test_the_index_follows_companies_that_come_change_and_go(database: Database) -> None:
    clock = [0.0]
    screener = Screener(database, lambda: clock[0])

    def found(name: str) -> list[str]:
        clock[0] += REFRESH_SECONDS + 1
        screened = screener.screen([Query(name)], Thresholds(), 5)
        ids = [candidate.company_id for candidate in screened.answers[0].candidates]
        assert set(ids) == screened.companies.keys()
        return ids

    assert found(OLD) == []
    store(database, incoming(topics.COMPANIES, company("lg-1", OLD), key="lg-1", offset=1))
    assert found(OLD) == ["lg-1"]
    store(database, incoming(topics.COMPANIES, company("lg-1", NEW), key="lg-1", offset=2))
    assert found(NEW) == ["lg-1"]
    store(database, incoming(topics.COMPANIES, None, key="lg-1", offset=3))
    assert found(NEW) == []


def test_what_was_read_a_moment_ago_is_not_read_again(database: Database) -> None:
    screener = Screener(database, lambda: 0.0)
    assert screener.screen([Query(OLD)], Thresholds(), 5).companies_known == 0
    store(database, incoming(topics.COMPANIES, company("lg-1", OLD), key="lg-1", offset=1))
    assert screener.screen([Query(OLD)], Thresholds(), 5).companies_known == 0


def test_an_index_made_ahead_is_made_a_little_at_a_time_and_stops_when_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screener_module, "COMPANIES_AT_ONCE", 2)
    names = [f"苏州略阳{sign}绿能科技有限公司" for sign in "甲乙丙丁戊"]
    for number, name in enumerate(names):
        snapshot = company(f"lg-{number}", name)
        store(database, incoming(topics.COMPANIES, snapshot, key=f"lg-{number}", offset=number))
    asked = iter([False, False, True])
    screener = Screener(database, lambda: 0.0)
    screener.warm(lambda: next(asked))
    screener.warm(lambda: False)
    screened = screener.screen([Query(name) for name in names], Thresholds(), 5)
    assert screened.companies_known == len(names)
    assert all(answer.match for answer in screened.answers)
