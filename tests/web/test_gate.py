"""Who is let in: this machine without keys, everybody with one, nobody too often."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import orjson
import pytest

from giants.keys import (
    KeyFileError,
    KeyRing,
    Scope,
    UnknownKeyError,
    change_key,
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
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Whatever": "x"},
        {"X-Real-IP": "203.0.113.7"},
        {"CF-Connecting-IP": "203.0.113.7"},
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


OPERATORS = ("export/facts", "export/dead_letters", "dead-letters", "backup", "backup/facts")
ASKED = {"queries": {"q": {"properties": {"name": ["x"]}}}}


def test_a_key_does_what_its_scopes_say_and_no_more(api: httpx.Client, settings: Settings) -> None:
    made = {scope: create_key(key_file(settings), scope, scope)[1] for scope in Scope}
    reads = {Scope.READ, Scope.WRITE, Scope.ADMIN}
    screens = {Scope.SCREEN, Scope.WRITE, Scope.ADMIN}
    writes = {Scope.WRITE, Scope.ADMIN}
    operates = {Scope.OPERATE, Scope.ADMIN}
    for scope, token in made.items():
        headers = bearer(token)

        def is_allowed(answer: httpx.Response) -> bool:
            if answer.status_code == 403:
                assert_problem(answer, 403)
            return answer.status_code != 403

        assert is_allowed(api.get("/api/v1/companies", headers=headers)) == (scope in reads)
        assert is_allowed(api.get("/api/v1/export/companies", headers=headers)) == (scope in reads)
        assert is_allowed(api.get("/watchlists", headers=headers)) == (scope in reads)
        assert is_allowed(api.post("/api/v1/match", json=ASKED, headers=headers)) == (scope in screens)
        assert is_allowed(api.delete("/api/v1/watchlists/w", headers=headers)) == (scope in writes)
        assert is_allowed(api.get("/metrics", headers=headers)) == (scope in reads | operates)
        for path in OPERATORS:
            assert is_allowed(api.get(f"/api/v1/{path}", headers=headers)) == (scope in operates)


def test_keys_of_an_older_file_do_what_they_did(api: httpx.Client, settings: Settings) -> None:
    tokens = [create_key(key_file(settings), name, Scope.READ)[1] for name in ("reader", "writer")]
    older = orjson.loads(key_file(settings).read_bytes())
    for key, scope in zip(older["keys"], ("read", "write"), strict=True):
        del key["scopes"]
        key["scope"] = scope
    key_file(settings).write_bytes(orjson.dumps(older))
    reader, writer = map(bearer, tokens)
    for headers in (reader, writer):
        assert api.get("/api/v1/companies", headers=headers).status_code == 200
        assert api.post("/api/v1/match", json=ASKED, headers=headers).status_code == 200
    assert api.delete("/api/v1/watchlists/w", headers=reader).status_code == 403
    assert api.delete("/api/v1/watchlists/w", headers=writer).status_code == 404
    for path in OPERATORS:
        assert api.get(f"/api/v1/{path}", headers=reader).status_code == 403
        assert api.get(f"/api/v1/{path}", headers=writer).status_code == 200
    changed = change_key(key_file(settings), list_keys(key_file(settings))[1].id, (Scope.WRITE,), "desk-a")
    assert (changed.scopes, changed.sees) == ((Scope.WRITE,), "desk-a")
    assert api.get("/api/v1/backup", headers=writer).status_code == 403


@pytest.mark.parametrize("setting", ["read", "write"])
def test_without_keys_this_machine_writes_only_where_that_is_set(tmp_path: Path, setting: str) -> None:
    settings = Settings(data_dir=tmp_path, api_without_keys=setting)
    writes = setting == "write"
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as api:
            assert api.get("/api/v1/companies").status_code == 200
            assert api.post("/api/v1/match", json=ASKED).status_code == 200
            wrote = api.delete("/api/v1/watchlists/w")
            assert wrote.status_code == (404 if writes else 403)
            assert writes or "GIANTS_API_WITHOUT_KEYS=write" in wrote.json()["detail"]
            for path in OPERATORS:
                assert api.get(f"/api/v1/{path}").status_code == (200 if writes else 403)
            # A page of another site makes the browser of this machine ask.
            foreign = {"Sec-Fetch-Site": "cross-site"}
            assert_problem(api.post("/api/v1/deliveries/1/resend", headers=foreign), 403)


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
