"""`giants names` and `giants cohorts` against a whole stack."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.facts import designation, families, write_lines
from tests.stack import Stack, running_stack

OLD, NEW = "洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司"
DRONES = "深圳市大疆创新科技有限公司"


@pytest.fixture(scope="module")
def batch_6(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two companies of batch 6, and a family of one under an English name.

    On a stack of their own: reports count all names.
    """
    folder = tmp_path_factory.mktemp("programme")
    listed = designation("batch-6", [OLD, DRONES], batch=6, published_on="2024-09-02", authority=None)
    lists = write_lines(folder / "lists.jsonl", [listed])
    patents = write_lines(
        folder / "families.jsonl",
        families("DJ", "SHENZHEN DAJIANG CHUANGXIN TECHNOLOGY CO LTD", [["B64U10/13"], ["B64U20/80"]]),
    )
    with running_stack(folder / "data") as stack:
        assert stack.giants("ingest", "announcements", lists).status == 0
        assert stack.giants("ingest", "families", patents, "--wait").status == 0
        yield stack


def test_a_confirmed_rename_becomes_a_fact_and_a_listed_consolidation(batch_6: Stack, tmp_path: Path) -> None:
    before = {(one["company"], one["name"]) for one in _list(batch_6, "names", "list")}
    assert (NEW, OLD) not in before
    assert batch_6.giants("names", "confirm", OLD, NEW, "--since", "2025-03-01").status == 0
    nothing = write_lines(tmp_path / "days.jsonl", [])
    batch_6.giants("ingest", "names", nothing, "--wait")
    (found,) = [one for one in _list(batch_6, "names", "list") if one["name"] == OLD]
    assert found["company"] == NEW
    (company,) = batch_6.giants("company", OLD, "--json").lines
    assert company["name"] == NEW
    assert {use["cause"] for use in company["names"]} == {"designation", "rename"}


def test_what_analysts_add_is_taken_shown_and_refused_where_it_is_no_fact(
    batch_6: Stack, tmp_path: Path
) -> None:
    records = tmp_path / "records.csv"
    records.write_text(
        "record_id,company,category,evidence,author,on\n"
        f"t-1,{DRONES},discovery,Sold to [three] armies,desk-a,2025-11-03\n"
        f"t-2,{DRONES},spying,No such category,desk-a,2025-11-03\n",
        encoding="utf-8",
    )
    link = {
        "record_id": "l-1",
        "kind": "link",
        "company": DRONES,
        "record": "entity_list",
        "title": "An entry",
        "url": "https://records.example/1",
        "source": {"class": "supplementary"},
        "on": "2025-11-04",
    }
    taken = batch_6.giants("ingest", "records", str(records))
    assert taken.status == 0
    assert "category" in taken.err
    linked = batch_6.giants("ingest", "records", write_lines(tmp_path / "links.jsonl", [link]), "--wait")
    assert linked.status == 0
    (company,) = batch_6.giants("company", DRONES, "--json").lines
    assert [(one["category"], one["evidence"]) for one in company["tags"]] == [
        ("discovery", "Sold to [three] armies")
    ]
    assert [one["record"] for one in company["links"]] == ["entity_list"]
    assert "Sold to [three] armies" in batch_6.giants("company", DRONES).out
    found = batch_6.get("/companies", tag="discovery")
    assert [one["name"] for one in found["items"]] == [DRONES]
    kinds = [one["kind"] for one in batch_6.get("/changes")["items"] if one.get("name") == DRONES]
    assert {"tagged", "linked"} <= set(kinds)


def test_the_history_of_a_pair_and_the_movers_of_a_period_are_shown(batch_6: Stack, tmp_path: Path) -> None:
    patents = families("M", DRONES, [["B64U10/13"], ["B64U20/80"]])
    batch_6.giants("ingest", "families", write_lines(tmp_path / "more.jsonl", patents), "--wait")
    (answer,) = batch_6.giants("history", DRONES, "drones", "--json").lines
    assert answer["points"][0]["cause"]["kind"] == "family"
    assert answer["points"][0]["band"] in batch_6.giants("history", DRONES, "drones").out.replace(" ", "_")
    (moved,) = batch_6.giants("movers", "--json").lines
    assert DRONES in {one["company"] for one in moved["rose"]}
    assert DRONES in batch_6.giants("movers").out
    (gained,) = batch_6.giants("movers", "--technologies", "--json").lines
    assert any(one["entered"] for one in gained["items"])
    assert "newly rated" in batch_6.giants("movers", "--technologies").out


def test_an_english_assignee_is_proposed_with_its_reasons_and_never_applied_unasked(batch_6: Stack) -> None:
    proposals = [one for one in _list(batch_6, "names", "proposals") if one["company"] == DRONES]
    assert [one["assignee"] for one in proposals] == ["SHENZHEN DAJIANG CHUANGXIN TECHNOLOGY CO LTD"]
    assert 0 < proposals[0]["confidence"] <= 1
    assert proposals[0]["reasons"]
    (company,) = batch_6.giants("company", DRONES, "--json").lines
    assert company["names_en"] == []


def test_a_chinese_assignee_that_matches_nobody_is_listed_with_who_comes_near(
    batch_6: Stack, tmp_path: Path
) -> None:
    patents = families("NEAR", "深圳市大疆科技有限公司", [["B64U10/13"]])
    batch_6.giants("ingest", "families", write_lines(tmp_path / "near.jsonl", patents), "--wait")
    (found,) = _list(batch_6, "names", "unmatched")
    assert (found["assignee"], found["families"]) == ("深圳市大疆科技有限公司", 1)
    assert found["why"]
    assert "深圳市大疆科技有限公司" in batch_6.giants("names", "unmatched").out


def test_the_report_of_names_gives_shares_with_their_targets(batch_6: Stack) -> None:
    shares = {one["rule"]: one for one in _list(batch_6, "names", "report")}
    assert set(shares) == {"N-04", "N-11", "P-14", "S-08"}
    assert shares["N-04"]["target"] == "below 0.1 %"
    # A name of a record, such as the rename above, stands on no list.
    assert shares["N-11"]["count"] == shares["N-11"]["total"] > 0
    text = batch_6.giants("names", "report").out
    assert "above 99.5 %" in text


def test_cohorts_count_reviews_draw_curves_and_name_authorities_in_two_languages(
    batch_6: Stack, tmp_path: Path
) -> None:
    picture = tmp_path / "cohorts.png"
    shown = batch_6.giants("cohorts", "--through", "2030", "--picture", str(picture))
    assert shown.status == 0
    assert "2027" in shown.out
    assert "浙江省经济和信息化厅" in shown.out or "无" in shown.out
    assert picture.read_bytes().startswith(b"\x89PNG")
    (document,) = batch_6.giants("cohorts", "--through", "2030", "--json").lines
    (expected,) = [one for one in document["cohorts"] if (one["batch"], one["review_year"]) == (6, 2027)]
    assert expected["due"] >= 2
    kept = [one for one in document["retention"] if one["batch"] == 6 and one["year"] == 2025]
    assert kept[0]["kept_share"] == 1


def _list(stack: Stack, *words: str) -> list[dict[str, Any]]:
    result = stack.giants(*words, "--json")
    assert result.status == 0, result.err
    (answer,) = result.lines
    return list(answer)
