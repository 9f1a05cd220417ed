"""Signing in with a real OpenID provider on this machine, as a browser does it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from giants.embedded.broker import free_port
from giants.keys import READER, Scope
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.dashboard.oidc import NoOidcError, Provider
from giants.web.dashboard.rendering import COOKIE
from giants.web.dashboard.signed_in import Person, caller_of_person
from giants.web.dashboard.signin_settings import SignInSettings
from tests.store.waiting import wait_until
from tests.web.serving import served

PEOPLE = (
    {"sub": "ann", "email": "ann@desk.example", "department": "desk-a", "groups": ["analysts", "others"]},
    {"sub": "chief", "department": "head", "groups": ["admins"]},
    {"sub": "eve", "department": "desk-a", "groups": ["others"]},
    {"sub": "nobody", "groups": ["analysts"]},
    {"sub": "star", "department": "*", "groups": ["analysts"]},
)
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that knows some people."""
    port = free_port()
    claims = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with subprocess.Popen(
        [*command, *claims], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            wait_until(lambda: is_there(base), "the provider to answer")
            yield base
        finally:
            process.terminate()


def is_there(base: str) -> bool:
    try:
        return httpx.get(f"{base}/.well-known/openid-configuration").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def settle(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a dashboard that this provider knows."""
    for name, value in {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "giants",
        "OIDC_CLIENT_SECRET": "secret",
        "OIDC_OWNER_CLAIM": "department",
        "OIDC_GROUPS": '["analysts"]',
        "OIDC_ADMIN_GROUPS": '["admins"]',
    }.items():
        monkeypatch.setenv(f"GIANTS_{name}", value)


@pytest.fixture
def browser(settle: None, tmp_path: Path) -> Iterator[Callable[[], httpx.Client]]:
    settings = Settings(data_dir=tmp_path, api_requests_per_minute=100_000)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:

            @contextmanager
            def made() -> Iterator[httpx.Client]:
                with httpx.Client(base_url=client.base_url, headers=PAGE, timeout=60) as one:
                    yield one

            yield made  # type: ignore[misc]


def came_back(desk: httpx.Client, subject: str, target: str = "/watchlists") -> httpx.Response:
    """Walk to the provider, say who one is, and come back."""
    led = desk.get("/sign-in/oidc", params={"next": target})
    assert led.status_code == 302
    there = led.headers["location"]
    asked = parse_qs(urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"]
    assert asked["nonce"]
    answered = httpx.post(there, data={"sub": subject})
    assert answered.status_code == 302, answered.text
    return desk.get(answered.headers["location"])


def test_somebody_signs_in_and_sees_what_is_their_owners(browser: Callable[[], httpx.Client]) -> None:
    with browser() as desk:
        assert desk.get("/watchlists").headers["location"].startswith("/sign-in?next=")
        assert desk.get("/api/v1/watchlists").status_code == 401
        assert "/sign-in/oidc?next=/watchlists" in desk.get("/sign-in?next=/watchlists").text
        back = came_back(desk, "ann")
        assert (back.status_code, back.headers["location"]) == (303, "/watchlists")
        cookies = back.headers.get_list("set-cookie")
        assert "HttpOnly" in next(one for one in cookies if one.startswith(f"{COOKIE}=") and '=""' not in one)
        assert desk.get("/watchlists").status_code == 200
        made = desk.post("/api/v1/watchlists?check=true", json={"technologies": ["radar"]})
        assert made.json()["owner"] == "desk-a"
        foreign = desk.post("/api/v1/watchlists?check=true", json={"owner": "desk-b"})
        assert foreign.status_code == 403
        assert desk.get("/api/v1/backup").status_code == 403
        assert desk.post("/sign-out").status_code == 303
        assert desk.get("/watchlists").status_code == 303


def test_groups_say_who_may_sign_in_and_who_may_everything(browser: Callable[[], httpx.Client]) -> None:
    with browser() as desk:
        assert came_back(desk, "chief").status_code == 303
        assert desk.get("/api/v1/backup").status_code == 200
    for subject, said in (("eve", "may not sign in here"), ("nobody", "department"), ("star", "may not")):
        with browser() as desk:
            refused = came_back(desk, subject)
            assert refused.status_code == 403
            assert said in refused.text
            assert COOKIE not in desk.cookies


def test_an_answer_that_nobody_asked_for_lets_nobody_in(browser: Callable[[], httpx.Client]) -> None:
    with browser() as desk, browser() as victim:
        led = desk.get("/sign-in/oidc").headers["location"]
        stolen = httpx.post(led, data={"sub": "ann"}).headers["location"]
        # The browser of somebody else, which an attacker leads to their own sign-in.
        assert victim.get(stolen).status_code == 403
        assert COOKIE not in victim.cookies
        assert desk.get(stolen).status_code == 303
        assert desk.get(stolen).status_code == 403, "a code is good once"
        denied = httpx.post(desk.get("/sign-in/oidc").headers["location"], data={"action": "deny"})
        assert desk.get(denied.headers["location"]).status_code == 403
        assert desk.get("/sign-in/oidc/back?code=x&state=y").status_code == 403
        outside = came_back(desk, "ann", "https://elsewhere.example/")
        assert outside.headers["location"] == "/"


def test_a_provider_that_is_away_is_told_in_words(
    settle: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIANTS_OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    settings = Settings(data_dir=tmp_path)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        with served(settings) as client:
            answer = client.get("/sign-in/oidc", headers=PAGE)
            assert answer.status_code == 502
            assert "does not answer" in answer.text


def test_settings_that_let_nobody_in_or_lead_nowhere_are_refused(settle: None) -> None:
    with pytest.raises(ValidationError, match="nobody may sign in"):
        SignInSettings(oidc_groups=(), oidc_admin_groups=())
    with pytest.raises(ValidationError, match="OIDC_CLIENT_ID"):
        SignInSettings(oidc_client_id="")
    with pytest.raises(NoOidcError, match="GIANTS_PUBLIC_URL"):
        Provider(Settings(api_host="0.0.0.0"), SignInSettings())  # noqa: S104


def test_what_a_person_may_do_follows_the_settings_of_now(settle: None) -> None:
    ann = Person("ann", "Ann", "desk-a", ("analysts",))
    caller = caller_of_person(ann, SignInSettings())
    assert caller is not None
    assert (caller.owner, caller.scopes) == ("desk-a", READER | {Scope.WRITE})
    reads = caller_of_person(ann, SignInSettings(oidc_scopes=(Scope.READ,)))
    assert reads is not None
    assert reads.scopes == {Scope.READ}
    assert caller_of_person(ann, SignInSettings(oidc_groups=("x",))) is None
    assert caller_of_person(ann, SignInSettings(oidc_groups=(), oidc_subjects=("ann",))) is not None
    assert caller_of_person(ann, SignInSettings(oidc_groups=(), oidc_subjects=("*",))) is not None
    for owner in ("*", "", " ", "\u200b"):
        assert caller_of_person(Person("ann", "Ann", owner, ("analysts",)), SignInSettings()) is None
