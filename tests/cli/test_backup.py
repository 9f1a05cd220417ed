"""`giants backup` and `giants restore`: a wiped machine is what it was again, and nobody hears of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from tests.broker import embedded
from tests.cli.facts import WORKED_EXAMPLE, designation, families, write_lines
from tests.delivery.samples import SECRET
from tests.stack import PARTITIONS, Stack, giants, running_stack

NAME = "杭州银河光电科技有限公司"
OTHER = "宁波佳尔灵气动机械有限公司"
WATCHLIST = {
    "watchlist_id": "w-1",
    "owner": "desk-a",
    "deliver": [{"kind": "webhook", "url": "http://127.0.0.1:9/hook", "secret": SECRET}],
}
# Where and when a record came in last; what it says is compared.
PLACES = ("partition", "offset", "updated_at")
TABLES = ("companies", "exposures", "families", "technologies", "facts", "dead_letters", "alerts")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup") / "data"


@pytest.fixture(scope="module")
def archive(data_dir: Path) -> Path:
    return data_dir.with_name("giants.zip")


def fill(stack: Stack, folder: Path) -> None:
    settings = embedded(stack.ready["broker"], partitions=int(PARTITIONS))
    with Publisher(settings) as publisher:
        publisher.send(topics.FAMILIES.full_name(settings), b"\xffkey", b"\xfe no fact")
    watchlists = write_lines(folder / "watchlists.jsonl", [WATCHLIST])
    lists = write_lines(folder / "list.jsonl", [designation("example", [NAME, OTHER])])
    patents = write_lines(folder / "families.jsonl", families("EX", NAME, WORKED_EXAMPLE))
    for kind, file, wait in (
        ("watchlists", watchlists, ("--wait",)),
        ("announcements", lists, ()),
        ("families", patents, ("--wait",)),
    ):
        ran = stack.giants("ingest", kind, file, *wait)
        assert ran.status == 0, ran.err


def latest(stack: Stack) -> dict[str, dict[bytes | None, bytes | None]]:
    """The latest value of every key of the compacted outputs, byte for byte."""
    settings = embedded(stack.ready["broker"], partitions=int(PARTITIONS))
    with Follower(settings, [topics.COMPANIES, topics.EXPOSURES]) as follower:
        found: dict[str, dict[bytes | None, bytes | None]] = {}
        for message in follower.to_end():
            found.setdefault(message.topic, {})[message.key] = message.value
    return found


def tables(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [
            {name: value for name, value in row.items() if name not in PLACES or table == "dead_letters"}
            for row in stack.rows(table)
        ]
        for table in TABLES
    }


def deliveries(data_dir: Path) -> list[Any]:
    """Which alerts went to whom; those that were not taken are tried again, which is no news."""
    rows = giants("deliveries", "list", "--json", data_dir=data_dir).lines
    return [(row["delivery_id"], row["alert_id"], row["target"]) for row in rows]


@pytest.mark.timeout(900)
def test_a_wiped_machine_is_what_it_was_after_restore_and_rebuild(
    data_dir: Path, archive: Path, tmp_path: Path
) -> None:
    assert giants("keys", "create", "desk-a", data_dir=data_dir).status == 0
    key = giants("keys", "create", "operator", "--scope", "admin", data_dir=data_dir).out.strip()
    with running_stack(data_dir, GIANTS_API_KEY=key) as stack:
        fill(stack, tmp_path)
        made = stack.giants("backup", "-o", str(archive), "--json")
        assert made.status == 0, made.err
        before, values = tables(stack), latest(stack)
        assert stack.stop() == 0
    assert before["alerts"]
    assert len(before["dead_letters"]) == 1
    assert len(values) == 2
    (told,) = made.lines
    assert {member["name"]: member["rows"] for member in told["members"]}["journal/facts.parquet"] == len(
        before["facts"]
    )
    assert archive.stat().st_mode & 0o077 == 0
    queued, keys = deliveries(data_dir), giants("keys", "list", "--json", data_dir=data_dir).lines
    assert queued

    shutil.rmtree(data_dir)
    restored = giants("restore", str(archive), data_dir=data_dir)
    assert restored.status == 0, restored.err
    assert "giants up" in restored.err
    assert giants("keys", "list", "--json", data_dir=data_dir).lines == keys
    with running_stack(data_dir, GIANTS_API_KEY=key) as stack:
        assert latest(stack) == values
        assert tables(stack) == before
        assert stack.stop() == 0
    assert deliveries(data_dir) == queued, "nothing was queued or sent again"


@pytest.mark.timeout(900)
def test_a_stack_that_stands_still_is_backed_up_too_and_nothing_is_overwritten_unasked(
    data_dir: Path, archive: Path
) -> None:
    again = archive.with_name("again.zip")
    made = giants("backup", "-o", str(again), "--json", data_dir=data_dir)
    assert made.status == 0, made.err
    first = giants("restore", str(archive), data_dir=data_dir)
    assert first.status == 1
    assert "it is not empty: the table facts" in first.err
    assert "--replace" in first.err
    replaced = giants("restore", str(again), "--replace", "--json", data_dir=data_dir)
    assert replaced.status == 0, replaced.err
    assert replaced.lines[0]["members"] == made.lines[0]["members"]
