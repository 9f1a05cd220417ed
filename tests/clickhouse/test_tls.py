"""TLS to ClickHouse against a real listener: who it is gets checked, and nothing is told to somebody else."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from giants.embedded.broker import LOOPBACK
from giants.store.client import connect, parse_dsn
from giants.store.errors import DsnError, UnavailableError
from giants.store.migrations import migrate, schema_is_current
from tests.clickhouse.standin import StandIn

OTHER_HOST = "clickhouse.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "authority with a space.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def listener(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """The server's side of TLS, with a certificate in somebody's name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def server(authority: trustme.CA, tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(tmp_path / "clickhouse", listener(authority, LOOPBACK)) as standin:
        yield standin


def test_the_store_works_over_tls_with_an_authority_of_ones_own(server: StandIn, ca_file: Path) -> None:
    with connect(f"{server.dsn}?ca={ca_file}") as database:
        migrate(database)
        assert schema_is_current(database)
        assert database.rows("SELECT count() AS facts FROM facts") == [{"facts": 0}]


def test_a_server_whose_authority_is_unknown_hears_no_password(server: StandIn) -> None:
    with pytest.raises(UnavailableError, match=r"(?i)certificate"):
        connect(server.dsn)
    assert server.statements == 0


def test_a_server_with_a_certificate_of_another_name_hears_no_password(
    authority: trustme.CA, ca_file: Path, tmp_path: Path
) -> None:
    with StandIn(tmp_path / "clickhouse", listener(authority, OTHER_HOST)) as server:
        with pytest.raises(UnavailableError, match=r"(?i)certificate"):
            connect(f"{server.dsn}?ca={ca_file}")
        assert server.statements == 0


def test_a_server_without_tls_hears_no_password(ca_file: Path, tmp_path: Path) -> None:
    with StandIn(tmp_path / "clickhouse") as server:
        with pytest.raises(UnavailableError):
            connect(f"{server.dsn.replace('clickhouse:', 'clickhouses:')}?ca={ca_file}")
        assert server.statements == 0


@pytest.mark.parametrize(
    "dsn",
    [
        "clickhouse://u:secret@host/d?ca=/ca.pem",
        "clickhouses://u:secret@host/d?verify=0",
        "clickhouses://u:secret@host/d?ca=/ca.pem&verify=0",
    ],
)
def test_no_address_turns_the_check_off(dsn: str) -> None:
    with pytest.raises(DsnError) as told:
        parse_dsn(dsn)
    assert "secret" not in str(told.value)
