"""Tables of tags and links: one record a row, judged as intake judges it."""

from datetime import date
from pathlib import Path

import pytest

from schemas.base import Source, SourceClass
from schemas.codes import Category, OutsideRecord, OwnershipRole
from schemas.facts import LinkRecord, OwnershipRecord, TagRecord
from tests.sources.helpers import read

TAGS = (
    "record_id,company,category,evidence,url,author,on,revision,withdrawn\n"
    't-1,上海闻泰电子科技有限公司,due_diligence,"Owned, says a filing",https://example.org/1,desk-a,2025-11-03,,\n'
    "t-1,上海闻泰电子科技有限公司,due_diligence,An error,,desk-a,2025/12/1,2,yes\n"
)
LINKS = (
    "kind;id;company_id;record;title;address;publisher;source_class;date\n"
    "link;l-1;lg-0123456789abcdef;registry;An entry;https://records.example/1;A registry;authority;20251104\n"
)

OWNERSHIP = (
    "record_id,company,role,other,share,url,publisher,on\n"
    "o-1,上海闻泰电子科技有限公司,subsidiary,某集团有限公司,51 %,https://r.example/2,深交所,2025-11-05\n"
    "o-2,上海闻泰电子科技有限公司,affiliate,另一有限公司,,https://records.example/3,,2025-11-05\n"
    "o-3,上海闻泰电子科技有限公司,affiliate,另一有限公司,30,https://records.example/3,,2025-11-05\n"
)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "records.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_tags_are_read_with_their_evidence_and_revisions(tmp_path: Path) -> None:
    result = read("records", table(tmp_path, TAGS))
    assert result.reading.adapter == "records-csv"
    first, second = result.facts
    assert first == TagRecord(
        kind="tag",
        record_id="t-1",
        company="上海闻泰电子科技有限公司",
        category=Category.DUE_DILIGENCE,
        evidence="Owned, says a filing",
        url="https://example.org/1",
        author="desk-a",
        on=date(2025, 11, 3),
    )
    assert isinstance(second, TagRecord)
    assert (second.revision, second.withdrawn, second.on) == (2, True, date(2025, 12, 1))


def test_links_are_read_with_their_source(tmp_path: Path) -> None:
    assert read("records", table(tmp_path, LINKS)).facts == [
        LinkRecord(
            kind="link",
            record_id="l-1",
            company="lg-0123456789abcdef",
            record=OutsideRecord.REGISTRY,
            title="An entry",
            url="https://records.example/1",
            source=Source(source_class=SourceClass.AUTHORITY, publisher="A registry"),
            on=date(2025, 11, 4),
        )
    ]


def test_ownership_is_read_with_its_share_and_source(tmp_path: Path) -> None:
    result = read("records", table(tmp_path, OWNERSHIP))
    assert result.facts[0] == OwnershipRecord(
        kind="ownership",
        record_id="o-1",
        company="上海闻泰电子科技有限公司",
        role=OwnershipRole.SUBSIDIARY,
        other="某集团有限公司",
        share_percent=51,
        url="https://r.example/2",
        source=Source(source_class=SourceClass.SUPPLEMENTARY, publisher="深交所"),
        on=date(2025, 11, 5),
    )
    assert [fact.role for fact in result.facts[1:] if isinstance(fact, OwnershipRecord)] == ["affiliate"]
    ((line, problem),) = result.problems
    assert line == 4
    assert "a share has an owner" in problem


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("t,甲公司,kind_of_spy,e,,desk,2025-11-03,,", "category"),
        ("t,甲公司,discovery,,,desk,2025-11-03,,", "evidence"),
        ("t,甲公司,discovery,e,http://example.org,desk,2025-11-03,,", "url"),
        ("t,甲公司,discovery,e,,desk,yesterday,,", "on"),
        ("t,甲公司,discovery,e,,desk,2025-11-03,-1,", "revision"),
        (
            "t,甲公司,discovery,e,,desk,2025-11-03,,perhaps",
            "withdrawn: expected true or false, got 'perhaps'",
        ),
        ("t,（）,discovery,e,,desk,2025-11-03,,", "nothing is left of it"),
        ("t,甲公司", "has 2 cells, the heading has 9"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    result = read("records", table(tmp_path, TAGS + row + "\n"))
    assert len(result.facts) == 2
    ((line, said),) = result.problems
    assert line == 4
    assert problem in said


def test_a_table_that_resumes_begins_after_the_line_that_was_taken(tmp_path: Path) -> None:
    assert len(read("records", table(tmp_path, TAGS), resume_after=2).facts) == 1
