"""JSON lines of the contract, and what is refused of them."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from giants.sources import (
    Kind,
    Options,
    UnknownKindError,
    UnreadableFileError,
    contract,
    kind_of,
    open_source,
)
from giants.sources.json_text import Record
from schemas.facts import Announcement, Family, Review, TagRecord, TaxonomyVersion, Watchlist
from tests.decoding.test_plain_family import DOCUMENTS, FULL
from tests.sources.helpers import read, read_or_refusal

FAMILY = {
    "family_id": "2025123456",
    "version": 3,
    "assignees": ["甲有限公司"],
    "cpc": ["H04B10/2519"],
    "filed_on": "2024-05-01",
}
ANNOUNCEMENT = {
    "list_id": "2025-b7-zj-final",
    "kind": "designation",
    "batch": 7,
    "stage": "final",
    "published_on": "2025-10-20",
    "authority": "ZJ",
    "complete": True,
    "expected_count": 1,
    "source": {"class": "authority"},
    "entries": [{"seq": 1, "name": "甲有限公司"}],
}
REVIEW = {
    "list_id": "r",
    "review_year": 2025,
    "published_on": "2025-10-20",
    "source": {"class": "miit"},
    "passed": [{"name": "甲"}],
}
TAG: dict[str, object] = {
    "record_id": "t",
    "kind": "tag",
    "company": "甲有限公司",
    "category": "discovery",
    "evidence": "a paper",
    "author": "desk-a",
    "on": "2025-11-03",
}
RENAME = {
    "record_id": "r-1",
    "kind": "rename",
    "old_name": "甲",
    "new_name": "乙",
    "effective_on": "2025-03-01",
    "source": {"class": "miit"},
}
TAXONOMY = {
    "taxonomy": "t",
    "version": 2,
    "technologies": [{"id": "radar", "name": "Radar", "cpc": ["G01S7/00"]}],
}
WATCHLIST: dict[str, object] = {"watchlist_id": "w-1", "owner": "desk-a"}

EXAMPLES: dict[Kind, tuple[dict[str, object], type[BaseModel]]] = {
    Kind.FAMILIES: (FAMILY, Family),
    Kind.ANNOUNCEMENTS: (ANNOUNCEMENT, Announcement),
    Kind.REVIEWS: (REVIEW, Review),
    Kind.RECORDS: (TAG, TagRecord),
    Kind.TAXONOMIES: (TAXONOMY, TaxonomyVersion),
    Kind.WATCHLISTS: (WATCHLIST, Watchlist),
}


def lines(tmp_path: Path, *records: object, name: str = "facts.jsonl") -> Path:
    path = tmp_path / name
    path.write_text(
        "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_kind_is_read_from_lines_of_the_contract(tmp_path: Path, kind: Kind) -> None:
    record, model = EXAMPLES[kind]
    result = read(kind, lines(tmp_path, record))
    assert result.facts == [model.model_validate(record)]
    assert result.reading.adapter == "contract-json"
    assert kind_of(result.facts[0]) is kind


def test_name_records_are_told_apart_by_their_kind(tmp_path: Path) -> None:
    english = {
        "record_id": "e",
        "kind": "english",
        "name": "甲",
        "english_names": ["A"],
        "source": {"class": "supplementary"},
    }
    result = read("names", lines(tmp_path, RENAME, english))
    assert [type(fact).__name__ for fact in result.facts] == ["Rename", "EnglishIdentity"]


def test_plain_families_come_as_they_are_published_and_odd_ones_through_their_model(tmp_path: Path) -> None:
    plain = json.dumps(FAMILY)
    odd = json.dumps(FAMILY | {"owner": "somebody"})
    damaged = json.dumps(FAMILY | {"assignees": ["a\ufffd"]})
    result = read(Kind.FAMILIES, lines(tmp_path, plain, odd, "", damaged, plain))
    first, second, third, last = result.rows
    model = Family.model_validate(FAMILY)
    assert first.document is not None
    assert (first.document.key, first.document.value) == (model.family_id, model.model_dump_json().encode())
    assert second.document is None
    assert result.facts == [model, model, model]
    assert (third.line, third.is_taken, third.problem) == (
        4,
        False,
        "holds the character U+FFFD, which no text has",
    )
    assert (last.line, last.document) == (5, first.document)


def test_old_families_are_marked_whichever_way_they_are_read(tmp_path: Path) -> None:
    odd = FAMILY | {"family_id": " 2025123457"}
    path = tmp_path / "families.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (FAMILY, odd, {"family_id": "x"})))
    options = Options(backfill=True)
    with open_source("families", path, options) as reading:
        facts = [row.fact for row in reading]
    assert facts == [
        Family.model_validate(FAMILY | {"backfill": True}),
        Family.model_validate(odd | {"backfill": True}),
        None,
    ]


@given(DOCUMENTS.map(lambda changed: FULL | changed), st.booleans())
def test_what_is_not_read_through_its_model_is_what_the_model_says(
    document: dict[str, object], escaped: bool
) -> None:
    line = json.dumps(document, ensure_ascii=escaped)
    short = contract._family(line)
    if short is not None:
        long = contract._row(Record(1, json.loads(line)), Kind.FAMILIES).fact
        assert isinstance(long, Family)
        assert (short.key, short.value) == (long.family_id, long.model_dump_json().encode())


def test_a_bad_line_is_reported_with_its_number_and_the_others_are_taken(tmp_path: Path) -> None:
    path = lines(
        tmp_path, FAMILY, "{ not json", {**FAMILY, "version": -1}, "", {**FAMILY, "family_id": "b"}, "[1]"
    )
    result = read("families", path)
    assert [row.line for row in result.rows if row.fact] == [1, 5]
    assert [line for line, _ in result.problems] == [2, 3, 6]
    assert "version" in result.problems[1][1]
    assert "got '-1'" in result.problems[1][1]
    assert result.problems[2][1] == "expected a JSON object, got list"


def test_the_first_line_may_be_the_bad_one(tmp_path: Path) -> None:
    result = read("families", lines(tmp_path, "oops", FAMILY))
    assert (len(result.facts), [line for line, _ in result.problems]) == (1, [1])


def test_an_indented_document_and_a_list_are_read_whole(tmp_path: Path) -> None:
    indented = tmp_path / "one.json"
    indented.write_text(json.dumps(TAXONOMY, indent=2), encoding="utf-8")
    assert len(read("taxonomies", indented).facts) == 1
    several = tmp_path / "list.json"
    several.write_text(json.dumps([FAMILY, {**FAMILY, "family_id": "b"}]), encoding="utf-8")
    assert [row.line for row in read("families", several).rows] == [1, 2]


def test_a_record_longer_than_the_first_look_is_recognised(tmp_path: Path) -> None:
    entries = [{"seq": n, "name": f"{n}号有限公司"} for n in range(5_000)]
    result = read(
        "announcements", lines(tmp_path, {**ANNOUNCEMENT, "expected_count": 5_000, "entries": entries})
    )
    assert isinstance(result.facts[0], Announcement)
    assert len(result.facts[0].entries) == 5_000


def test_reading_resumes_after_the_last_line_that_was_taken(tmp_path: Path) -> None:
    path = lines(tmp_path, *({**FAMILY, "family_id": str(n)} for n in range(5)))
    assert [row.line for row in read("families", path, resume_after=3).rows] == [4, 5]


def test_gzip_and_marked_encodings_are_undone(tmp_path: Path) -> None:
    text = json.dumps(FAMILY, ensure_ascii=False) + "\n"
    expected = [Family.model_validate(FAMILY)]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        plain, packed = tmp_path / f"{encoding}.jsonl", tmp_path / f"{encoding}.jsonl.gz"
        plain.write_bytes(text.encode(encoding))
        packed.write_bytes(gzip.compress(text.encode(encoding)))
        assert read("families", plain).facts == expected
        assert read("families", packed).facts == expected


def test_standard_input_is_read_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(json.dumps(FAMILY).encode())))
    )
    result = read("families", Path("-"))
    assert len(result.facts) == 1
    assert result.reading.bytes_total is None


def test_another_kind_is_named_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"facts\.jsonl: holds reviews, expected announcements"):
        open_source("announcements", lines(tmp_path, REVIEW))
    with pytest.raises(UnknownKindError, match="got 'patents', expected one of announcements"):
        open_source("patents", lines(tmp_path, FAMILY))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\x03" * 100, "cannot be read as families"),
        (b'{"colour": "red"}\n', "JSON with the fields colour"),
        (b'{"family_id": "a",\n "version": 1,', "is no JSON"),
    ],
)
def test_what_is_not_understood_is_refused_whole(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "strange.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        read("families", path)


def test_a_file_that_is_absent_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"absent\.jsonl: No such file or directory"):
        open_source("families", tmp_path / "absent.jsonl")


def test_a_truncated_gzip_file_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(
        "".join(json.dumps({**FAMILY, "family_id": str(n)}) + "\n" for n in range(20_000)).encode()
    )
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(UnreadableFileError, match="cut off before its end"):
        read("families", path)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(json.dumps(FAMILY).encode() + b"\n")
        for _ in range(80):
            file.write(b" " * 999_999 + b"\n")
    with pytest.raises(UnreadableFileError, match="unpacks to more than 200 times its size"):
        read("families", path)


def test_one_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFileError, match=r"the record at line 2 is larger than the limit of 8,000,000"
    ):
        read("families", lines(tmp_path, FAMILY, '{"family_id": "' + "a" * 9_000_000))


def test_control_and_direction_marks_are_refused_and_depth_does_not_matter(tmp_path: Path) -> None:
    hidden = {**FAMILY, "assignees": ["甲\u202e有限公司"]}
    nested = [
        '{"family_id": "a", "version": 1, "x": ' + "[" * depth + "]" * depth + "}" for depth in (200, 900)
    ]
    result = read("families", lines(tmp_path, hidden, *nested, '{"family_id":' * 3_000))
    assert result.problems[0] == (1, "holds the character U+202E, which no text has")
    assert [row.line for row in result.rows if row.fact] == [2]
    assert [line for line, _ in result.problems] == [1, 3, 4]


def test_facts_are_validated_as_intake_does(tmp_path: Path) -> None:
    odd_symbol = {**FAMILY, "cpc": ["H04B"]}
    other_programme = {**ANNOUNCEMENT, "source": {"class": "authority", "title": "浙江省科技小巨人企业名单"}}
    assert "not a CPC symbol: got 'H04B'" in read("families", lines(tmp_path, odd_symbol)).problems[0][1]
    refused = read("announcements", lines(tmp_path, other_programme, name="other.jsonl"))
    assert "out of scope" in refused.problems[0][1]


def test_a_taxonomy_is_read_from_its_readable_form(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'taxonomy = "mine"\nversion = 3\n[[technologies]]\nid = "radar"\nname = "Radar"\ncategory = "x"\n'
        '[technologies.cpc]\n"G01S7/00" = "details of radar"\n',
        encoding="utf-8",
    )
    (fact,) = read("taxonomies", path).facts
    assert isinstance(fact, TaxonomyVersion)
    assert (fact.taxonomy, fact.version, fact.technologies[0].cpc) == ("mine", 3, ("G01S7/00",))
    path.write_text("taxonomy = ", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"mine\.toml: taxonomy file"):
        read("taxonomies", path)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(list(Kind)))
def test_any_bytes_give_rows_or_one_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kind: Kind
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "any.jsonl"
    path.write_bytes(b'{"family_id": "a"}\n' + content)
    rows, refusal = read_or_refusal(kind, path)
    assert refusal is None or refusal.startswith("any.jsonl")
    assert all(row.fact is not None or row.problem for row in rows)
