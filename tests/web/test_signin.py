"""Browsers bring a cookie that says who signed in, which no other site can use to change anything."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from giants.health import Dependencies
from giants.keys import KeyRing, Scope, change_key, create_key, delete_key, key_file, list_keys
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.callers import Caller
from giants.web.dashboard.rendering import COOKIE
from giants.web.dashboard.signed_in import SECRET_FILE, SignedIn, signing_secret
from giants.web.dashboard.signin_settings import SignInSettings
from giants.web.shared_state import SharedState
from tests.store.waiting import wait_until
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


def cookie_of(answer: httpx.Response) -> str:
    """The cookie that says who signed in."""
    cookies = answer.headers.get_list("set-cookie")
    return next(one for one in cookies if one.startswith(f"{COOKIE}=") and '=""' not in one)


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
    cookie = cookie_of(sign_in(desk, token))
    for part in ("HttpOnly", "SameSite=lax", "Max-Age=43200", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    foreign = desk.delete("/api/v1/watchlists/w", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 401
    own = desk.delete("/api/v1/watchlists/w", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 404


def test_the_cookie_holds_no_key_and_goes_over_https_alone_where_the_address_says_so(
    desk: httpx.Client, token: str, settings: Settings
) -> None:
    signed_in = sign_in(desk, token)
    assert not any(token.split("_", 2)[2] in said for said in signed_in.headers.get_list("set-cookie"))
    with served(settings.model_copy(update={"public_url": "https://giants.example.org/"})) as client:
        assert "Secure" in cookie_of(client.post("/sign-in", data={"key": token}))
    # What an earlier version kept in the browser, the key itself, is not taken any more, and goes.
    desk.cookies.clear()
    assert desk.get("/batches", headers={"Cookie": f"giants_key={token}"}).status_code == 303
    assert any(said.startswith('giants_key=""') for said in signed_in.headers.get_list("set-cookie"))


def test_deleting_the_key_ends_what_was_signed_in_with_it(desk: httpx.Client, settings: Settings) -> None:
    key, token = create_key(key_file(settings), "for a day", Scope.READ)
    sign_in(desk, token)
    assert desk.get("/batches").status_code == 200
    assert desk.delete("/api/v1/watchlists/w").status_code == 403
    change_key(key_file(settings), key.id, (Scope.WRITE,), None)
    assert desk.delete("/api/v1/watchlists/w").status_code == 404
    delete_key(key_file(settings), key.id)
    assert desk.get("/batches").status_code == 303


def test_a_cookie_that_was_signed_out_forged_or_ran_out_is_none(
    desk: httpx.Client, token: str, settings: Settings
) -> None:
    sign_in(desk, token)
    value = desk.cookies[COOKIE]
    desk.post("/sign-out")

    def status(cookie: str) -> int:
        return desk.get("/batches", headers={"Cookie": f"{COOKIE}={cookie}"}).status_code

    assert status(value) == 303
    sign_in(desk, token)
    value = desk.cookies[COOKIE]
    desk.cookies.clear()
    assert status(value) == 200
    for forged in (
        value[:-1] + ("A" if value[-1] != "A" else "B"),
        value.partition(".")[2],
        "x" * 5_000,
        ".",
    ):
        assert status(forged) == 303
    ring = KeyRing(key_file(settings))
    (key,) = (one for one in list_keys(key_file(settings)) if one.name == "a desk")

    def signed_in(secret: str, hours: float) -> SignedIn:
        wanted = SignInSettings(sign_in_hours=hours)
        return SignedIn(ring, secret * 32, wanted, SharedState(None, wanted.sign_in_seconds, Dependencies()))

    def caller(at: SignedIn, value: str) -> Caller | None:
        return asyncio.run(at.caller(value))

    own, short = signed_in("s", 1.0), signed_in("s", 1 / 3600)
    assert caller(own, own.of_key(key)) == Caller.of(key)
    assert caller(signed_in("t", 1.0), own.of_key(key)) is None
    made = short.of_key(key)
    wait_until(lambda: caller(short, made) is None, "the cookie to run out")


def test_the_secret_of_the_cookies_is_kept_for_its_owner_and_survives_a_restart(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    kept = signing_secret(settings, SignInSettings())
    assert signing_secret(settings, SignInSettings()) == kept
    assert len(kept) >= 32
    file = settings.data_dir / SECRET_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert signing_secret(settings, SignInSettings(sign_in_secret=SecretStr("x" * 40))) == "x" * 40
    # Where nothing can be written it is drawn for this process alone.
    nowhere = Settings(data_dir=file / "no folder")
    assert signing_secret(nowhere, SignInSettings()) != signing_secret(nowhere, SignInSettings())


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
