"""Who is let in: this machine without keys, everybody with one, nobody too often."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from giants.keys import (
    KeyFileError,
    KeyRing,
    Scope,
    UnknownKeyError,
    create_key,
    delete_key,
    key_file,
    list_keys,
)
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.store.queries.pages import CURSOR_CHARACTERS_MAX
from giants.web.errors import AddressError
from giants.web.server import serve
from tests.web.serving import served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, api_requests_per_minute=100_000)


@pytest.fixture
def api(settings: Settings) -> Iterator[httpx.Client]:
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:
            yield client


JSON = {"Content-Type": "application/json"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]


def test_without_keys_this_machine_is_answered(api: httpx.Client) -> None:
    assert api.get("/api/v1/companies").status_code == 200
    assert api.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"Via": "1.1 proxy"},
        {"Host": "tracker.example.org"},
        {"Host": "127.0.0.1.example.org"},
        {"Host": ""},
    ],
)
def test_without_keys_what_a_proxy_or_a_foreign_page_sends_is_refused(
    api: httpx.Client, headers: dict[str, str]
) -> None:
    assert_problem(api.get("/api/v1/companies", headers=headers), 403)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
def test_names_of_this_machine_are_let_in(api: httpx.Client, host: str) -> None:
    assert api.get("/api/v1/companies", headers={"Host": host}).status_code == 200


def test_with_keys_every_request_but_probes_needs_one(api: httpx.Client, settings: Settings) -> None:
    _, token = create_key(key_file(settings), "desk-a", Scope.READ)
    assert_problem(api.get("/api/v1/companies"), 401)
    assert api.get("/api/v1/companies").headers["www-authenticate"] == "Bearer"
    assert_problem(api.get("/metrics"), 401)
    assert_problem(api.get("/api/v1/companies", headers=bearer(token + "x")), 401)
    assert_problem(api.get("/api/v1/companies", headers={"Authorization": f"Basic {token}"}), 401)
    assert api.get("/healthz").status_code == 200
    assert api.get("/api/v1/companies", headers=bearer(token)).status_code == 200
    from_elsewhere = bearer(token) | {"X-Forwarded-For": "203.0.113.7", "Host": "tracker.example.org"}
    assert api.get("/api/v1/companies", headers=from_elsewhere).status_code == 200


def test_a_key_to_read_neither_writes_nor_sees_what_is_the_operators(
    api: httpx.Client, settings: Settings
) -> None:
    _, reader = create_key(key_file(settings), "reader", Scope.READ)
    _, writer = create_key(key_file(settings), "writer", Scope.WRITE)
    assert_problem(api.put("/api/v1/watchlists/w", json={"owner": "x"}, headers=bearer(reader)), 403)
    for path in ("export/facts", "export/dead_letters", "dead-letters", "backup", "backup/facts"):
        assert_problem(api.get(f"/api/v1/{path}", headers=bearer(reader)), 403)
        assert api.get(f"/api/v1/{path}", headers=bearer(writer)).status_code == 200
    assert api.get("/api/v1/export/companies", headers=bearer(reader)).status_code == 200
    asked = {"queries": {"q": {"properties": {"name": ["x"]}}}}
    assert api.post("/api/v1/match", json=asked, headers=bearer(reader)).status_code == 200


def test_a_deleted_key_opens_nothing_with_the_next_request(api: httpx.Client, settings: Settings) -> None:
    _, other = create_key(key_file(settings), "other", Scope.READ)
    key, token = create_key(key_file(settings), "desk-a", Scope.READ)
    assert api.get("/api/v1/companies", headers=bearer(token)).status_code == 200
    delete_key(key_file(settings), key.id)
    assert_problem(api.get("/api/v1/companies", headers=bearer(token)), 401)
    assert api.get("/api/v1/companies", headers=bearer(other)).status_code == 200


def test_a_key_file_that_cannot_be_read_lets_nobody_in(api: httpx.Client, settings: Settings) -> None:
    key_file(settings).write_text("{}{")
    assert_problem(api.get("/api/v1/companies"), 503)


def test_keys_are_kept_as_hashes_that_only_their_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key, token = create_key(path, "desk-a", Scope.WRITE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert token not in path.read_text()
    assert token.split("_", 2)[2] not in path.read_text()
    assert list_keys(path) == (key,)
    assert key.sha256 not in repr(key)
    ring = KeyRing(path)
    assert ring.find(token) == key
    for wrong in ("", "lg", "lg__", f"lg_{key.id}_", f"lg_{key.id}_wrong", token.upper(), token * 3):
        assert ring.find(wrong) is None


def test_deleting_an_unknown_key_and_an_empty_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownKeyError, match="no API key 'nope'"):
        delete_key(tmp_path / "keys.json", "nope")
    with pytest.raises(KeyFileError):
        create_key(tmp_path / "keys.json", "", Scope.READ)


def test_without_keys_the_api_listens_on_this_machine_only(tmp_path: Path) -> None:
    import threading

    settings = Settings(data_dir=tmp_path, api_host="0.0.0.0")  # noqa: S104
    with pytest.raises(AddressError, match="make one with `giants keys create`"):
        serve(settings, threading.Event())


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, api_requests_per_minute=5)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as api:
            codes = [api.get("/api/v1/companies").status_code for _ in range(6)]
            assert codes == [200] * 5 + [429]
            answer = api.get("/api/v1/companies")
            assert_problem(answer, 429)
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert api.get("/healthz").status_code == 200


def test_browsers_of_other_origins_are_told_nothing_unless_set(tmp_path: Path) -> None:
    origin = {"Origin": "https://desk.example.org"}
    for origins, expected in (((), None), (("https://desk.example.org",), "https://desk.example.org")):
        settings = Settings(data_dir=tmp_path, api_origins=origins)
        with connect(settings.clickhouse_dsn()) as database:
            migrate(database)
            with served(settings) as api:
                answer = api.get("/api/v1/companies", headers=origin)
                assert answer.headers.get("access-control-allow-origin") == expected


def test_a_wrong_method_is_told_all_that_an_address_takes(api: httpx.Client) -> None:
    assert api.patch("/api/v1/watchlists/w").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert api.delete("/api/v1/watchlists").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert api.post("/api/v1/companies/lg-1").headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_cursor_of_the_greatest_length_reaches_the_api(api: httpx.Client) -> None:
    # The client of these tests refuses so long an address; any other sends it.
    with closing(HTTPConnection(api.base_url.host, api.base_url.port)) as connection:
        connection.request("GET", f"/api/v1/alerts?cursor={'x' * CURSOR_CHARACTERS_MAX}")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


def test_what_is_wrong_with_a_request_is_a_problem_document(api: httpx.Client) -> None:
    assert_problem(api.get("/nowhere"), 404)
    assert_problem(api.get("/api/v1/companies/nobody"), 404)
    assert_problem(api.post("/api/v1/companies"), 405)
    assert_problem(api.get("/api/v1/companies", params={"limit": "0"}), 422)
    assert_problem(api.get("/api/v1/companies", params={"statsu": "active"}), 422)
    assert_problem(api.get("/api/v1/companies", params={"cursor": "x"}), 400)
    assert_problem(api.get("/api/v1/companies", params={"as_of": "yesterday"}), 422)
    assert_problem(api.get("/api/v1/companies", params={"as_of": "0"}), 422)
    assert_problem(api.get("/api/v1/companies", params={"cursor": "ö"}), 422)
    assert_problem(api.get("/api/v1/technologies"), 503)
    assert_problem(api.put("/api/v1/watchlists/w", content=b"x" * 8_000_001), 413)
    pieces = (b"x" * 1_000_000 for _ in range(9))
    assert_problem(api.put("/api/v1/watchlists/w", content=pieces, headers=JSON), 413)
    errors = api.get("/api/v1/companies", params={"limit": "0"}).json()["errors"]
    assert errors == [{"in": "query", "at": "limit", "message": "must be 1 or more"}]
