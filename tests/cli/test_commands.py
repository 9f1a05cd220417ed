"""The commands against a whole stack: files in, ratings and changes out."""

import base64
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from giants.kafka import topics
from giants.kafka.publisher import Publisher
from tests.broker import embedded
from tests.cli.facts import WORKED_EXAMPLE, designation, families, write_lines
from tests.stack import Stack, giants, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of these tests alone: they compare whole tables, and make it ask for keys."""
    with running_stack(tmp_path_factory.mktemp("commands") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def example(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The company of the published example, rated; returns its name."""
    folder = tmp_path_factory.mktemp("example")
    name = "杭州银河光电科技有限公司"
    lists = write_lines(folder / "list.jsonl", [designation("example", [name])])
    patents = write_lines(folder / "families.jsonl", families("EX", name, WORKED_EXAMPLE))
    assert stack.giants("ingest", "announcements", lists).status == 0
    assert stack.giants("ingest", "families", patents, "--wait").status == 0
    return name


def test_explain_shows_the_published_example_number_by_number(stack: Stack, example: str) -> None:
    (answer,) = stack.giants("explain", example, "advanced-optical-communication", "--json").lines
    assert (answer["matching"], answer["instances"], answer["families"]) == (7, 12, 5)
    assert round(answer["score"], 2) == 11.48
    assert (answer["band"], answer["profile"]) == ("very_weak", "tentative")
    (second,) = stack.giants("explain", example, "Gravitational-force sensors", "--json").lines
    assert (second["matching"], round(second["score"], 2)) == (2, 6.14)
    assert (second["band"], second["profile"]) == ("very_weak", "sparse")
    text = stack.giants("explain", example, "gravitational").out
    for part in ("G01V7/02", "2 matching of 12 instances = 0.166667", "6.1", "derived", "assumed", "version"):
        assert part in text


def test_company_is_found_by_parts_of_its_name_and_by_pinyin(stack: Stack, example: str) -> None:
    for query in (example, "银河光电", "yinheguangdian"):
        (found,) = stack.giants("company", query, "--json").lines
        assert found["name"] == example
        assert found["status"] == "active"
    text = stack.giants("company", "银河光电").out
    assert "designated, batch 7" in text
    assert "Advanced optical communication" in text


def test_what_is_not_there_is_one_clear_line(stack: Stack, example: str) -> None:
    unknown = stack.giants("company", "无此公司")
    assert (unknown.status, unknown.out) == (1, "")
    assert unknown.err == "error: no company is known under '无此公司', nor under a name that contains it\n"
    technology = stack.giants("explain", example, "alchemy")
    assert technology.status == 1
    assert "there is no technology 'alchemy'" in technology.err
    assert "fits several technologies" in stack.giants("explain", example, "quantum").err
    table = stack.giants("export", "nothing")
    assert table.status == 1
    assert "expected one of" in table.err


def test_ingesting_a_file_twice_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    name = "杭州重复阀门有限公司"
    lists = write_lines(tmp_path / "list.jsonl", [designation("twice", [name])])
    patents = write_lines(tmp_path / "families.jsonl", families("TW", name, WORKED_EXAMPLE))
    tables = ("companies", "status_changes", "exposures", "rating_changes", "families", "facts")
    states, counts = [], []
    for _ in range(2):
        assert stack.giants("ingest", "announcements", lists).status == 0
        (told,) = stack.giants("ingest", "families", patents, "--wait", "--json").lines
        assert told["files"][0]["taken"] == 5
        counts.append(told["files"][0]["families"])
        states.append({table: stack.rows(table) for table in tables})
    for row in states[0]["families"] + states[1]["families"]:
        del row["received_at"]  # of the last record with this content; the journal has the first
    assert states[0] == states[1]
    nothing = {"new": 0, "unchanged": 0, "changed": 0, "older": 0}
    assert counts == [nothing | {"new": 5}, nothing | {"unchanged": 5}]
    assert name in {row["name"] for row in states[0]["companies"]}


def test_bad_rows_are_counted_and_reported_by_line_with_the_reason(stack: Stack, tmp_path: Path) -> None:
    good, bad = families("BAD", "杭州坏行有限公司", [["H04B10/00"], ["not a symbol"]])
    file = tmp_path / "mixed.jsonl"
    file.write_text(f"{json.dumps(good)}\nno json\n{json.dumps(bad)}\n", encoding="utf-8")
    report = tmp_path / "report.csv"
    ran = stack.giants("ingest", "families", str(file), "--report", str(report), "--json")
    (told,) = ran.lines
    with report.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert told["files"][0]["not_taken"] == len([row for row in rows if row["what"] == "not taken"])
    assert "2" in {row["line"] for row in rows}
    assert all(row["reason"] for row in rows)


def test_a_file_that_cannot_be_understood_is_refused_whole(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "noise.bin"
    file.write_bytes(bytes(range(256)) * 10)
    ran = stack.giants("ingest", "families", str(file))
    assert ran.status == 1
    assert len([line for line in ran.err.splitlines() if line.startswith("error: ")]) == 1
    assert "noise.bin" in ran.err


def test_a_dry_run_publishes_nothing(stack: Stack, tmp_path: Path) -> None:
    name = "杭州试读有限公司"
    lists = write_lines(tmp_path / "list.jsonl", [designation("dry", [name])])
    ran = stack.giants("ingest", "announcements", lists, "--dry-run")
    assert ran.status == 0
    assert stack.giants("company", name).status == 1


def test_refused_inputs_can_be_listed_and_tried_again(stack: Stack) -> None:
    settings = embedded(stack.ready["broker"], data_dir=stack.data_dir, partitions=2)
    value = b'{"family_id": "broken", \xff'
    with Publisher(settings) as publisher:
        publisher.send(topics.FAMILIES.full_name(settings), b"\xfekey", value)
    assert stack.giants("ingest", "names", "--wait", _nothing(stack)).status == 0

    def letters() -> list[dict[str, object]]:
        listed: list[dict[str, object]] = stack.giants("dead-letters", "list", "--json").lines
        return [one for one in listed if base64.b64decode(str(one["value_base64"])) == value]

    (letter,) = letters()
    assert letter["topic"] == "giants.families.v1"
    assert letter["reason"]
    place = f"{letter['topic']}/{letter['partition']}/{letter['offset']}"
    assert place in stack.giants("dead-letters", "list").out
    replayed = stack.giants("dead-letters", "replay", place)
    assert replayed.status == 0
    assert stack.giants("ingest", "names", "--wait", _nothing(stack)).status == 0
    assert len(letters()) == 2, "the same bytes are refused again, as a new letter"
    assert stack.giants("dead-letters", "replay", "giants.families.v1/0/999999").status == 1
    assert stack.giants("dead-letters", "replay").status == 1


def _nothing(stack: Stack) -> str:
    """A file whose ingestion changes nothing: to wait until what was published before is through."""
    record = {
        "record_id": "nothing",
        "kind": "english",
        "name": "杭州无有限公司",
        "english_names": ["Nothing Co., Ltd."],
        "source": {"class": "supplementary"},
    }
    return write_lines(stack.data_dir / "nothing.jsonl", [record])


def test_tail_prints_changes_for_people_and_for_programs(stack: Stack, example: str) -> None:
    changes = stack.giants("tail", "--from-start", "--limit", "1", "--only", "rating-changes", "--json").lines
    assert changes[0]["topic"] == "rating-changes.v1"
    assert changes[0]["previous"] is None
    line = stack.giants("tail", "--from-start", "--limit", "1", "--only", "status-changes").out
    assert "designated" in line
    assert "– → active" in line


@pytest.mark.parametrize(
    ("form", "start"), [("jsonl", b"{"), ("csv", "\ufeffcompany_id,".encode()), ("parquet", b"PAR1")]
)
def test_tables_are_exported_to_files(
    form: str, start: bytes, stack: Stack, example: str, tmp_path: Path
) -> None:
    target = tmp_path / f"companies.{form}"
    assert stack.giants("export", "companies", "-o", str(target)).status == 0
    data = target.read_bytes()
    assert data.startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_doctor_finds_everything_well(stack: Stack) -> None:
    ran = stack.giants("doctor", "--json")
    assert ran.status == 0
    (report,) = ran.lines
    states = {finding["name"]: finding["state"] for finding in report["findings"]}
    assert states.pop("findings in the facts") in {"ok", "note"}  # by what other tests ingested
    assert states == {
        "build": "ok",
        "data folder": "ok",
        "stack": "ok",
        "broker": "ok",
        "ClickHouse": "ok",
        "API": "ok",
        "API key": "ok",
    }


def test_the_first_key_locks_nobody_out_who_reads_what_is_said(stack: Stack) -> None:
    assert stack.giants("doctor").status == 0
    made = stack.giants("keys", "create", "this-machine")
    key = made.out.strip()
    assert "from now on every request needs a key, from this machine too" in made.err
    assert "export GIANTS_API_KEY=KEY" in made.err
    refused = stack.giants("company", "无此公司")
    assert refused.status == 1
    assert "it asks for a key, and GIANTS_API_KEY is not set" in refused.err
    assert "export GIANTS_API_KEY=$(giants keys create NAME)" in refused.err
    wrong = giants("company", "无此公司", data_dir=stack.data_dir, GIANTS_API_KEY="lg_wrong")
    assert "it does not know the key in GIANTS_API_KEY" in wrong.err
    told = stack.giants("doctor", "--json").lines[0]["findings"]
    (finding,) = [one for one in told if one["name"] == "API key"]
    assert finding["state"] == "fault"
    assert "set GIANTS_API_KEY" in finding["fix"]
    answer = httpx.get(f"{stack.ready['api']}/api/v1/companies")
    assert answer.status_code == 401
    assert "set GIANTS_API_KEY for commands, or sign in at /sign-in" in answer.json()["detail"]
    well = giants("doctor", data_dir=stack.data_dir, GIANTS_API_KEY=key)
    assert well.status == 0, well.out
    (made_key,) = stack.giants("keys", "list", "--json").lines
    assert "that was the last key" in stack.giants("keys", "delete", made_key["id"]).err
    assert "no keys: the API answers requests from this machine only" in stack.giants("keys", "list").err
    assert stack.giants("company", "无此公司").err.startswith("error: no company")
