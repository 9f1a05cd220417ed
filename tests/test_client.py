"""Typed changes for programs downstream, from a real broker."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from giants import client
from giants.client import Change, Changes, CursorError, Judgements, Matches, Screenings
from giants.kafka import topics
from giants.kafka.admin import create_topics
from giants.kafka.publisher import REPLAYED_HEADER, Publisher
from giants.kafka.topics import Topic
from giants.settings import Settings
from schemas.changes import StatusChange
from schemas.codes import ChangeKind, StatusChangeKind
from schemas.portfolios import Judgement, PortfolioEntries, PortfolioMatch, ScreeningRun
from tests.domain.watchlists import rating_change, status_change

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "follow_changes.py"


@pytest.fixture
def settings(broker_settings: Settings) -> Settings:
    create_topics(broker_settings)
    return broker_settings


@pytest.fixture
def publisher(settings: Settings) -> Iterator[Publisher]:
    with Publisher(settings) as publisher:
        yield publisher


def publish(settings: Settings, publisher: Publisher, *changes: Change | bytes) -> None:
    """All of one company, so that those of one topic keep their order."""
    for change in changes:
        of_status = isinstance(change, StatusChange)
        topic = topics.STATUS_CHANGES if of_status else topics.RATING_CHANGES
        value = change if isinstance(change, bytes) else change.model_dump_json().encode()
        publisher.send(topic.full_name(settings), "c-1", value)
    publisher.flush()


def ids(changes: Iterator[Change]) -> list[str]:
    return [change.id for change in changes]


def rated(*numbers: int) -> list[Change]:
    return [rating_change(id=f"r-{number}", seq=number) for number in numbers]


def test_changes_of_both_kinds_come_typed_and_whole(settings: Settings, publisher: Publisher) -> None:
    sent: list[Change] = [status_change(), rating_change()]
    publish(settings, publisher, *sent)
    with Changes(settings) as changes:
        received = list(changes.available())
    assert sorted(received, key=lambda change: change.id) == sorted(sent, key=lambda change: change.id)


def test_a_change_that_comes_twice_is_seen_once(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, *rated(1, 2, 1, 3, 2))
    with Changes(settings) as changes:
        assert ids(changes.available()) == ["r-1", "r-2", "r-3"]


def test_only_so_many_ids_are_remembered(
    settings: Settings, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "IDS_MAX", 2)
    publish(settings, publisher, *rated(1, 2, 1, 3, 1, 2))
    with Changes(settings) as changes:
        assert ids(changes.available()) == ["r-1", "r-2", "r-3", "r-2"]


def test_what_is_replayed_is_passed_over_unless_asked_for(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, rating_change(id="old", replayed=True), rating_change(id="new"))
    with Changes(settings) as changes:
        assert ids(changes.available()) == ["new"]
    with Changes(settings, include_replayed=True) as changes:
        assert ids(changes.available()) == ["old", "new"]


def test_a_group_goes_on_where_it_ended(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, *rated(1, 2))
    with Changes(settings, group="desk") as changes:
        assert ids(changes.available()) == ["r-1", "r-2"]
    publish(settings, publisher, *rated(3))
    with Changes(settings, group="desk") as changes:
        assert ids(changes.available()) == ["r-3"]
    with Changes(settings, group="other desk") as changes:
        assert ids(changes.available()) == ["r-1", "r-2", "r-3"]


def test_a_change_in_hand_when_a_program_fails_comes_again(settings: Settings, publisher: Publisher) -> None:
    def fail_at_the_second() -> None:
        with Changes(settings, group="desk") as changes:
            for number, _ in enumerate(changes, start=1):
                if number == 2:
                    raise ZeroDivisionError

    publish(settings, publisher, *rated(1, 2, 3))
    with pytest.raises(ZeroDivisionError):
        fail_at_the_second()
    with Changes(settings, group="desk") as changes:
        assert ids(changes.available()) == ["r-2", "r-3"]


def test_a_change_in_hand_when_a_program_ends_well_is_acknowledged(
    settings: Settings, publisher: Publisher
) -> None:
    publish(settings, publisher, *rated(1, 2, 3))
    with Changes(settings, group="desk") as changes:
        for change in changes:
            if change.id == "r-2":
                break
    with Changes(settings, group="desk") as changes:
        assert ids(changes.available()) == ["r-3"]


def test_a_cursor_says_where_to_begin(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, *rated(1, 2, 3), status_change(id="s-1"))
    cursors = {}
    with Changes(settings) as changes:
        for change in changes.available():
            cursors[change.id] = changes.cursor
        end = changes.cursor
    with Changes(settings, cursor=cursors["r-2"], kinds=[ChangeKind.RATING_CHANGED]) as changes:
        assert ids(changes.available()) == ["r-3"]
    publish(settings, publisher, *rated(4), status_change(id="s-2"))
    with Changes(settings, cursor=end) as changes:
        assert sorted(ids(changes.available())) == ["r-4", "s-2"]


def test_a_cursor_that_points_behind_the_end_begins_anew(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, *rated(1, 2))
    with Changes(settings) as changes:
        list(changes.available())
        cursor = changes.cursor
    forgetful = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}again."})
    create_topics(forgetful)
    with Publisher(forgetful) as publisher_of_it:
        publish(forgetful, publisher_of_it, *rated(3))
    with Changes(forgetful, cursor=cursor) as changes:
        assert ids(changes.available()) == ["r-3"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "WzFd", "eyJhIjp7IjAiOi0xfX0=", "a" * 200_000])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError, match=r"expected one that Changes\.cursor gave"):
        Changes(Settings(broker="127.0.0.1:9"), cursor=cursor)


def test_a_group_with_a_cursor_is_refused() -> None:
    with pytest.raises(ValueError, match="got both a group and a cursor"):
        Changes(Settings(broker="127.0.0.1:9"), group="desk", cursor="e30=")


def test_kinds_of_change_can_be_chosen(settings: Settings, publisher: Publisher) -> None:
    designated, renamed = status_change(id="s-1"), status_change(id="s-2", kind=StatusChangeKind.RENAMED)
    publish(settings, publisher, designated, renamed, *rated(1))
    with Changes(settings, kinds=[ChangeKind.RENAMED]) as changes:
        assert list(changes.available()) == [renamed]


def test_what_cannot_be_read_is_passed_over(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, b"{}", b"", *rated(1))
    with capture_logs() as logs, Changes(settings) as changes:
        assert ids(changes.available()) == ["r-1"]
    assert [log["event"] for log in logs] == ["a record is no change"] * 2


def test_changes_are_seen_as_they_happen_until_told_to_stop(settings: Settings, publisher: Publisher) -> None:
    with Changes(settings) as changes:
        following = iter(changes)
        publish(settings, publisher, *rated(1))
        assert next(following).id == "r-1"
        publish(settings, publisher, *rated(2))
        assert next(following).id == "r-2"
        changes.stop()
        assert list(following) == []


def test_a_broker_that_is_away_is_waited_for_until_told_to_stop() -> None:
    with Changes(Settings(broker="127.0.0.1:9")) as changes:
        waiting = threading.Thread(target=lambda: list(changes))
        waiting.start()
        changes.stop()
        waiting.join()


def contract_example(topic: str, place: int = 0) -> bytes:
    """A record as the contract shows it."""
    every = orjson.loads((ROOT / "schemas" / "examples" / f"{topic}.json").read_bytes())
    return orjson.dumps(every[place] if isinstance(every, list) else every)


MATCH = PortfolioMatch.model_validate_json(contract_example("portfolio-matches.v1"))
RUN = ScreeningRun.model_validate_json(contract_example("screenings.v1"))


def judgement(number: int, portfolio_id: str = "p-1") -> Judgement:
    return Judgement.model_validate(
        {
            "kind": "judgement",
            "portfolio_id": portfolio_id,
            "owner": "desk-a",
            "judgement_id": f"j-{number}",
            "entry_id": "s-1",
            "company_id": "c-1",
            "verdict": "rejected",
            "by": "desk-a",
            "at": "2026-03-02T09:30:00Z",
        }
    )


def put(
    settings: Settings, publisher: Publisher, topic: Topic, *values: BaseModel | None, replayed: bool = False
) -> None:
    for value in values:
        body = None if value is None else value.model_dump_json().encode()
        headers = [REPLAYED_HEADER] if replayed else []
        publisher.send(topic.full_name(settings), "p-1", body, headers=headers)
    publisher.flush()


def test_matches_of_portfolios_come_typed_once_and_by_portfolio(
    settings: Settings, publisher: Publisher
) -> None:
    other = MATCH.model_copy(update={"id": "m-2", "portfolio_id": "p-other"})
    put(settings, publisher, topics.PORTFOLIO_MATCHES, MATCH, other, MATCH)
    with Matches(settings) as matches:
        assert list(matches.available()) == [MATCH, other]
    with Matches(settings, portfolios=["p-other"]) as matches:
        assert list(matches.available()) == [other]


def test_judgements_come_without_lists_deletions_and_what_is_published_again(
    settings: Settings, publisher: Publisher
) -> None:
    entries = PortfolioEntries(kind="entries", portfolio_id="p-1", owner="desk-a", revision=1)
    put(settings, publisher, topics.PORTFOLIOS, entries, judgement(1), None)
    put(settings, publisher, topics.PORTFOLIOS, judgement(2), replayed=True)
    put(settings, publisher, topics.PORTFOLIOS, judgement(3, "p-2"))
    with capture_logs() as logs, Judgements(settings, portfolios=["p-1"]) as judgements:
        assert list(judgements.available()) == [judgement(1)]
    assert logs == []
    with Judgements(settings, include_replayed=True) as judgements:
        assert [one.judgement_id for one in judgements.available()] == ["j-1", "j-2", "j-3"]


def test_screenings_come_part_by_part_and_go_on_with_their_group(
    settings: Settings, publisher: Publisher
) -> None:
    second = RUN.model_copy(update={"part": RUN.part + 1})
    put(settings, publisher, topics.SCREENINGS, RUN, second, RUN)
    with Screenings(settings, group="audit") as runs:
        assert list(runs.available()) == [RUN, second]
    third = RUN.model_copy(update={"run_id": "r-next"})
    put(settings, publisher, topics.SCREENINGS, third)
    with Screenings(settings, group="audit") as runs:
        assert list(runs.available()) == [third]


def test_a_cursor_of_matches_says_where_to_begin(settings: Settings, publisher: Publisher) -> None:
    put(settings, publisher, topics.PORTFOLIO_MATCHES, MATCH)
    with Matches(settings) as matches:
        assert list(matches.available()) == [MATCH]
        cursor = matches.cursor
    later = MATCH.model_copy(update={"id": "m-later"})
    put(settings, publisher, topics.PORTFOLIO_MATCHES, later)
    with Matches(settings, cursor=cursor) as matches:
        assert list(matches.available()) == [later]


def test_the_example_prints_changes(settings: Settings, publisher: Publisher) -> None:
    publish(settings, publisher, status_change(name="宁波佳尔灵"))
    environment = {
        "GIANTS_BROKER": settings.require_broker(),
        "GIANTS_TOPIC_PREFIX": settings.topic_prefix,
        "GIANTS_PARTITIONS": str(settings.partitions),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    with subprocess.Popen([sys.executable, EXAMPLE], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        process.kill()
    assert line == "2025-10-20 08:30:00+00:00 宁波佳尔灵 designated 2025-b7-zj-final@1\n"
    # It is to be read at one glance.
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 20
