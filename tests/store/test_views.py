"""Selecting from the view of a name gives each row once, whatever was stored twice (design §3.3)."""

from datetime import UTC, date, datetime

import orjson
import pytest

from giants.decoding.facts import read_family_event
from giants.kafka import topics
from giants.store.client import Database
from giants.store.epochs import (
    begin_next_epoch,
    complete_epoch,
    drop_epochs_before,
    visible_epoch,
)
from giants.store.export import ExportFormat, export_table
from giants.store.tables import TABLES
from schemas.changes import CompanySnapshot
from schemas.codes import Band
from tests.store.builders import (
    AT_MS,
    TAXONOMY_DOCUMENT,
    announcement,
    company,
    delta,
    delta_frame,
    exposure,
    family,
    incoming,
    rating_change,
    status_change,
    store,
)

TAG: dict[str, object] = {
    "record_id": "t-1",
    "ref": "t-1@2",
    "category": "discovery",
    "evidence": "a contract",
    "url": None,
    "author": "desk-a",
    "on": "2025-11-03",
}
LINK: dict[str, object] = {
    "record_id": "l-1",
    "ref": "l-1@1",
    "record": "entity_list",
    "title": "an entry",
    "url": "https://records.example/1",
    "source": {"class": "supplementary", "publisher": "A registry"},
    "on": "2025-11-04",
}

OWNERSHIP: dict[str, object] = {
    "record_id": "o-1",
    "ref": "o-1@1",
    "role": "subsidiary",
    "other": "某集团有限公司",
    "other_id": None,
    "share_percent": 51.0,
    "title": None,
    "url": "https://records.example/2",
    "source": {"class": "supplementary", "publisher": "An exchange"},
    "on": "2025-11-05",
}


def names(database: Database, sql: str) -> list[object]:
    return [next(iter(row.values())) for row in database.rows(sql)]


@pytest.mark.parametrize(("row", "table"), TABLES.items(), ids=list(TABLES.values()))
def test_rows_have_the_columns_of_their_table(database: Database, row: type, table: str) -> None:
    assert sorted(database.column_types(table)) == sorted(row._fields)  # type: ignore[attr-defined]


def test_a_fact_that_comes_twice_is_one_row_with_its_first_instant(database: Database) -> None:
    first = incoming(topics.ANNOUNCEMENTS, announcement(), offset=3, at_ms=AT_MS)
    again = incoming(topics.ANNOUNCEMENTS, announcement(), offset=9, at_ms=AT_MS + 60_000)
    store(database, again)
    store(database, first)
    rows = database.rows("SELECT * FROM facts", raw=("value",))
    assert len(rows) == 1
    assert rows[0]["identity"] == "2025-b7-zj-final@1"
    assert rows[0]["received_at"] == datetime(2025, 10, 20, tzinfo=UTC)
    assert rows[0]["offset"] == 3
    assert rows[0]["value"] == first.value


def test_two_contents_of_one_revision_are_both_in_the_journal(database: Database) -> None:
    store(
        database,
        incoming(topics.ANNOUNCEMENTS, announcement()),
        incoming(topics.ANNOUNCEMENTS, announcement(authority="NB"), offset=1),
    )
    assert names(database, "SELECT count() FROM facts") == [2]


def test_tags_and_links_of_a_company_are_views_with_their_evidence(database: Database) -> None:
    store(
        database,
        incoming(topics.COMPANIES, company("A", tags=[TAG], links=[LINK]), key="A"),
        incoming(topics.COMPANIES, company("B"), key="B", offset=1),
    )
    tags = database.rows("SELECT * FROM company_tags")
    assert [tuple(row.values()) for row in tags] == [
        ("A", "discovery", "a contract", None, "desk-a", date(2025, 11, 3), "t-1", "t-1@2")
    ]
    (shown,) = database.rows("SELECT company_id, record, url, publisher, published_on FROM company_links")
    assert tuple(shown.values()) == (
        "A",
        "entity_list",
        "https://records.example/1",
        "A registry",
        date(2025, 11, 4),
    )


def test_ownership_of_a_company_is_a_view_with_its_source(database: Database) -> None:
    sent = company("A", ownership=[OWNERSHIP, OWNERSHIP | {"record_id": "o-2", "share_percent": None}])
    store(database, incoming(topics.COMPANIES, sent, key="A"))
    rows = database.rows("SELECT * FROM company_ownership ORDER BY record_id")
    assert tuple(rows[0].values()) == (
        *(
            "A",
            "subsidiary",
            "某集团有限公司",
            None,
            51.0,
            None,
            "https://records.example/2",
            "supplementary",
        ),
        *("An exchange", date(2025, 11, 5), "o-1", "o-1@1"),
    )
    assert rows[1]["share_percent"] is None


def test_the_columns_of_a_company_are_its_snapshot(database: Database) -> None:
    sent = company("A", tags=[TAG], links=[LINK], ownership=[OWNERSHIP])
    store(database, incoming(topics.COMPANIES, sent, key="A"))
    (line,) = b"".join(export_table(database, "companies", ExportFormat.JSONL)).splitlines()
    assert CompanySnapshot.model_validate_json(line) == CompanySnapshot.model_validate(sent)


def test_an_input_that_is_not_valid_is_no_fact(database: Database) -> None:
    store(
        database,
        incoming(topics.ANNOUNCEMENTS, {"list_id": "x"}),
        incoming(topics.FAMILIES, b"\xff not json", offset=1),
        incoming(topics.FAMILIES, None, offset=2),
    )
    assert names(database, "SELECT count() FROM facts") == [0]
    assert names(database, "SELECT count() FROM store_rejects") == [0]


def test_the_highest_version_of_a_family_shows_in_whatever_order_they_come(database: Database) -> None:
    store(database, incoming(topics.FAMILIES, family("F", 3, cpc=["G02B6/42"]), offset=0))
    store(database, incoming(topics.FAMILIES, family("F", 2, withdrawn=True), offset=1))
    rows = database.rows("SELECT family_id, version, cpc, withdrawn, filed_on FROM families")
    assert rows == [
        {
            "family_id": "F",
            "version": 3,
            "cpc": ["G02B6/42"],
            "withdrawn": False,
            "filed_on": date(2024, 5, 1),
        }
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_records_of_one_version_the_one_shows_that_the_portfolio_keeps(
    database: Database, order: tuple[int, int]
) -> None:
    # They lead to the same event but for its digest: their difference shows in the table alone.
    both = [family("F", 3, publications=[number]) for number in ("CN118000000A", "EP1")]
    for offset, index in enumerate(order):
        store(database, incoming(topics.FAMILIES, both[index], offset=offset))
    kept = max(both, key=lambda one: read_family_event(orjson.dumps(one), AT_MS).digest)
    rows = database.rows("SELECT publications FROM families")
    assert rows == [{"publications": kept["publications"]}]


def test_the_newest_taxonomy_version_shows_as_a_whole(database: Database) -> None:
    second = TAXONOMY_DOCUMENT | {"version": 2, "technologies": TAXONOMY_DOCUMENT["technologies"][:2]}  # type: ignore[index]
    store(
        database,
        incoming(topics.TAXONOMIES, second),
        incoming(topics.TAXONOMIES, TAXONOMY_DOCUMENT, offset=1),
    )
    rows = database.rows(
        "SELECT technology, taxonomy_version, listed_as FROM technologies ORDER BY listed_as"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("advanced-optical-communication", 2, 1),
        ("gravitational-force-sensors", 2, 2),
    ]


def test_a_watchlist_shows_as_it_was_written_last_and_a_deleted_one_not_at_all(database: Database) -> None:
    one = {"watchlist_id": "w", "owner": "desk-a"}
    other = one | {"owner": "desk-b"}
    for offset, value in enumerate((one, other, one)):
        store(database, incoming(topics.WATCHLISTS, value, key="w", offset=offset, at_ms=AT_MS + offset))
    assert names(database, "SELECT owner FROM watchlists") == ["desk-a"]
    journal = names(database, "SELECT JSONExtractString(value, 'owner') FROM facts ORDER BY received_at")
    assert journal == ["desk-b", "desk-a"]
    store(database, incoming(topics.WATCHLISTS, None, key="w", offset=3, at_ms=AT_MS + 3))
    assert names(database, "SELECT owner FROM watchlists") == []
    assert names(database, "SELECT tombstone FROM facts ORDER BY received_at")[-1] is True


def test_the_newest_snapshot_of_a_company_replaces_the_one_before_with_all_its_lists(
    database: Database,
) -> None:
    older = company("C", merged_from=[])
    newer = company("C", name="新名字有限公司", status="inactive", names=[], designations=[])
    store(database, incoming(topics.COMPANIES, newer, key="C", offset=7))
    store(database, incoming(topics.COMPANIES, older, key="C", offset=4))
    assert names(database, "SELECT name FROM companies") == ["新名字有限公司"]
    assert names(database, "SELECT count() FROM designations") == [0]
    assert names(database, "SELECT count() FROM company_names") == [0]


def test_lists_of_a_snapshot_are_rows_of_their_views(database: Database) -> None:
    review = {
        "review_year": 2025,
        "outcome": "absent",
        "authority": "ZJ",
        "on": "2025-10-20",
        "ref": "2025-review-zj@1",
        "reason": None,
    }
    store(database, incoming(topics.COMPANIES, company("C", reviews=[review]), key="C"))
    assert database.rows("SELECT * FROM reviews") == [
        {
            "company_id": "C",
            "review_year": 2025,
            "outcome": "absent",
            "authority": "ZJ",
            "published_on": date(2025, 10, 20),
            "ref": "2025-review-zj@1",
            "reason": None,
        }
    ]
    assert names(database, "SELECT batch FROM designations") == [7]
    assert names(database, "SELECT cause FROM company_names") == ["designation"]


def test_a_tombstone_takes_a_snapshot_out_of_its_view(database: Database) -> None:
    store(
        database,
        incoming(topics.COMPANIES, company("C"), key="C", offset=0),
        incoming(topics.EXPOSURES, exposure("C", {"radar": 3}, families=2, instances=4), key="C", offset=0),
    )
    assert names(database, "SELECT count() FROM exposures") == [1]
    store(
        database,
        incoming(topics.COMPANIES, None, key="C", offset=1),
        incoming(topics.EXPOSURES, None, key="C", offset=1),
    )
    assert names(database, "SELECT count() FROM companies") == [0]
    assert names(database, "SELECT count() FROM exposures") == [0]


def test_exposures_hold_one_row_for_each_technology_of_the_newest_snapshot(database: Database) -> None:
    both = exposure("C", {"radar": 7, "quantum-sensors": 2}, families=5, instances=12)
    store(database, incoming(topics.EXPOSURES, both, key="C", offset=0))
    store(
        database,
        incoming(topics.EXPOSURES, exposure("C", {"radar": 7}, families=5, instances=12), key="C", offset=1),
    )
    rows = database.rows(
        "SELECT technology, matching, score, band, profile, families, instances FROM exposures"
    )
    assert [tuple(row.values()) for row in rows] == [("radar", 7, 11.48, "very_weak", "tentative", 5, 12)]


def test_a_change_that_was_sent_again_is_one_row(database: Database) -> None:
    for offset in (1, 5):
        store(
            database,
            incoming(topics.STATUS_CHANGES, status_change("C", 1), key="C", offset=offset),
            incoming(topics.RATING_CHANGES, rating_change("C", 1), key="C", offset=offset),
        )
    assert names(database, "SELECT count() FROM status_changes") == [1]
    assert names(database, "SELECT count() FROM rating_changes") == [1]


def test_the_same_records_stored_again_leave_one_row_in_the_feed(database: Database) -> None:
    for _ in range(2):
        store(database, incoming(topics.STATUS_CHANGES, status_change("C", 1), key="C", offset=1))
    assert names(database, "SELECT count() FROM feed_rows") == [1]


def test_the_portfolio_holds_the_symbols_that_a_family_brings_now(database: Database) -> None:
    store(
        database,
        delta_frame(
            delta("C", "F1", ("A",)), delta("C", "F2", ("B",)), delta("C", "F1", ("A", "X"), ("A",)), offset=0
        ),
        delta_frame(delta("C", "F2", None, ("B",)), offset=1),
    )
    rows = database.rows("SELECT company_id, family_id, symbols FROM portfolio")
    assert [tuple(row.values()) for row in rows] == [("C", "F1", ["A", "X"])]


def test_readers_stay_with_the_old_epoch_until_the_new_one_is_complete(database: Database) -> None:
    store(database, incoming(topics.COMPANIES, company("OLD"), key="OLD", epoch=1))
    assert visible_epoch(database) == 1
    epoch = begin_next_epoch(database)
    store(
        database,
        incoming(topics.COMPANIES, company("NEW"), key="NEW", epoch=epoch),
        incoming(topics.STATUS_CHANGES, status_change("NEW", 1, epoch=epoch), key="NEW"),
    )
    assert names(database, "SELECT company_id FROM companies") == ["OLD"]
    assert names(database, "SELECT count() FROM status_changes") == [0]
    complete_epoch(database, epoch)
    assert names(database, "SELECT company_id FROM companies") == ["NEW"]
    assert names(database, "SELECT company_id FROM status_changes") == ["NEW"]
    assert drop_epochs_before(database, epoch) == [1]
    assert names(database, "SELECT DISTINCT epoch FROM companies_rows") == [epoch]


def test_a_new_database_shows_its_first_epoch_at_once_whatever_its_number(database: Database) -> None:
    store(database, incoming(topics.COMPANIES, company("C"), key="C", epoch=4))
    assert visible_epoch(database) == 4
    assert names(database, "SELECT company_id FROM companies") == ["C"]


def test_an_alert_stays_when_a_new_epoch_begins(database: Database) -> None:
    alert: dict[str, object] = {
        "id": "a1",
        "watchlist_id": "w",
        "owner": "desk-a",
        "kind": "designated",
        "company_id": "C",
        "name": "某公司",
        "name_en": None,
        "technology": None,
        "text": "某公司 was designated.",
        "link": "/companies/C",
        "change": status_change("C", 1),
        "at": "2025-10-20T08:00:00Z",
        "caveats": [],
    }
    store(database, incoming(topics.ALERTS, alert, key="w"))
    complete_epoch(database, begin_next_epoch(database))
    assert names(database, "SELECT id FROM alerts") == ["a1"]


def test_a_record_that_cannot_be_read_is_put_aside_and_the_rest_is_stored(database: Database) -> None:
    store(
        database,
        incoming(topics.COMPANIES, company("C"), key="C", offset=0),
        incoming(topics.COMPANIES, b'{"company_id": 5}', key="D", offset=1, partition=3),
        incoming(topics.DELTA_LOG, b"\xc1", key=None, offset=2),
        incoming(topics.STATUS_CHANGES, status_change("C", -7), key="C", offset=3),
        incoming(topics.STATUS_CHANGES, status_change("C", 1), key="C", offset=4),
        incoming(topics.EXPOSURES, None, key=None, offset=5),
    )
    rows = database.rows(
        "SELECT topic, `partition`, `offset`, reason FROM store_rejects ORDER BY topic, `offset`"
    )
    places = [(row["topic"], row["partition"], row["offset"]) for row in rows]
    assert ("companies.v1", 3, 1) in places
    assert ("log.deltas.v1", 0, 2) in places
    assert ("exposures.v1", 0, 5) in places
    assert any(row["topic"] == "status_changes_rows" and "does not fit" in row["reason"] for row in rows)
    assert names(database, "SELECT company_id FROM companies") == ["C"]
    assert names(database, "SELECT seq FROM status_changes") == [1]


def test_a_dead_letter_keeps_its_bytes_reason_and_place(database: Database) -> None:
    headers = {
        "giants-error": b"not JSON",
        "giants-topic": b"giants.names.v1",
        "giants-partition": b"2",
        "giants-offset": b"77",
    }
    store(database, incoming(topics.DEAD_LETTERS, b"\xff\x00", key="r", headers=headers))
    rows = database.rows(
        "SELECT topic, `partition`, `offset`, reason, value FROM dead_letters", raw=("value",)
    )
    assert [tuple(row.values()) for row in rows] == [("giants.names.v1", 2, 77, "not JSON", b"\xff\x00")]


def test_rated_technologies_lie_apart_with_their_levels_and_the_best_of_them(database: Database) -> None:
    matching = {"radar": 30, "gravitational-force-sensors": 1, "advanced-optical-communication": 7}
    store(
        database,
        incoming(topics.EXPOSURES, exposure("C", matching, families=40, instances=80), key="C"),
        incoming(topics.EXPOSURES, exposure("D", {"radar": 1}, families=40, instances=80), key="D", offset=1),
    )
    rated, unrated = database.rows("SELECT * FROM rated_portfolios ORDER BY company_id")
    whole = database.rows("SELECT * FROM portfolios WHERE company_id = 'C'")[0]
    assert rated["rated"] == ["radar", "advanced-optical-communication"]
    scores = dict(zip(whole["technology"], whole["score"], strict=True))
    bands = dict(zip(whole["technology"], whole["band"], strict=True))
    assert rated["rated_score"] == [scores[technology] for technology in rated["rated"]]
    assert rated["rated_level"] == [list(Band).index(bands[technology]) + 1 for technology in rated["rated"]]
    assert rated["best"] == max(rated["rated_level"])
    short = database.rows(
        "SELECT rated_matching AS matching, rated_alignment AS alignment, rated_profile AS profile "
        "FROM exposures_rows FINAL WHERE company_id = 'C'"
    )[0]
    places = [whole["technology"].index(technology) for technology in rated["rated"]]
    for column, values in short.items():
        assert values == [whole[column][place] for place in places], column
    assert (unrated["rated"], unrated["best"]) == ([], 0)
