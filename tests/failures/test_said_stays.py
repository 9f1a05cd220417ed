"""What was said stays said: the feed is the same after a restart, a rebuild, a restore and another broker.

The facts come one after another and in an order that no replay would repeat by itself: families before the
list that names their company, a rename after ratings, a review at the end.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.facts import designation, families, write_lines
from tests.delivery.samples import SECRET
from tests.kafka.cluster import KafkaCluster
from tests.stack import Stack, giants, running_stack

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


def facts(folder: Path) -> Iterator[tuple[str, str]]:
    """Kinds and files, in the order in which they are ingested."""
    steps: list[tuple[str, dict[str, Any]]] = [("watchlists", WATCHLIST)]
    steps += [("families", one) for one in families("EARLY", NAME, [OPTICS[:2], OPTICS[2:], RADAR])]
    steps.append(("announcements", designation("2025-b7-zj", [NAME, OTHER], complete=True)))
    steps += [("families", one) for one in families("LIVE", NAME, [OPTICS[1:], RADAR, OPTICS, RADAR[:1]])]
    rename = {"record_id": "r-1", "kind": "rename", "old_name": NAME, "new_name": NEW_NAME}
    steps.append(("names", rename | {"effective_on": "2026-03-01", "source": {"class": "miit"}}))
    steps += [("families", one) for one in families("RENAMED", NEW_NAME, [RADAR, RADAR, RADAR])]
    steps.append(("families", {"family_id": "LIVE1", "version": 2, "assignees": [NAME], "cpc": []}))
    source = {"class": "authority"}
    revoked = {"list_id": "rev-1", "revision": 1, "kind": "revocation", "published_on": "2026-06-01"}
    steps.append(("announcements", revoked | {"source": source, "entries": [{"name": OTHER}]}))
    for number, (kind, document) in enumerate(steps):
        yield kind, write_lines(folder / f"{number:02}-{kind}.jsonl", [document])


def ingest(stack: Stack, *files: tuple[str, str]) -> None:
    for kind, file in files:
        ran = stack.giants("ingest", kind, file, "--wait")
        assert ran.status == 0, ran.err


def feed(stack: Stack) -> dict[str, Any]:
    """All changes as readers get them, in the order of the feed, and each by itself with all that it says."""
    page = stack.get("/changes", limit=200)
    assert len(page["items"]) < 200, "one page is the whole feed"
    return {"changes": [without_epoch(one) for one in page["items"]], **tables(stack, CHANGES)}


def tables(stack: Stack, names: tuple[str, ...]) -> dict[str, list[str]]:
    found = {name: stack.giants("export", name).lines for name in names}
    return {name: sorted(json.dumps(without_epoch(row)) for row in rows) for name, rows in found.items()}


def without_epoch(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OF_AN_EPOCH}


def through(stack: Stack, before: dict[str, Any], states: dict[str, Any]) -> None:
    assert feed(stack) == before
    assert tables(stack, STATES) == states


def more(stack: Stack, folder: Path, prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What follows a live fact: the chains go on, and what was said before is still there."""
    before = feed(stack)
    file = write_lines(folder / f"{prefix}.jsonl", families(prefix, NEW_NAME, [("A47B13/00",) * 1] * 9))
    ingest(stack, ("families", file))
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
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose stack has ended, after all facts; copied for each test."""
    folder = tmp_path_factory.mktemp("told")
    with running_stack(folder / "data") as stack:
        ingest(stack, *facts(folder))
        said = feed(stack)
        assert len(said["rating_changes"]) > 5
        assert said["alerts"]
        assert said["list_changes"]
        assert not [change for change in said["changes"] if change["replayed"]]
        (folder / "said.json").write_text(json.dumps([said, tables(stack, STATES)]))
        assert stack.stop() == 0
    return folder


@pytest.mark.timeout(1_200)
def test_the_feed_is_the_same_after_restart_rebuild_and_restore(told: Path, tmp_path: Path) -> None:
    said, states = json.loads((told / "said.json").read_text())
    data_dir, archive = tmp_path / "data", str(tmp_path / "backup.zip")
    shutil.copytree(told / "data", data_dir)
    with running_stack(data_dir) as stack:
        through(stack, said, states)
        rebuilt = stack.giants("rebuild")
        assert rebuilt.status == 0, rebuilt.err
        through(stack, said, states)
        said, states = more(stack, tmp_path, "REBUILT")
        backup = stack.giants("backup", "-o", archive)
        assert backup.status == 0, backup.err
        assert stack.stop() == 0

    data_dir = tmp_path / "restored"
    restored = giants("restore", archive, data_dir=data_dir)
    assert restored.status == 0, restored.err
    with running_stack(data_dir) as stack:
        through(stack, said, states)
        more(stack, tmp_path, "RESTORED")
        assert stack.stop() == 0


@pytest.mark.timeout(1_200)
def test_the_feed_is_the_same_on_another_broker_and_back(
    told: Path, kafka: KafkaCluster, tmp_path: Path
) -> None:
    said, states = json.loads((told / "said.json").read_text())
    data_dir = tmp_path / "data"
    shutil.copytree(told / "data", data_dir)
    broker = {"GIANTS_BROKER": kafka.bootstrap, "GIANTS_TOPIC_PREFIX": f"said-{tmp_path.name}."}
    with running_stack(data_dir, **broker) as stack:
        through(stack, said, states)
        said, states = more(stack, tmp_path, "KAFKA")
        assert stack.stop() == 0

    with running_stack(data_dir) as stack:
        through(stack, said, states)
        more(stack, tmp_path, "BACK")
        assert stack.stop() == 0
