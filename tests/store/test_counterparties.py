"""Portfolios, judgements, matches and runs of screening in their tables."""

from typing import Any

from giants.kafka import topics
from giants.store.client import Database
from schemas.documents import read_examples
from tests.store.builders import AT_MS, incoming, store

ENTRIES, JUDGEMENT = read_examples("portfolios.v1")
(RUN,) = read_examples("screenings.v1")
(MATCH,) = read_examples("portfolio-matches.v1")


def part(revision: int, number: int, parts: int, *ids: str) -> dict[str, Any]:
    entries = [{"entry_id": id_, "name": f"甲{id_}有限公司"} for id_ in ids]
    return ENTRIES | {"revision": revision, "part": number, "parts": parts, "entries": entries}


def entries(database: Database) -> list[tuple[int, str]]:
    rows = database.rows("SELECT revision, entry_id FROM counterparties ORDER BY entry_id")
    return [(row["revision"], row["entry_id"]) for row in rows]


def put(value: dict[str, Any] | None, at_ms: int = AT_MS) -> Any:
    return incoming(topics.PORTFOLIOS, value, key="p-suppliers", at_ms=at_ms, offset=at_ms - AT_MS)


def test_a_list_is_in_force_once_all_its_parts_are_there(database: Database) -> None:
    store(database, put(part(1, 1, 1, "a")), put(part(2, 2, 2, "c")))
    assert entries(database) == [(1, "a")]
    store(database, put(part(2, 1, 2, "b")))
    assert entries(database) == [(2, "b"), (2, "c")]
    store(database, put(part(1, 1, 1, "a")))
    assert entries(database) == [(2, "b"), (2, "c")]


def test_a_deletion_takes_what_came_before_it_and_nothing_after(database: Database) -> None:
    store(database, put(part(1, 1, 1, "a")), put(None, AT_MS + 1))
    assert entries(database) == []
    store(database, put(part(1, 1, 1, "a"), AT_MS + 2))
    assert entries(database) == [(1, "a")]
    topics_of_facts = database.rows("SELECT tombstone FROM facts ORDER BY tombstone")
    assert [row["tombstone"] for row in topics_of_facts] == [False, True]


def test_a_list_keeps_every_field_of_its_entries(database: Database) -> None:
    store(database, put(ENTRIES))
    (row,) = database.rows("SELECT * EXCEPT (portfolio_id, revision) FROM counterparties")
    assert row | {"former_names": list(row["former_names"])} == ENTRIES["entries"][0]


def test_judgements_matches_and_runs_are_rows(database: Database) -> None:
    store(
        database,
        put(JUDGEMENT),
        put(JUDGEMENT, AT_MS + 1),
        incoming(topics.SCREENINGS, RUN, key="r-6f2c"),
        incoming(topics.PORTFOLIO_MATCHES, MATCH, key="p-suppliers"),
    )
    (judged,) = database.rows("SELECT verdict, `by`, why FROM judgements")
    assert tuple(judged.values()) == ("rejected", "desk-a", "another firm of the same trade name")
    (run,) = database.rows("SELECT names, matched, problems FROM screenings")
    assert tuple(run.values()) == (1, 1, 0)
    (match,) = database.rows("SELECT verdict, to_review, score FROM portfolio_matches")
    assert tuple(match.values()) == ("review", True, 0.86)
