"""Tables on several servers: what the embedded engine cannot run is held by the statements made for it.

`python -m tests.store.test_layout` writes the golden files again.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from giants.store.client import Database, connect, parse_dsn
from giants.store.errors import DsnError, MigrationError
from giants.store.layout import Engine, Layout
from giants.store.migrations import migrate, migrations

GOLDEN: Final = Path(__file__).parent / "golden"
LAYOUTS: Final = {
    "replicated": Layout(Engine.REPLICATED, "main"),
    "cloud": Layout(Engine.CLOUD),
}
SERVER: Final = "clickhouse://giants@host/giants"


def statements(layout: Layout) -> list[str]:
    return [layout.statement(one) for migration in migrations() for one in migration.statements]


def summary(layout: Layout) -> str:
    """Of each statement its first line; of one that makes a table also the lines from its engine on."""
    lines = []
    for statement in statements(layout):
        engine = re.search(r"\bENGINE = .*", statement, re.DOTALL)
        lines.append(statement.split("\n", 1)[0])
        if engine is not None:
            lines += [f"    {line}" for line in engine[0].splitlines()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_statements_of_a_layout_are_those_that_were_looked_at(name: str) -> None:
    assert summary(LAYOUTS[name]) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8"), (
        "look at what changed, then `python -m tests.store.test_layout`"
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_engine_understands_the_statements_of_a_layout(database: Database, name: str) -> None:
    for statement in statements(LAYOUTS[name]):
        if statement.startswith("CREATE"):
            database.rows(f"EXPLAIN AST {statement}")


def test_one_server_gets_the_statements_as_they_are_written() -> None:
    assert statements(Layout()) == [one for migration in migrations() for one in migration.statements]


def test_no_table_is_left_on_one_server_and_none_forgets_at_once() -> None:
    for statement in statements(LAYOUTS["replicated"]):
        if re.match(r"CREATE (OR REPLACE )?(TABLE|VIEW)", statement):
            assert " ON CLUSTER 'main'" in statement.split("\n", 1)[0]
        if "ENGINE" in statement:
            assert re.search(r"ENGINE = Replicated\w*MergeTree", statement)
        if "window" in statement:
            assert "replicated_deduplication_window_seconds = 604800" in statement
        assert "non_replicated" not in statement


@pytest.mark.parametrize(
    ("address", "layout"),
    [
        (SERVER, Layout()),
        (f"{SERVER}?engine=plain", Layout()),
        (f"{SERVER}?engine=replicated", Layout(Engine.REPLICATED)),
        (f"{SERVER}?engine=replicated&cluster=main", Layout(Engine.REPLICATED, "main")),
        (f"{SERVER}?engine=replicated&cluster=%7Bcluster%7D", Layout(Engine.REPLICATED, "{cluster}")),
        ("clickhouses://giants@host/giants?ca=/ca.pem&engine=cloud", Layout(Engine.CLOUD)),
    ],
)
def test_an_address_says_how_the_tables_lie(address: str, layout: Layout) -> None:
    assert parse_dsn(address)[1]["layout"] == layout


@pytest.mark.parametrize(
    "asked",
    [
        "engine=shared",
        "cluster=main",
        "engine=cloud&cluster=main",
        "engine=replicated&cluster=a'b",
        "other=1",
    ],
)
def test_an_address_that_says_something_else_is_refused_with_what_is_expected(asked: str) -> None:
    with pytest.raises(DsnError, match="engine=replicated, with or without cluster=NAME, or engine=cloud"):
        parse_dsn(f"{SERVER}?{asked}")


def _with_layout(path: Path, layout: Layout) -> Database:
    return Database(str(path), {"interface": "chdb", "path": str(path), "layout": layout})


def test_tables_of_one_server_are_not_taken_for_replicated_ones(tmp_path: Path) -> None:
    path = tmp_path / "clickhouse"
    with connect(f"chdb://{path}") as plain:
        migrate(plain)
    with (
        _with_layout(path, Layout(Engine.REPLICATED)) as replicated,
        pytest.raises(MigrationError, match="are ReplacingMergeTree, and GIANTS_CLICKHOUSE says engine=repl"),
    ):
        migrate(replicated)


def test_a_cluster_that_the_server_does_not_know_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with _with_layout(tmp_path / "clickhouse", Layout(Engine.REPLICATED, "main")) as database:
        with pytest.raises(MigrationError, match="knows no cluster main"):
            migrate(database)
        assert not database.rows("SELECT name FROM system.tables WHERE database = currentDatabase()")


def test_each_statement_in_the_cloud_sees_what_the_one_before_wrote(tmp_path: Path) -> None:
    with _with_layout(tmp_path / "clickhouse", Layout(Engine.CLOUD)) as database:
        migrate(database)  # of a plain name the embedded engine makes a plain table
        assert migrate(database) == []
        found = database.rows("SELECT getSetting('select_sequential_consistency') AS value")
        assert found == [{"value": 1}]


def test_replicas_are_caught_up_with_before_own_writes_are_read() -> None:
    assert Layout(Engine.REPLICATED).catch_up("feed_rows") == "SYSTEM SYNC REPLICA feed_rows LIGHTWEIGHT"
    assert Layout().catch_up("feed_rows") is None


if __name__ == "__main__":
    for name, layout in LAYOUTS.items():
        (GOLDEN / f"{name}.txt").write_text(summary(layout), encoding="utf-8")
