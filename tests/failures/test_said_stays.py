"""What was said stays said: the feed is the same after a restart, a rebuild, a restore and another broker.

The facts come one after another and in an order that no replay would repeat by itself: families before the
list that names their company, a rename after ratings, a review at the end.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.lag import STORE, STREAM, WATCH, LagMonitor
from giants.kafka.publisher import Publisher
from giants.kafka.topics import Topic
from giants.settings import Settings
from tests.cli.facts import designation, families
from tests.delivery.samples import SECRET
from tests.kafka.cluster import KafkaCluster
from tests.stack import PARTITIONS, Stack, giants, running_stack
from tests.waiting import wait_for

NAME, NEW_NAME = "杭州银河光电科技有限公司", "杭州星河光电科技有限公司"
OTHER = "宁波佳尔灵气动机械有限公司"
CHANGES = ("rating_changes", "status_changes", "signal_changes", "list_changes", "alerts")
STATES = ("companies", "exposures", "signals", "lists", "findings")
# Which reading of the journal a row belongs to, and when a state was computed last.
OF_AN_EPOCH = ("epoch", "updated_at")
WATCHLIST = {
    "watchlist_id": "w-1",
    "owner": "desk-a",
    "deliver": [{"kind": "webhook", "url": "http://127.0.0.1:9/hook", "secret": SECRET}],
}
OPTICS = ("H04B10/2519", "H04J14/02", "H01S5/02", "G02B6/12")
RADAR = ("G01S13/88", "G01S7/02")


SOURCE = {"class": "authority"}
SECONDS_MAX = 300.0
# What live facts are named by; those of each are of a technology of its own, so that it is rated anew.
MORE = ("REBUILT", "RESTORED", "KAFKA", "BACK")


def facts() -> Iterator[tuple[Topic, str, dict[str, Any]]]:
    """Topics, keys and documents; each is through before the next."""
    yield topics.WATCHLISTS, "w-1", WATCHLIST
    yield from of_families("EARLY", NAME, [OPTICS[:2], OPTICS[2:], RADAR])
    listed = designation("2025-b7-zj", [NAME, OTHER], complete=True)
    yield topics.ANNOUNCEMENTS, listed["list_id"], listed
    yield from of_families("LIVE", NAME, [OPTICS[1:], RADAR, OPTICS, RADAR[:1]])
    rename = {"record_id": "r-1", "kind": "rename", "old_name": NAME, "new_name": NEW_NAME}
    yield topics.NAMES, "r-1", rename | {"effective_on": "2026-03-01", "source": {"class": "miit"}}
    yield from of_families("RENAMED", NEW_NAME, [RADAR, RADAR, RADAR])
    yield topics.FAMILIES, "LIVE1", {"family_id": "LIVE1", "version": 2, "assignees": [NAME], "cpc": []}
    revoked = {"list_id": "rev-1", "revision": 1, "kind": "revocation", "published_on": "2026-06-01"}
    yield topics.ANNOUNCEMENTS, "rev-1", revoked | {"source": SOURCE, "entries": [{"name": OTHER}]}


def of_families(
    prefix: str, name: str, symbols: Iterable[Iterable[str]]
) -> Iterator[tuple[Topic, str, dict[str, Any]]]:
    for one in families(prefix, name, symbols):
        yield topics.FAMILIES, one["family_id"], one


def tell(stack: Stack, told: Iterable[tuple[Topic, str, dict[str, Any]]]) -> None:
    """Publish facts one after another, each when all is stored that the one before led to."""
    current = Settings(
        broker=stack.ready["broker"],
        broker_quirks="none" if "GIANTS_BROKER" in stack.environment else "embedded",
        topic_prefix=stack.environment.get("GIANTS_TOPIC_PREFIX", "giants."),
        partitions=int(PARTITIONS),
    )
    with Publisher(current) as publisher, LagMonitor(current) as monitor:
        for topic, key, document in told:
            publisher.send(topic.full_name(current), key, json.dumps(document).encode())
            publisher.flush()
            monitor.wait((*STREAM, WATCH, STORE), SECONDS_MAX)


def feed(stack: Stack) -> dict[str, Any]:
    """All changes as readers get them, in their order, and each by itself with all that it says."""
    wait_for("the API", lambda: ready(stack), SECONDS_MAX)
    page = stack.get("/changes", limit=200)
    assert len(page["items"]) < 200, "one page is the whole feed"
    return {"changes": [without_epoch(one) for one in page["items"]], **tables(stack, CHANGES)}


def ready(stack: Stack) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{stack.ready['api']}/readyz", timeout=10).is_success
    return False


def tables(stack: Stack, names: tuple[str, ...]) -> dict[str, list[str]]:
    found = {name: stack.rows(name) for name in names}
    return {name: sorted(json.dumps(without_epoch(row)) for row in rows) for name, rows in found.items()}


def without_epoch(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OF_AN_EPOCH}


def through(stack: Stack, before: dict[str, Any], states: dict[str, Any]) -> None:
    assert feed(stack) == before
    assert tables(stack, STATES) == states


def more(stack: Stack, prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What follows a live fact: the chains go on, and what was said before is still there."""
    before = feed(stack)
    technology = shipped_taxonomy().technologies[1 + MORE.index(prefix)]
    tell(stack, of_families(prefix, NEW_NAME, [technology.cpc[:3]] * 3))
    after = feed(stack)
    known = {change["id"] for change in before["changes"]}
    ids = [change["id"] for change in after["changes"]]
    assert len(set(ids)) == len(ids)
    assert known < set(ids), "something was said, and nothing taken back"
    ratings = [json.loads(row) for row in after["rating_changes"]]
    chains: dict[str, list[int]] = {}
    for row in sorted(ratings, key=lambda row: row["seq"]):
        chains.setdefault(f"{row['company_id']} {row['technology']}", []).append(row["seq"])
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in chains.values()), chains
    assert not [change for change in after["changes"] if change["cause"]["kind"] == "recalculation"]
    return after, tables(stack, STATES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("said")


def note(folder: Path, said: dict[str, Any], states: dict[str, Any]) -> None:
    (folder / "said.json").write_text(json.dumps([said, states]))


def noted(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    said, states = json.loads((folder / "said.json").read_text())
    return said, states


@pytest.mark.timeout(1_200)
def test_the_feed_is_the_same_after_a_restart_and_a_rebuild(folder: Path) -> None:
    with running_stack(folder / "data") as stack:
        tell(stack, facts())
        said, states = feed(stack), tables(stack, STATES)
        assert len(said["rating_changes"]) > 5
        assert said["alerts"]
        assert said["list_changes"]
        assert not [change for change in said["changes"] if change["replayed"]]
        assert stack.stop() == 0

    with running_stack(folder / "data") as stack:
        through(stack, said, states)
        rebuilt = stack.giants("rebuild")
        assert rebuilt.status == 0, rebuilt.err
        through(stack, said, states)
        said, states = more(stack, "REBUILT")
        backup = stack.giants("backup", "-o", str(folder / "backup.zip"))
        assert backup.status == 0, backup.err
        assert stack.stop() == 0
    note(folder, said, states)


@pytest.mark.timeout(1_200)
def test_the_feed_is_the_same_after_a_restore(folder: Path) -> None:
    said, states = noted(folder)
    restored = giants("restore", str(folder / "backup.zip"), data_dir=folder / "restored")
    assert restored.status == 0, restored.err
    with running_stack(folder / "restored") as stack:
        through(stack, said, states)
        note(folder, *more(stack, "RESTORED"))
        assert stack.stop() == 0


@pytest.mark.timeout(1_200)
def test_the_feed_is_the_same_on_another_broker_and_back(folder: Path, kafka: KafkaCluster) -> None:
    said, states = noted(folder)
    broker = {"GIANTS_BROKER": kafka.bootstrap, "GIANTS_TOPIC_PREFIX": "said."}
    with running_stack(folder / "restored", **broker) as stack:
        through(stack, said, states)
        said, states = more(stack, "KAFKA")
        assert stack.stop() == 0

    with running_stack(folder / "restored") as stack:
        through(stack, said, states)
        more(stack, "BACK")
        assert stack.stop() == 0
