"""The partitions of a running installation are raised, and lowered again, while facts come all the time.

The steps are those of docs/operations.md (Repartition), on Apache Kafka, with real processes. In the end the
state is the oracle's, what was said is as it was, and every change was alerted once.
"""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.epochs import newest_epoch, visible_epoch
from schemas.changes import ExposureSnapshot
from tests.chaos.facts import endless_facts
from tests.chaos.feeder import Feeder, digest
from tests.chaos.outcome import Outcome
from tests.chaos.process_group import ProcessGroup
from tests.chaos.run import environment
from tests.cli.facts import WORKED_EXAMPLE, families
from tests.delivery.receivers import Receiver, receiving
from tests.delivery.samples import webhook
from tests.drills import drill
from tests.failures import stream
from tests.failures.command import Command
from tests.failures.roles import Roles
from tests.simulation.history import Sent
from tests.store.builders import TAXONOMY_DOCUMENT
from tests.waiting import wait_for

pytestmark = drill

SEED = 21
FACTS_PER_SECOND = 20.0
RAISED = 4
SECONDS_MAX = 300.0
NAME = "杭州银河光电科技有限公司"
DESK = "desk"
ALLOWED = {"GIANTS_WEBHOOK_ALLOW_PRIVATE": "true"}
NEWS = "SELECT id, kind, company_id, technology, body FROM feed_rows WHERE epoch = {epoch:UInt32}"
CHAINS = (
    "SELECT company_id, '' AS technology, seq FROM status_changes ORDER BY seq",
    "SELECT company_id, technology, seq FROM rating_changes ORDER BY seq",
    "SELECT company_id, concat(signal, ' ', technology) AS technology, seq FROM signal_changes ORDER BY seq",
)


class Shared:
    """Facts without end for several feeders."""

    def __init__(self, facts: Iterator[Sent]) -> None:
        self._facts, self._lock = facts, threading.Lock()

    def __iter__(self) -> Iterator[Sent]:
        return self

    def __next__(self) -> Sent:
        with self._lock:
            return next(self._facts)


class Reader(threading.Thread):
    """Reads a company and its exposure of one API after the other; `faults` are answers that were wrong."""

    def __init__(self, company_id: str, address: str) -> None:
        super().__init__(name="reader")
        self.faults: list[str] = []
        self.answers = 0
        self.address = address
        self._company_id = company_id
        self._total = 0
        self._ending = threading.Event()

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.join()

    def run(self) -> None:
        while not self._ending.wait(0.1):
            try:
                self._read()
            except (httpx.HTTPError, KeyError) as error:
                self.faults.append(repr(error))

    def _read(self) -> None:
        base = f"{self.address}/api/v1"
        company = httpx.get(f"{base}/companies/{self._company_id}", timeout=60)
        exposure = httpx.get(f"{base}/companies/{self._company_id}/exposures", timeout=60)
        changes = httpx.get(f"{base}/changes", params={"company": self._company_id}, timeout=60)
        for answer in (company, exposure, changes):
            if not answer.is_success:
                self.faults.append(f"{answer.url}: {answer.status_code} {answer.text}")
                return
        if exposure.json()["families"] != len(WORKED_EXAMPLE):
            self.faults.append(exposure.text)
        said = len(changes.json()["items"])
        if said < self._total:
            self.faults.append(f"{self._total} changes were said, now there are {said}")
        self._total = said
        self.answers += 1


def publish_first(settings: Settings, receiver: Receiver) -> None:
    """A rated company that no other fact names, and a watchlist with a webhook."""
    stream.publish(settings, topics.TAXONOMIES, {"ctt74": TAXONOMY_DOCUMENT})
    target = webhook(receiver.url).model_dump(mode="json", by_alias=True)
    stream.watch_all(settings, DESK, include_backfill=True, grouping="single", deliver=[target])
    stream.designate(settings, "b7-anchor", NAME)
    documents = {one["family_id"]: one for one in families("ANCHOR", NAME, WORKED_EXAMPLE)}
    stream.publish(settings, topics.FAMILIES, documents)


def anchor(database: Database) -> str:
    [row] = database.rows("SELECT company_id FROM companies WHERE name = {name:String}", {"name": NAME})
    return str(row["company_id"])


@contextmanager
def command(settings: Settings, folder: Path, *words: str) -> Iterator[Command]:
    one = Command(settings, folder / f"{'-'.join(words[:2])}.log", *words)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def more_facts(feeder: Feeder) -> None:
    """Wait until some facts more have been published."""
    before = feeder.facts
    wait_for("more facts", lambda: feeder.facts >= before + 3 * FACTS_PER_SECOND, SECONDS_MAX)


def news(database: Database, epoch: int) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in database.rows(NEWS, {"epoch": epoch}, raw=("body",))}


def built(served: Settings, target: Settings, roles: Roles, folder: Path) -> int:
    """The first steps: build beside, with a store and workers of its own; returns the epoch."""
    there = served.model_copy(update={"partitions": target.partitions})
    with (
        connect(served.clickhouse_dsn()) as database,
        command(there, folder, "rebuild", "--beside", target.topic_prefix) as building,
    ):
        old = visible_epoch(database)
        building.wait_until_printed("now start a store and workers")
        epoch = newest_epoch(database)
        roles.start("store", "worker", "worker-2", GIANTS_EPOCH=str(epoch))
        building.wait_until_ended_well()
        assert visible_epoch(database) == old, "readers see nothing of it"
    return epoch


@contextmanager
def switched(served: Settings, target: Settings, epoch: int, folder: Path) -> Iterator[None]:
    """The last steps: switch, and have facts forwarded until the end of the block."""
    words = "epochs", "switch", str(epoch), "--beside", target.topic_prefix
    with connect(served.clickhouse_dsn()) as database, command(served, folder, *words) as switching:
        old = visible_epoch(database)
        switching.wait_until_printed(f"readers see epoch {epoch} now")
        assert visible_epoch(database) == epoch
        before, after = news(database, old), news(database, epoch)
        assert before
        assert {id_: after.get(id_) for id_ in before} == before, "what was said stays"
        switching.wait_until_printed("now start API, delivery and producers again")
        yield
        switching.process.send_signal(signal.SIGINT)
        switching.wait_until_ended_well()


def assert_complete(database: Database, settings: Settings, feeders: list[Feeder]) -> None:
    """The state is what the oracle makes of all facts, each of which is on the topics."""
    wait_for("the latest values", lambda: not list(Outcome.read(settings).stale()), SECONDS_MAX)
    stream.through(settings)
    outcome = Outcome.read(settings)
    there = {(kind, digest(message.value)) for kind, message, _ in outcome.inputs}
    refused = {
        digest(row["value"]) for row in database.rows("SELECT value FROM dead_letters", raw=("value",))
    }
    missing = [
        one
        for feeder in feeders
        for one in feeder.confirmed
        if one not in there and one[1] not in refused and one[0] != "watchlists"
    ]
    assert missing == []
    stored = database.rows("SELECT company_id, body FROM companies", raw=("company_id", "body"))
    assert {bytes(row["company_id"]): bytes(row["body"]) for row in stored} == outcome.expected.companies
    rated = database.rows("SELECT company_id, technology, families, instances, matching FROM exposures")
    assert sorted(tuple(row.values()) for row in rated) == sorted(expected_ratings(outcome))


def expected_ratings(outcome: Outcome) -> Iterator[tuple[str, str, int, int, int]]:
    for value in outcome.expected.exposures.values():
        one = ExposureSnapshot.model_validate_json(value)
        for pair in one.technologies:
            yield one.company_id, pair.technology, one.families, one.instances, pair.matching


def assert_said(database: Database) -> None:
    """Chains are whole, and nothing was said because of the rebuild."""
    for chains in CHAINS:
        links: dict[tuple[str, str], list[int]] = {}
        for row in database.rows(chains):
            links.setdefault((row["company_id"], row["technology"]), []).append(int(row["seq"]))
        broken = {key: seqs for key, seqs in links.items() if seqs != list(range(1, len(seqs) + 1))}
        assert broken == {}, chains
    said = news(database, visible_epoch(database)).values()
    recalculated = [row for row in said if orjson.loads(row["body"])["cause"]["kind"] == "recalculation"]
    assert recalculated == []
    ids = Counter(row["id"] for row in database.rows(NEWS, {"epoch": visible_epoch(database)}))
    assert max(ids.values()) == 1


def assert_alerted_once(database: Database, receiver: Receiver) -> None:
    """Each change was alerted once to each watchlist, on whichever topics, and sent once."""
    said = news(database, visible_epoch(database))
    alerts = database.rows("SELECT id, watchlist_id, body FROM alerts_rows FINAL", raw=("body",))
    told = Counter((row["watchlist_id"], orjson.loads(row["body"])["change"]["id"]) for row in alerts)
    assert [one for one, times in told.items() if times > 1] == []
    wanted = {id_ for id_, row in said.items() if not orjson.loads(row["body"])["replayed"]}
    assert {id_ for _, id_ in told} <= wanted
    of_desk = {id_ for name, id_ in told if name == DESK}
    untold = [row for id_, row in said.items() if id_ in wanted - of_desk and row["company_id"]]
    assert untold == []
    alerts_of_desk = sum(row["watchlist_id"] == DESK for row in alerts)
    wait_for("all alerts to be sent", lambda: alerts_sent(receiver) >= alerts_of_desk, SECONDS_MAX)
    assert alerts_sent(receiver) == alerts_of_desk


def alerts_sent(receiver: Receiver) -> int:
    """How many alerts came by webhook; a message about several says of how many."""
    messages = [orjson.loads(one.body) for one in receiver.received]
    return sum(one["group"]["members"] if one.get("group") else 1 for one in messages)


class Installation:
    """An installation with two sets of topics, and what writes to it and reads from it meanwhile."""

    def __init__(self, stack: ExitStack, folder: Path, receiver: Receiver) -> None:
        self.stack, self.folder, self.receiver = stack, folder, receiver
        self.facts = Shared(endless_facts(SEED))
        self.feeders: list[Feeder] = []
        self.producing = stack.enter_context(ExitStack())

    def produce(self, settings: Settings) -> Feeder:
        """Let another producer begin."""
        self.feeders.append(Feeder(settings, self.facts, FACTS_PER_SECOND))
        return self.producing.enter_context(self.feeders[-1])

    def move(self, served: tuple[Settings, Roles], target: tuple[Settings, Roles], reader: Reader) -> None:
        """All steps; a producer writes to the topics of before until the last one."""
        (before, old), (after, new) = served, target
        producer = self.produce(before)
        more_facts(producer)
        epoch = built(before, after, new, self.folder)
        more_facts(producer)
        with switched(before, after, epoch, self.folder):
            more_facts(producer)
            new.start("api")
            new.wait_until_ready("api")
            reader.address = new.address("api")
            old.group.leave("delivery")
            new.start("delivery", **ALLOWED)
            more_facts(self.produce(after))
            self.producing.close()
        for role in ("worker", "store", "api"):
            old.group.leave(role)
        stream.through(after)


@pytest.mark.timeout(1_200)
def test_partitions_are_raised_and_lowered_again_while_facts_come(
    settings: Settings, roles: Roles, tmp_path: Path
) -> None:
    prefix = f"{settings.topic_prefix}next."
    raised = settings.model_copy(update={"partitions": RAISED, "topic_prefix": prefix})
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        database = stack.enter_context(connect(settings.clickhouse_dsn()))
        roles.start("store", "worker", "api")
        roles.start("delivery", **ALLOWED)
        roles.wait_until_ready("store", "worker", "api", "delivery")
        publish_first(settings, receiver)
        stream.through(settings)
        reader = stack.enter_context(Reader(anchor(database), roles.address("api")))
        group = stack.enter_context(ProcessGroup(tmp_path / "next", environment(raised)))
        installation = Installation(stack, tmp_path, receiver)

        there = raised, Roles(group)
        here = settings, roles
        installation.move(here, there, reader)
        assert visible_epoch(database) == 2
        assert_said(database)
        installation.move(there, here, reader)
        assert visible_epoch(database) == 3
        assert_complete(database, settings, installation.feeders)
        assert_said(database)
        assert_alerted_once(database, receiver)
        assert reader.faults == []
        assert reader.answers
