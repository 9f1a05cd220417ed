"""What commands tell of a status, of lists, of odd facts and of the programme, against a whole stack."""

from contextlib import closing
from pathlib import Path

import httpx
import pytest
from kafka import KafkaProducer

from tests.cli.facts import designation, families, write_lines
from tests.stack import Stack
from tests.waiting import wait_for

DUE = "喀什待审轴承有限公司"
FEW = "乌鲁木齐市缺行雷达有限公司"


@pytest.fixture(scope="module")
def told(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A list of Xinjiang that says it holds three names and holds two, and families of one of them."""
    folder = tmp_path_factory.mktemp("told")
    names = [FEW, "喀什缺行阀门有限公司"]
    one = designation("told-xj", names, batch=4, published_on="2022-08-08", authority="XJ")
    one |= {"complete": True, "expected_count": 3, "batch_total": 4000}
    due = designation("told-xj-6", [DUE], batch=6, published_on="2024-09-02", authority="XJ")
    patents = families("TOLD", FEW, [["G01S13/02"], ["G01S13/88"], ["G01S7/02"]])
    assert stack.giants("ingest", "announcements", write_lines(folder / "a.jsonl", [one, due])).status == 0
    with closing(KafkaProducer(bootstrap_servers=stack.ready["broker"], acks="all")) as producer:
        producer.send("giants.days.v1", b'{"day": "2026-01-15"}', b"2026-01-15")
        producer.flush()
    patents_file = write_lines(folder / "f.jsonl", patents)
    assert stack.giants("ingest", "families", patents_file, "--wait").status == 0
    return stack


def test_an_explanation_says_the_status_and_why(told: Stack) -> None:
    shown = told.giants("explain", FEW, "radar")
    assert shown.status == 0
    (answer,) = told.giants("explain", FEW, "radar", "--json").lines
    (company,) = told.giants("company", FEW, "--json").lines
    assert answer["reason"] == company["reason"] is not None
    text = " ".join(shown.out.split())
    sub_state = answer["sub_state"].replace("_", " ")
    assert f"{answer['status']} ({sub_state}) since {answer['since']}: " in text
    assert company["reason"].replace("_", " ")[:40] in text
    assert "reading: Wulumuqi" in text
    assert "nominated by XJ, which administers Xinjiang: context, and no finding" in text


def test_the_matrix_says_what_lists_name_and_state_and_what_is_published(told: Stack) -> None:
    (column,) = [one for one in told.get("/coverage")["columns"] if one["batch"] == 4]
    assert (column["expected"], column["expected_names"], column["total"]) == (3, 2, 4000)
    shown = " ".join(told.giants("coverage").out.split())
    assert "! 2/3" in shown
    assert f"B4: lists name at least {column['names']} companies, the published total is 4,000" in shown
    assert f"({4000 - column['names']:,} fewer are named); lists that state a count state 3 (1 fewer" in shown


def test_doctor_counts_what_is_odd_in_the_facts_and_says_how_to_see_it(told: Stack) -> None:
    (report,) = told.giants("doctor", "--json").lines
    (found,) = [one for one in report["findings"] if one["name"] == "findings in the facts"]
    counts = told.get("/findings")["counts"]
    assert counts
    assert found["state"] == "note"
    assert all(f"{number:,} {code.replace('_', ' ')}" in found["got"] for code, number in counts.items())
    assert "giants export findings" in found["fix"]
    assert len(told.giants("export", "findings", "--format", "jsonl").lines) == sum(counts.values())


def test_the_programme_is_shown_with_its_sources(told: Stack) -> None:
    answer = told.get("/programme")
    shown = told.giants("programme")
    assert shown.status == 0
    text = " ".join(shown.out.split())
    assert f"{answer['choke_points']:,} technological choke points" in text
    assert all(f"Framework {one['id']}" in text for one in answer["frameworks"])
    assert f"[{len(answer['sources'])}]" in text
    assert told.giants("programme", "--json").lines == [answer]


def test_answers_say_that_a_nominator_is_sensitive(told: Stack, tmp_path: Path) -> None:
    signals = [one for one in told.get("/signals", limit=100)["items"] if one["company"] == DUE]
    assert signals
    assert all(one["sensitive"] for one in signals)
    movers = told.get("/movers", backfill=True, since="2000-01-01", limit=20)["rose"]
    assert [one["sensitive"] for one in movers if one["company"] == FEW] == [True]
    names = tmp_path / "names.csv"
    names.write_text(f"company\n{FEW}\n", encoding="utf-8")
    screened = told.giants("screen", str(names), "-o", str(tmp_path / "out.jsonl"))
    assert screened.status == 0, screened.err
    assert '"lg_sensitive":"yes"' in (tmp_path / "out.jsonl").read_text(encoding="utf-8").replace(": ", ":")


def test_a_conversion_that_two_lists_show_is_a_signal_in_answers_and_alerts(
    told: Stack, tmp_path: Path
) -> None:
    before, now = "杭州待市阀门有限公司", "杭州待市阀门股份有限公司"
    watchlist = {"owner": "desk-told", "companies": [now], "events": ["signal-raised", "renominated"]}
    with httpx.Client(base_url=f"{told.ready['api']}/api/v1/") as client:
        made = client.post("watchlists", json=watchlist).raise_for_status().json()
    earlier = designation("told-b7", [before], published_on="2025-10-20", authority="ZJ")
    later = designation("told-b8", [now], batch=8, published_on="2026-01-10", authority="ZJ")
    lists = write_lines(tmp_path / "a.jsonl", [earlier, later])
    assert told.giants("ingest", "announcements", lists, "--wait").status == 0

    def hint() -> dict[str, object] | None:
        items = told.get("/signals", kind="joint-stock-form")["items"]
        return next((one for one in items if one["company"] == now), None)

    assert wait_for("the signal", hint)["evidence"] == {
        "signal": "joint-stock-form",
        "name_before": before,
        "ref_before": "told-b7@1",
        "name": now,
        "ref": "told-b8@1",
        "since": "2026-01-10",
    }
    shown = told.giants("signals", "--kind", "joint-stock-form")
    assert shown.status == 0
    assert "standard step" in " ".join(shown.out.split())

    def group() -> dict[str, object] | None:
        items = told.get("/alerts/groups", watchlist=made["watchlist_id"])["items"]
        return next((one for one in items if "joint-stock company" in one["text"]), None)

    text = str(wait_for("the alert", group)["text"])
    assert "(reading: Hangzhou Daishi Famen Gufen Youxian Gongsi)" in text
    assert "because of designation list told-b8@1" in text
