"""The users of docker-compose.yml: what the engine lets each do is all that its process does, and no more.

Embedded, the engine runs every statement as `default`, which has the rights of one user after another here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.epochs import begin_next_epoch, complete_epoch, drop_epochs_before
from giants.store.errors import AccessError
from giants.store.migrations import migrate
from tests.clickhouse.standin import StandIn
from tests.deploy.files import DEPLOY
from tests.web.examples import fill_all, recorded
from tests.web.serving import served

USERS = DEPLOY / "clickhouse" / "users.xml"
# What the embedded engine needs beside: it takes inserts from a file, and its `default` needs these names.
FROM_A_FILE = "<grants><query>GRANT READ ON FILE</query>"
NAMES = {"<profiles>": "<profiles><default/>", "<users>": "<quotas><default/></quotas><users>"}
# What nobody needs: other tables, users, files, addresses, and more than a minute.
OF_NOBODY = (
    "DROP TABLE companies_rows",
    "TRUNCATE TABLE companies_rows",
    "CREATE DATABASE other",
    "CREATE TABLE default.other (a Int8) ENGINE = MergeTree ORDER BY a",
    "SELECT count() FROM system.users",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "CREATE USER other",
    "GRANT SELECT ON giants.* TO giants_reader",
    "SYSTEM SHUTDOWN",
)
OF_THE_STORE = (
    "INSERT INTO epochs_rows SELECT * FROM epochs_rows",
    "CREATE TABLE other (a Int8) ENGINE = MergeTree ORDER BY a",
    "ALTER TABLE companies_rows DELETE WHERE false",
    "ALTER TABLE companies_rows ADD COLUMN other Int8",
)


@contextmanager
def server_of(user: str, folder: Path) -> Iterator[StandIn]:
    """A server on a folder, whose statements have the rights of a user."""
    text = re.sub(r'<password from_env="\w+"/>', "<password/>", USERS.read_text(encoding="utf-8"))
    assert f"<{user}>" in text
    text = text.replace(f"<{user}>", "<default>").replace(f"</{user}>", "</default>")
    if user == "giants_store":
        text = text.replace("<grants>", FROM_A_FILE)
    for name, instead in NAMES.items():
        text = text.replace(name, instead)
    users, config = (folder.with_name(f"{user}.{part}.xml") for part in ("users", "config"))
    users.write_text(text, encoding="utf-8")
    config.write_text(f"<clickhouse><users_config>{users}</users_config></clickhouse>", encoding="utf-8")
    with StandIn(folder, config=config) as standin:
        yield standin


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("grants"))


@pytest.fixture(scope="module")
def folder(settings: Settings) -> Path:
    """A database with something for every route, made and filled with the rights of the store."""
    folder = settings.data_dir / "clickhouse"
    with StandIn(folder):
        pass  # the database itself is made by an administrator
    with server_of("giants_store", folder) as server, connect(server.dsn) as database:
        migrate(database)
        fill_all(settings, database)
    return folder


def is_refused(database: Database, statement: str) -> bool:
    try:
        database.execute(statement)
    except AccessError:
        return True
    return False


def test_the_api_answers_every_route_with_rights_to_read_alone(folder: Path, settings: Settings) -> None:
    with server_of("giants_api", folder) as server:
        with connect(server.dsn) as database:
            allowed = [one for one in (*OF_THE_STORE, *OF_NOBODY) if not is_refused(database, one)]
            assert allowed == []
        with served(settings.model_copy(update={"clickhouse": SecretStr(server.dsn)})) as client:
            assert len(dict(recorded(client))) > 50


def test_the_store_makes_its_tables_anew_and_clears_epochs_and_nothing_else(folder: Path) -> None:
    with server_of("giants_store", folder) as server, connect(server.dsn) as database:
        assert migrate(database) == []
        for statement in OF_THE_STORE:
            database.execute(statement)
        complete_epoch(database, begin_next_epoch(database))
        assert drop_epochs_before(database, 2) == [1]
        assert [one for one in OF_NOBODY if not is_refused(database, one)] == []
