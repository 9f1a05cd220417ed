"""Browsers bring their key in a cookie, which no other site can use to change anything."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.web.serving import served

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("signin"), api_requests_per_minute=100_000)


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[httpx.Client]:
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:
            yield client


@pytest.fixture(scope="module")
def token(settings: Settings, guarded: httpx.Client) -> str:
    return create_key(key_file(settings), "a desk", Scope.WRITE)[1]


@pytest.fixture
def desk(guarded: httpx.Client, token: str) -> Iterator[httpx.Client]:
    """A browser that nobody has signed in with."""
    with httpx.Client(base_url=guarded.base_url, timeout=60, headers=PAGE) as client:
        assert token
        yield client


def sign_in(desk: httpx.Client, token: str, target: str = "/batches") -> httpx.Response:
    return desk.post("/sign-in", data={"key": token, "next": target})


def test_without_a_key_a_page_leads_to_the_sign_in_and_back(desk: httpx.Client, token: str) -> None:
    answer = desk.get("/companies?q=a%26b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/companies%3Fq%3Da%2526b"
    form = desk.get(answer.headers["location"])
    assert form.status_code == 200
    assert 'value="/companies?q=a%26b"' in form.text
    signed_in = sign_in(desk, token, "/companies?q=a%26b")
    assert signed_in.status_code == 303
    assert signed_in.headers["location"] == "/companies?q=a%26b"
    assert desk.get(signed_in.headers["location"]).status_code == 200


def test_the_api_takes_the_cookie_too_and_tells_programs_that_a_key_is_missing(
    desk: httpx.Client, token: str
) -> None:
    missing = desk.get("/api/v1/batches")
    assert missing.status_code == 401
    assert missing.headers["content-type"] == "application/problem+json"
    sign_in(desk, token)
    assert desk.get("/api/v1/batches").status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk: httpx.Client, token: str) -> None:
    cookie = sign_in(desk, token).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    foreign = desk.delete("/api/v1/watchlists/w", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 401
    own = desk.delete("/api/v1/watchlists/w", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 404


def test_another_site_cannot_sign_anybody_in_or_out(desk: httpx.Client, token: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    refused = desk.post("/sign-in", data={"key": token}, headers=foreign)
    assert refused.status_code == 400
    assert "set-cookie" not in refused.headers
    sign_in(desk, token)
    assert desk.post("/sign-out", headers=foreign).status_code == 403
    assert desk.get("/batches").status_code == 200


@pytest.mark.parametrize("key", ["lg_000000000000_nothing", "", "x" * 300, "钥匙"])
def test_a_key_that_is_none_is_refused_in_words(desk: httpx.Client, key: str) -> None:
    answer = sign_in(desk, key)
    assert answer.status_code == 403
    assert "not known here" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:1", "/a\r\nb"],
)
def test_nobody_is_led_elsewhere(desk: httpx.Client, token: str, target: str) -> None:
    assert sign_in(desk, token, target).headers["location"] == "/"


def test_a_form_that_is_too_large_is_refused(desk: httpx.Client) -> None:
    assert desk.post("/sign-in", data={"key": "x" * 10_000}).status_code == 400


def test_signing_out_forgets_the_key(desk: httpx.Client, token: str) -> None:
    sign_in(desk, token)
    assert "Sign out" in desk.get("/method").text
    assert desk.post("/sign-out").status_code == 303
    assert desk.get("/method").status_code == 303


def test_a_key_that_may_only_read_shows_everything_and_changes_nothing(
    desk: httpx.Client, settings: Settings
) -> None:
    reader = create_key(key_file(settings), "a reader", Scope.READ)[1]
    sign_in(desk, reader)
    assert desk.get("/watchlists").status_code == 200
    answer = desk.post("/api/v1/watchlists", json={"owner": "desk"})
    assert answer.status_code == 403


def test_files_of_the_pages_need_no_key_and_nothing_else_lies_beside_them(desk: httpx.Client) -> None:
    kept = desk.get("/static/base.css?v=1")
    assert kept.status_code == 200
    assert "immutable" in kept.headers["cache-control"]
    assert desk.get("/static/live.js").headers["cache-control"] == "no-cache"
    for path in ("/static/../rendering.py", "/static/%2e%2e/rendering.py", "/static/"):
        assert desk.get(path).status_code in {303, 404}, path


def test_the_folder_of_keys_is_not_served(desk: httpx.Client, settings: Settings) -> None:
    assert Path(key_file(settings)).is_file()
    assert desk.get(f"/static/{key_file(settings)}").status_code == 404
