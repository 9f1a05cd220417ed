"""Two processes of the API: readers of one go on at the other, and both know who asked and who signed out."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path

import httpx
import orjson
import pytest

from giants.kafka import topics
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.failures.roles import Roles
from tests.failures.stream import THROUGH_SECONDS_MAX, designate, through, values
from tests.redis_server import RedisServer
from tests.waiting import wait_for

REPLICAS = ("api-1", "api-2")
NAMES = [f"杭州银河光电{number}科技有限公司" for number in "甲乙丙"]
CHANGES = (topics.STATUS_CHANGES, topics.RATING_CHANGES, topics.SIGNAL_CHANGES)
REQUESTS_MAX = 20


class Reader(threading.Thread):
    """Follows the event stream at one replica, and at the next one with its last id where that is gone."""

    def __init__(self, roles: Roles) -> None:
        super().__init__(name="reader", daemon=True)
        self.ids: list[str] = []
        self.cursors: list[str] = []
        self.resets = 0
        self.at = ""
        self._roles = roles
        self._ending = threading.Event()

    def __enter__(self) -> "Reader":
        self.start()
        wait_for("the stream to begin", lambda: self.cursors)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()

    def wait_for(self, changes: int) -> None:
        """Wait until so many changes came."""
        wait_for(
            f"{changes} changes, after {self.ids} at {self.at}",
            lambda: len(self.ids) >= changes,
            THROUGH_SECONDS_MAX,
        )

    def wait_until_left(self, replica: str) -> None:
        """Wait until it reads elsewhere."""
        wait_for("the other replica", lambda: self.at != replica)

    def run(self) -> None:
        """Follow until the block ends."""
        for self.at in cycle(REPLICAS):
            with suppress(httpx.TransportError):
                self._follow()
            if self._ending.is_set():
                return

    def _follow(self) -> None:
        headers = {"Last-Event-ID": self.cursors[-1]} if self.cursors else {}
        address = f"{self._roles.address(self.at)}/api/v1/changes/stream"
        with httpx.stream("GET", address, headers=headers, timeout=60) as answer:
            event: dict[str, str] = {}
            for line in answer.iter_lines():
                if self._ending.is_set():
                    return
                name, _, value = line.partition(": ")
                if line:
                    event[name] = value
                    continue
                if "id" in event:
                    self.cursors.append(event["id"])
                self.resets += event.get("event") == "reset"
                if "id" in orjson.loads(event.get("data", "{}")):
                    self.ids.append(orjson.loads(event["data"])["id"])
                event = {}


def sent(settings: Settings) -> Counter[str]:
    """Ids of the changes that a reader gets, and how often each was sent."""
    return Counter(one["id"] for topic in CHANGES for one in values(settings, topic))


def test_a_reader_whose_replica_is_killed_goes_on_at_the_other_without_gap_or_repeat(
    settings: Settings, roles: Roles
) -> None:
    roles.start("worker", "store", *REPLICAS)
    roles.wait_until_ready("worker", "store", *REPLICAS)
    # The first change of an installation begins the first epoch, which would be a reset to who reads already.
    designate(settings, "b7-first")
    through(settings)
    before = sent(settings)
    with Reader(roles) as reader:
        for number, name in enumerate(NAMES):
            # What the store does not have yet, only the topics tell the other replica.
            if number % 2:
                roles.group.freeze("store")
            designate(settings, f"b7-{number}", name)
            reader.wait_for(number + 1)
            gone = reader.at
            roles.group.kill(gone)
            if number % 2:
                reader.wait_until_left(gone)
                roles.group.thaw("store")
            roles.group.start(gone)
            roles.wait_until_ready(gone)
        expected = sent(settings) - before
        reader.wait_for(expected.total())
        assert Counter(reader.ids) == expected
        assert max(expected.values()) == 1
        assert not reader.resets


@pytest.fixture
def server_of_both(tmp_path: Path) -> Iterator[RedisServer]:
    """What both replicas count in."""
    with RedisServer(tmp_path) as running:
        yield running


def test_replicas_limit_requests_together_and_alone_while_redis_is_away(
    settings: Settings, roles: Roles, server_of_both: RedisServer
) -> None:
    token = start_both(settings, roles, server_of_both)
    as_desk = {"Authorization": f"Bearer {token}"}

    def asked(role: str) -> int:
        return httpx.get(f"{roles.address(role)}/api/v1/companies", headers=as_desk).status_code

    def is_let_in(role: str) -> bool:
        return asked(role) == 200

    assert [asked(REPLICAS[number % 2]) for number in range(REQUESTS_MAX)] == [200] * REQUESTS_MAX
    assert {asked(role) for role in REPLICAS} == {429}
    server_of_both.kill()
    for role in REPLICAS:
        assert [asked(role) for _ in range(REQUESTS_MAX + 1)] == [200] * REQUESTS_MAX + [429]
        status, body = roles.readiness(role)
        assert status == 200
        assert "by each process alone" in next(one["detail"] for one in body["checks"] if not one["ok"])
        assert roles.log(role).count("waiting for the shared state of the API") == 1
    server_of_both.start()
    for role in REPLICAS:
        wait_for("Redis to count", partial(is_let_in, role))


def test_who_signs_out_at_one_replica_is_signed_out_at_all(
    settings: Settings, roles: Roles, server_of_both: RedisServer
) -> None:
    token = start_both(settings, roles, server_of_both)
    first, second = map(roles.address, REPLICAS)
    with httpx.Client(headers={"Accept": "text/html"}) as browser:
        browser.post(f"{first}/sign-in", data={"key": token})
        cookies = dict(browser.cookies)
        for address in (first, second):
            assert browser.get(f"{address}/companies").status_code == 200
        browser.post(f"{first}/sign-out")
    for address in (first, second):
        answer = httpx.get(f"{address}/companies", cookies=cookies, headers={"Accept": "text/html"})
        assert answer.headers["location"].startswith("/sign-in")


def start_both(settings: Settings, roles: Roles, server: RedisServer) -> str:
    """Start two replicas that share a Redis server; gives a key of both."""
    token = create_key(key_file(settings), "desk", Scope.WRITE)[1]
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
    shared = {"GIANTS_API_SHARED_STATE": server.url, "GIANTS_API_REQUESTS_PER_MINUTE": str(REQUESTS_MAX)}
    roles.start(*REPLICAS, **shared)
    roles.wait_until_ready(*REPLICAS)
    return token
