"""Answers of the Lens API in their envelope, on one line, on several, and indented."""

import json
from pathlib import Path

import pytest

from schemas.facts import Family
from tests.sources.helpers import FIXTURES, read

RECORDS = [
    json.loads(line)
    for line in (FIXTURES / "lens.jsonl").read_text(encoding="utf-8").splitlines()
    if "lens_id" in line
]


def ids(path: Path) -> list[str]:
    return [fact.family_id for fact in read("families", path).facts if isinstance(fact, Family)]


def envelope(records: list[object], **more: object) -> dict[str, object]:
    return {"total": len(RECORDS), "data": records, "results": len(records)} | more


@pytest.mark.parametrize("indent", [None, 2])
def test_records_are_taken_out_of_the_envelope_of_an_answer(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(envelope(RECORDS, scroll_id="x"), indent=indent), encoding="utf-8")
    assert ids(path) == ids(FIXTURES / "lens.jsonl")


def test_answers_on_a_line_each_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    answers = [envelope(RECORDS[:2]), envelope([]), envelope(RECORDS[2:])]
    path.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    assert ids(path) == ids(FIXTURES / "lens.jsonl")
    lines = [row.line for row in read("families", path).rows]
    assert lines == sorted(lines)


def test_an_answer_longer_than_any_line_is_read_as_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ids(FIXTURES / "lens.jsonl")
    monkeypatch.setattr("giants.sources.text.RECORD_CHARACTERS_MAX", 1_000)
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(envelope(RECORDS)), encoding="utf-8")
    assert ids(path) == expected


def test_an_answer_without_records_holds_no_family(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(envelope(RECORDS[:1]) | {"data": []}), encoding="utf-8")
    with pytest.raises(Exception, match="cannot be read as families"):
        read("families", path)
