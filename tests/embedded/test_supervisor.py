"""`giants up`: one line when everything serves, an end without loss, and going on where it was."""

import json
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from giants.embedded.runfile import RUN_FILE, read_run_file
from giants.embedded.topic_files import FOLDER, MANIFEST
from giants.kafka import topics
from giants.kafka.publisher import Publisher
from tests.broker import embedded
from tests.cli.facts import WORKED_EXAMPLE, designation, families, write_lines
from tests.disk import filled, small_disk
from tests.stack import PARTITIONS, Stack, children, giants, running_stack
from tests.waiting import wait_for

EXPORTED = ("companies", "exposures", "rating_changes", "status_changes", "signals", "findings", "facts")
BROKER = "giants.embedded.durable_broker"
NAME = "杭州银河光电科技有限公司"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


def fill(stack: Stack, folder: Path) -> None:
    settings = embedded(stack.ready["broker"], partitions=int(PARTITIONS))
    with Publisher(settings) as publisher:
        publisher.send(topics.FAMILIES.full_name(settings), b"\xffkey", b"\xfe no fact")
    lists = write_lines(folder / "list.jsonl", [designation("example", [NAME])])
    patents = write_lines(folder / "families.jsonl", families("EX", NAME, WORKED_EXAMPLE))
    assert stack.giants("ingest", "announcements", lists).status == 0
    assert stack.giants("ingest", "families", patents, "--wait").status == 0


def state_of(stack: Stack) -> dict[str, Any]:
    """What the tracker says of the company, but for what belongs to an epoch or to an arrival."""
    (found,) = stack.get("/companies", q=NAME)["items"]
    path = f"/companies/{found['company_id']}"
    company, history = stack.get(path), stack.get(f"{path}/history")
    links = sorted((change["technology"], change["seq"]) for change in history["rating_changes"])
    for technology in {technology for technology, _ in links}:
        numbers = [seq for name, seq in links if name == technology]
        assert numbers == list(range(1, len(numbers) + 1)), "a chain has no gap"
    return {
        "status": company["status"],
        "names": company["names"],
        "exposures": stack.get(f"{path}/exposures")["technologies"],
        "status changes": [[change["kind"], change["seq"]] for change in history["status_changes"]],
        "technologies with a chain": sorted({technology for technology, _ in links}),
        "dead letters": stack.get("/dead-letters")["items"],
    }


def feed_of(stack: Stack) -> dict[str, Any]:
    """Every change and every latest state as readers get them: cause, path, instants, ids, cursors, epoch."""
    tables = {name: sorted(map(json.dumps, stack.rows(name))) for name in EXPORTED}
    page = stack.get("/changes", limit=100)
    assert tables["rating_changes"], "an empty feed would prove nothing"
    assert tables["status_changes"]
    assert page["items"]
    assert len(page["items"]) < 100, "one page is the whole feed"
    return {"changes": page, **tables}


def note(data_dir: Path, state: dict[str, Any], feed: dict[str, Any]) -> None:
    data_dir.with_suffix(".noted.json").write_text(json.dumps([state, feed]))


def noted(data_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the tracker said before the last restart; comparing it needs no object that a test left behind."""
    state, feed = json.loads(data_dir.with_suffix(".noted.json").read_text())
    return state, feed


def test_up_is_one_line_serves_and_goes_on_after_a_restart(data_dir: Path, tmp_path: Path) -> None:
    with running_stack(data_dir) as stack:
        assert set(stack.ready) == {"broker", "api", "data"}
        assert stack.ready["data"] == str(data_dir)
        assert httpx.get(f"{stack.ready['api']}/readyz", timeout=10).status_code == 200
        second = giants("up", data_dir=data_dir)
        assert second.status == 1
        assert second.err.startswith("error: a stack is already running")
        fill(stack, tmp_path)
        before, feed, epoch = state_of(stack), feed_of(stack), _epoch(data_dir)
        assert len(before["dead letters"]) == 1
        family = children(stack.process.pid)
        assert stack.stop() == 0
        assert stack.process.stdout is not None
        assert stack.process.stdout.read() == "", "one line and no more"
    assert not (data_dir / RUN_FILE).exists()
    assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []

    with running_stack(data_dir) as stack:
        assert _epoch(data_dir) == epoch, "nothing was replayed"
        assert state_of(stack) == before
        assert feed_of(stack) == feed
        assert stack.rows("alerts") == []
        more = write_lines(tmp_path / "more.jsonl", families("NEW", NAME, WORKED_EXAMPLE))
        assert stack.giants("ingest", "families", more, "--wait").status == 0
        before, longer = state_of(stack), feed_of(stack)
        ids = [change["id"] for change in longer["changes"]["items"]]
        assert set(ids) >= {change["id"] for change in feed["changes"]["items"]}
        assert longer["exposures"] != feed["exposures"]
        assert len(set(ids)) == len(ids)
        assert stack.stop() == 0

    note(data_dir, before, longer)


@pytest.fixture(scope="module")
def stack(data_dir: Path) -> Iterator[Stack]:
    """The stack, restarted after what the first test left."""
    with running_stack(data_dir) as running:
        yield running


def test_what_came_after_a_restart_is_there_after_another(data_dir: Path, stack: Stack) -> None:
    state, feed = noted(data_dir)
    assert feed_of(stack) == feed
    assert state_of(stack) == state


def test_a_rebuild_changes_nothing_but_the_epoch(data_dir: Path, stack: Stack) -> None:
    before, epoch = state_of(stack), _epoch(data_dir)
    rebuilt = stack.giants("rebuild")
    assert rebuilt.status == 0, rebuilt.err
    assert f"epoch {epoch + 1} is complete" in rebuilt.err
    assert state_of(stack) == before


def test_what_dies_is_started_again_and_the_state_is_the_same(data_dir: Path, stack: Stack) -> None:
    before, feed = state_of(stack), feed_of(stack)
    for name in ("worker", "serve"):
        killed = stack.child(name)
        os.kill(killed, signal.SIGKILL)
        wait_for(f"another {name}", partial(_is_another, stack, name, killed))
    wait_for("the API", lambda: _ready(stack))
    assert state_of(stack) == before

    epoch = _epoch(data_dir)
    log, ready = data_dir.with_suffix(".up.log"), "everything is ready again"
    starts = log.read_text().count(ready)
    os.kill(stack.child(BROKER), signal.SIGKILL)
    wait_for("the stack", lambda: log.read_text().count(ready) > starts, seconds_max=300)
    assert read_run_file(data_dir) is not None
    assert _epoch(data_dir) == epoch, "its records came from the disk"
    assert state_of(stack) == before
    assert feed_of(stack) == feed


def test_a_killed_supervisor_goes_on_and_topics_of_another_database_are_not_taken(
    data_dir: Path, stack: Stack
) -> None:
    before, feed, epoch = state_of(stack), feed_of(stack), _epoch(data_dir)
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    with running_stack(data_dir) as again:
        assert _epoch(data_dir) == epoch
        assert state_of(again) == before
        assert feed_of(again) == feed
        assert again.stop() == 0

    manifest = data_dir / FOLDER / MANIFEST
    saved = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(saved | {"epoch_id": f"{epoch}@2020-01-01T00:00:00+00:00"}))
    with running_stack(data_dir) as again:
        assert _epoch(data_dir) == epoch + 1, "the journal of this database is published"
        assert state_of(again) == before
        assert "belong to another database" in data_dir.with_suffix(".up.log").read_text()
        assert again.stop() == 0


def test_a_full_disk_takes_nothing_and_says_so(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with small_disk(data_dir / "topics", 20_000_000) as disk:  # nothing else frees room on it
        # More than may be free in the last page of a file.
        names = [f"宁波晨星{chr(0x4E00 + number)}材料有限公司" for number in range(400)]
        refused = write_lines(tmp_path / "refused.jsonl", [designation("refused", names)])
        taken = write_lines(tmp_path / "taken.jsonl", [designation("taken", [NAME])])
        watchlist = {"owner": "desk", "companies": [f"{n:0>90}" for n in range(90)]}
        with running_stack(data_dir) as stack:
            url = f"{stack.ready['api']}/api/v1/watchlists"
            with filled(disk):
                told = stack.giants("ingest", "announcements", refused)
                assert told.status == 1
                assert "cannot write to its disk" in told.err
                assert "did not keep the record" in told.err
                answer = httpx.post(url, json=watchlist, timeout=60)
                assert answer.status_code == 503
                assert "cannot write to its disk" in answer.json()["detail"]
            assert stack.giants("ingest", "announcements", taken, "--wait").status == 0
            assert stack.get("/watchlists")["items"] == []
            os.kill(stack.process.pid, signal.SIGKILL)
            stack.process.wait()
        with running_stack(data_dir) as stack:
            found = [one["name"] for one in stack.get("/companies")["items"]]
            assert found == [NAME], "what was taken is there, and what was refused is not"
            assert stack.stop() == 0


def _is_another(stack: Stack, name: str, killed: int) -> bool:
    return stack.child(name) != killed


def _ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.ready['api']}/readyz", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _epoch(data_dir: Path) -> int:
    """The complete epoch; 0 while one is being filled."""
    try:
        told = json.loads((data_dir / "epoch.json").read_text())
    except FileNotFoundError:
        return 0
    return int(told["epoch"]) if told["state"] == "complete" else 0
