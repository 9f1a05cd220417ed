"""Tags and links of analysts: to whom they go, what is said of them, and that nothing else makes one."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings

from giants.domain.registry import Registry, recompute_all
from giants.domain.registry.notes import NOTES_OF_COMPANY_MAX
from schemas.codes import Category
from schemas.facts import LinkRecord, OwnershipRecord, ProgrammeFact, TagRecord
from tests.domain.registry.build import PLACE, Told, designation, english, kinds, outside_link, rename, tag
from tests.domain.registry.strategies import histories

OLD, NEW = "洛阳隆盛科技有限责任公司", "中航隆盛（洛阳）科技有限责任公司"
OTHER = "宁波佳尔灵气动机械有限公司"
LISTED = designation("b4", 4, OLD, OTHER)


def test_a_tag_stands_in_the_snapshot_with_its_evidence_and_is_announced_by_its_own_fact() -> None:
    told = Told(LISTED)
    outcome = told.tell(tag("t-1", OLD, Category.CIVIL_MILITARY_FUSION))
    (shown,) = told.company(OLD).tags
    assert (shown.category, shown.evidence, shown.author, shown.ref) == (
        "civil_military_fusion",
        "supplies the navy, says its annual report",
        "desk-a",
        "t-1@1",
    )
    (change,) = outcome.changes
    assert (change.kind, change.cause.kind, change.cause.ref, change.tag) == ("tagged", "tag", "t-1@1", shown)
    assert change.effective_on == date(2025, 11, 3)
    assert change.previous == change.current
    assert change.seq == 2
    assert told.company(OTHER).tags == ()


def test_a_link_stands_in_the_snapshot_with_its_source() -> None:
    told = Told(LISTED)
    outcome = told.tell(outside_link("l-1", OLD))
    (shown,) = told.company(OLD).links
    assert (shown.record, shown.url, shown.source.publisher) == (
        "entity_list",
        "https://records.example/entities/1",
        "A registry",
    )
    assert kinds(outcome) == ["linked"]
    assert outcome.changes[0].link == shown
    assert outcome.changes[0].tag is None


@pytest.mark.parametrize("record", [tag("r", OLD), outside_link("r", OLD)])
def test_a_withdrawn_record_takes_its_note_back(record: TagRecord | LinkRecord) -> None:
    told = Told(LISTED, record)
    outcome = told.tell(record.model_copy(update={"revision": 2, "withdrawn": True}))
    assert (told.company(OLD).tags, told.company(OLD).links) == ((), ())
    assert kinds(outcome) == ["untagged" if record.kind == "tag" else "unlinked"]
    assert outcome.changes[0].cause.ref == "r@2"
    assert told.codes() == []


def test_a_record_is_found_under_every_name_and_id_that_its_company_has() -> None:
    told = Told(LISTED, english("e", OLD, "Longsheng Technology Co., Ltd."), rename("n", OLD, NEW))
    id_ = told.company(NEW).company_id
    told.tell(
        tag("by-old", OLD),
        tag("by-form", OLD.removesuffix("有限责任公司") + "股份有限公司"),
        tag("by-new", NEW),
        tag("by-english", "LONGSHENG TECHNOLOGY COMPANY LIMITED"),
        tag("by-id", id_),
    )
    assert len(told.company(NEW).tags) == 5


def test_a_tag_follows_a_merger_and_the_company_that_remains_is_said_to_be_tagged() -> None:
    told = Told(LISTED, designation("b5", 5, NEW))
    gone = told.company(NEW).company_id
    told.tell(tag("t-1", NEW), tag("t-2", gone, Category.EMERGING_ADVANTAGE))
    outcome = told.tell(rename("n", OLD, NEW))
    remains = told.company(OLD)
    assert {one.record_id for one in remains.tags} == {"t-1", "t-2"}
    said = [(one.company_id, one.kind.value) for one in outcome.changes if "tag" in one.kind]
    assert said == [(remains.company_id, "tagged")] * 2
    assert {one.cause.kind for one in outcome.changes if one.kind == "tagged"} == {"rename"}


def test_a_record_of_an_unknown_company_is_a_finding_until_the_company_appears() -> None:
    told = Told(tag("t-1", OLD), outside_link("l-1", "lg-0123456789abcdef"))
    assert told.codes() == ["unknown_company", "unknown_company"]
    outcome = told.tell(LISTED)
    assert told.codes() == ["unknown_company"]
    assert sorted(kinds(outcome)) == ["designated", "designated", "tagged"]
    tagged = next(change for change in outcome.changes if change.kind == "tagged")
    assert (tagged.cause.kind, tagged.cause.ref) == ("designation", "b4@1")


def test_a_name_that_two_companies_bear_tags_neither() -> None:
    name = "Longsheng Technology Co., Ltd."
    told = Told(LISTED, english("e-1", OLD, name), tag("t-1", name))
    assert len(told.company(OLD).tags) == 1
    outcome = told.tell(english("e-2", OTHER, name))
    assert kinds(outcome) == ["untagged"]
    assert "unknown_company" in told.codes()


def test_another_category_is_another_tag_and_other_evidence_is_told_again() -> None:
    told = Told(LISTED, tag("t-1", OLD, evidence="a contract"))
    assert kinds(told.tell(tag("t-1", OLD, evidence="two contracts", revision=2))) == ["tagged"]
    moved = told.tell(tag("t-1", OLD, Category.DUE_DILIGENCE, evidence="two contracts", revision=3))
    assert [(one.kind.value, one.reason) for one in moved.changes] == [
        ("untagged", "discovery"),
        ("tagged", "due_diligence"),
    ]


def test_a_revision_that_says_nothing_else_is_no_news() -> None:
    told = Told(LISTED, tag("t-1", OLD))
    outcome = told.tell(tag("t-1", OLD, revision=2))
    assert kinds(outcome) == []
    assert told.company(OLD).tags[0].ref == "t-1@2"


def test_a_snapshot_holds_the_newest_notes_and_the_rest_is_a_finding() -> None:
    records = [
        tag(f"t-{n:03}", OLD, on=f"2025-{1 + n // 28:02}-{1 + n % 28:02}")
        for n in range(NOTES_OF_COMPANY_MAX + 1)
    ]
    told = Told(LISTED, *records)
    shown = told.company(OLD).tags
    assert len(shown) == NOTES_OF_COMPANY_MAX
    assert "t-000" not in {one.record_id for one in shown}
    assert told.codes() == ["too_many_records"]
    told.tell(tag("t-050", OLD, revision=2, withdrawn=True))
    assert "t-000" in {one.record_id for one in told.company(OLD).tags}
    assert told.codes() == []


@given(histories())
@settings(max_examples=40, deadline=None)
def test_without_records_of_analysts_no_company_is_tagged_or_linked(history: Sequence[ProgrammeFact]) -> None:
    """A-07: neither designation nor anything else that is known of a company puts it in a category."""
    others = [fact for fact in history if not isinstance(fact, TagRecord | LinkRecord | OwnershipRecord)]
    registry = Registry()
    changes = [change for fact in others for change in registry.apply(fact, PLACE).changes]
    assert all(change.tag is None and change.link is None and change.ownership is None for change in changes)
    assert all(not one.tags and not one.links and not one.ownership for one in registry.snapshots().values())
    assert all(
        not one.tags and not one.links and not one.ownership
        for one in recompute_all(others).snapshots().values()
    )
