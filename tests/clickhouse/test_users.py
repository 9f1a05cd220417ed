"""The users of a ClickHouse server: every statement is one, and only the store may change anything."""

import re
from pathlib import Path

import pytest
from lxml import etree

from giants.store.client import Database
from giants.store.migrations import migrations

FILE = Path(__file__).parents[2] / "deploy" / "clickhouse" / "users.sql"
READING = {"SELECT"}
STORING = READING | {
    "INSERT",
    "CREATE TABLE",
    "CREATE VIEW",
    "DROP VIEW",
    "ALTER ADD COLUMN",
    "ALTER MATERIALIZE COLUMN",
    "ALTER ADD PROJECTION",
    "ALTER MATERIALIZE PROJECTION",
    "ALTER DELETE",
}
# Rights that are for tables on the replicas of a cluster alone.
ON_CLUSTERS = {"SYSTEM SYNC REPLICA", "CLUSTER"}


def statements() -> list[str]:
    code = "\n".join(line for line in FILE.read_text(encoding="utf-8").splitlines() if line[:2] != "--")
    return [statement.strip() for statement in code.split(";") if statement.strip()]


def test_the_engine_understands_every_statement(database: Database) -> None:
    for statement in statements():
        [row] = database.rows("SELECT formatQuerySingleLine({sql:String}) AS sql", {"sql": statement})
        assert row["sql"].split()[:2] == statement.split()[:2]


def test_the_store_may_run_every_migration() -> None:
    verbs = "|".join(sorted(STORING - {"SELECT"}, key=len, reverse=True)).replace("ALTER ", "")
    may = re.compile(rf"(ALTER TABLE \w+ )?({verbs})\b")
    for migration in migrations():
        for statement in migration.statements:
            # To replace a view is to drop it and to create it.
            done = " ".join(statement.split()).replace("CREATE OR REPLACE VIEW", "DROP VIEW")
            assert may.match(done), statement


@pytest.mark.parametrize(
    ("role", "allowed"), [("giants_reading", READING), ("giants_storing", STORING | ON_CLUSTERS)]
)
def test_a_role_may_do_what_its_process_does_and_no_more(role: str, allowed: set[str]) -> None:
    granted = set()
    for statement in statements():
        match = re.fullmatch(r"GRANT (.+) ON [a-z_.*]+ TO (\w+)", " ".join(statement.split()))
        if match is not None and match[2] == role:
            granted |= {privilege.strip() for privilege in match[1].split(",")}
    assert granted == allowed


@pytest.mark.parametrize(
    ("user", "role"),
    [
        ("giants_store", "giants_storing"),
        ("giants_api", "giants_reading"),
        ("giants_reader", "giants_reading"),
    ],
)
def test_a_user_of_the_compose_file_has_the_rights_and_limits_of_its_role(user: str, role: str) -> None:
    configuration = etree.parse(FILE.with_name("users.xml")).getroot()
    granted = {
        " ".join(str(one.text).split()) for one in configuration.iterfind(f"users/{user}/grants/query")
    }
    of_role = {" ".join(one.split()) for one in statements() if one.endswith(f" TO {role}")}
    on_clusters = {one for one in of_role if any(f"GRANT {right} ON" in one for right in ON_CLUSTERS)}
    on_clusters |= {f"GRANT SELECT ON system.clusters TO {role}"}
    assert granted == {one.removesuffix(f" TO {role}") for one in of_role - on_clusters}
    assert configuration.findtext(f"users/{user}/profile") == role
    limits = {one.tag: one.text for one in configuration.iterfind(f"profiles/{role}/*")}
    [made] = [
        " ".join(one.split()) for one in statements() if one.startswith(f"CREATE ROLE IF NOT EXISTS {role}")
    ]
    _, _, settings = made.partition(" SETTINGS ")
    assert limits == dict(one.split(" = ") for one in settings.split(", ") if one)
