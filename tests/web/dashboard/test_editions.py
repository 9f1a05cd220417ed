"""Symbols that no imported edition of CPC has: counted from what was stored, shown, measured."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import httpx
from prometheus_client import generate_latest

from giants.domain.cpc import main_group_of
from giants.domain.editions import keep_edition
from giants.domain.scheme import Row, Scheme
from giants.store.client import Database
from giants.web.metrics import Metrics
from giants.web.unknown_symbols import AGE_SECONDS_MAX, UnknownSymbolsWatch
from tests.waiting import wait_for

TAXONOMY = "ctt74"


def carried(database: Database) -> Counter[str]:
    """Instances by symbol, from the rows of the portfolios."""
    rows = database.rows("SELECT symbols FROM portfolio")
    return Counter(symbol for row in rows for symbol in row["symbols"])


def edition_of(symbols: Iterable[str]) -> Scheme:
    """A scheme that has these symbols and the main groups above them."""
    groups: dict[str, set[str]] = {}
    for symbol in symbols:
        groups.setdefault(main_group_of(symbol), set()).add(symbol)
    rows = []
    for group in sorted(groups):
        rows.append(Row(f"{group}/00", "0", "group", "test"))
        rows += [Row(one, "1", "symbol", "test") for one in sorted(groups[group] - {f"{group}/00"})]
    return Scheme.from_rows(rows)


def test_without_an_edition_nothing_can_be_said(database: Database, tmp_path: Path) -> None:
    watch = UnknownSymbolsWatch(database, TAXONOMY, tmp_path)
    assert watch.current() is None


def test_unknown_symbols_are_named_with_what_is_carried(database: Database, tmp_path: Path) -> None:
    instances = carried(database)
    unknown = {symbol for symbol in instances if not symbol.endswith("/00")}
    unknown = set(sorted(unknown)[::7])
    keep_edition(tmp_path, "2025.05", edition_of(instances.keys() - unknown))
    found = UnknownSymbolsWatch(database, TAXONOMY, tmp_path).current()
    assert found is not None
    assert found.editions == ("2025.05",)
    assert {one.symbol: one.instances for one in found.symbols} == {
        symbol: instances[symbol] for symbol in unknown
    }
    assert found.instances == instances.total()
    assert found.unknown_instances == sum(instances[symbol] for symbol in unknown)
    assert [one.instances for one in found.symbols] == sorted(
        (one.instances for one in found.symbols), reverse=True
    )


def test_an_edition_that_is_imported_later_is_seen_at_the_next_count(
    database: Database, tmp_path: Path
) -> None:
    instances = carried(database)
    strange = max(instances, key=lambda symbol: (not symbol.endswith("/00"), symbol))
    now = 0.0
    watch = UnknownSymbolsWatch(database, TAXONOMY, tmp_path, clock=lambda: now)
    keep_edition(tmp_path, "2025.05", edition_of(instances.keys() - {strange}))
    first = watch.current()
    assert first is not None
    assert [one.symbol for one in first.symbols] == [strange]
    keep_edition(tmp_path, "2026.01", edition_of({strange}))
    now = AGE_SECONDS_MAX - 1
    assert watch.current() is first
    now = AGE_SECONDS_MAX
    second = watch.current()
    assert second is not None
    assert (second.editions, second.symbols) == (("2026.01", "2025.05"), ())


def test_metrics_are_not_kept_waiting(database: Database, tmp_path: Path) -> None:
    keep_edition(tmp_path, "2025.05", edition_of(carried(database)))
    watch = UnknownSymbolsWatch(database, TAXONOMY, tmp_path)
    assert wait_for("the count in the background", watch.latest).symbols == ()
    told = generate_latest(Metrics(lambda: None, lambda: 0, watch.latest).registry).decode()
    assert "\ngiants_cpc_unknown_symbols 0.0\n" in told
    assert "\ngiants_cpc_untaken_instances 0.0\n" in told


def test_the_page_says_how_to_import_an_edition(pages: httpx.Client) -> None:
    page = pages.get("/quality").text
    assert "Symbols of no known edition" in page
    assert "giants cpc import" in page


def test_a_technology_shows_children_and_other_editions(pages: httpx.Client) -> None:
    page = pages.get("/technologies/advanced-integrated-circuit-design-and-fabrication").text
    assert "2026.01, from H01L21/00" in page
    assert "below it" in page
    assert "Single power devices" in page
