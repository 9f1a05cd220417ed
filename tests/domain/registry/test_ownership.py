"""Records of ownership: a note of both companies with its source, no merger, no rating (N-14)."""

import pytest
from pydantic import ValidationError

from schemas.codes import OwnershipRole
from schemas.facts import OwnershipRecord
from tests.domain.registry.build import Told, designation, kinds, ownership, rename

CHILD, PARENT = "洛阳隆盛科技有限责任公司", "宁波佳尔灵气动机械有限公司"
LATER = "中航隆盛（洛阳）科技有限责任公司"
OUTSIDE = "中国某某工业集团有限公司"
LISTED = designation("b4", 4, CHILD, PARENT)


def test_both_companies_show_it_each_from_its_side_and_stay_two() -> None:
    told = Told(LISTED)
    outcome = told.tell(ownership("o-1", CHILD, PARENT))
    child, parent = told.company(CHILD), told.company(PARENT)
    ((of_child,), (of_parent,)) = child.ownership, parent.ownership
    assert (of_child.role, of_child.other, of_child.other_id) == ("subsidiary", PARENT, parent.company_id)
    assert (of_parent.role, of_parent.other, of_parent.other_id) == ("parent", CHILD, child.company_id)
    assert {of_child.share_percent, of_parent.share_percent} == {51.0}
    assert of_child.source.publisher == "An exchange"
    assert child.company_id != parent.company_id
    assert sorted(kinds(outcome)) == ["linked", "linked"]
    assert {change.reason for change in outcome.changes} == {"subsidiary", "parent"}
    assert {change.cause.kind for change in outcome.changes} == {"ownership"}
    assert [change.ownership for change in outcome.changes if change.company_id == child.company_id] == [
        of_child
    ]
    assert all(change.previous == change.current for change in outcome.changes)


def test_the_other_one_need_not_be_of_the_programme() -> None:
    told = Told(LISTED, ownership("o-1", CHILD, OUTSIDE))
    (shown,) = told.company(CHILD).ownership
    assert (shown.other, shown.other_id) == (OUTSIDE, None)
    assert told.codes() == []


def test_the_company_of_the_other_name_shows_it_once_it_is_designated() -> None:
    told = Told(LISTED, ownership("o-1", CHILD, OUTSIDE))
    outcome = told.tell(designation("b5", 5, OUTSIDE))
    (shown,) = told.company(CHILD).ownership
    assert shown.other_id == told.company(OUTSIDE).company_id
    assert [one.role for one in told.company(OUTSIDE).ownership] == [OwnershipRole.PARENT]
    assert sorted(kinds(outcome)) == ["designated", "linked"]
    assert told.company(CHILD).company_id in outcome.snapshots


def test_a_record_of_two_strangers_is_one_finding() -> None:
    told = Told(LISTED, ownership("o-1", "甲某有限公司", OUTSIDE))
    assert told.codes() == ["unknown_company"]
    told.tell(designation("b5", 5, OUTSIDE))
    assert told.codes() == []


def test_a_withdrawn_record_leaves_both() -> None:
    told = Told(LISTED, ownership("o-1", CHILD, PARENT))
    outcome = told.tell(ownership("o-1", CHILD, PARENT, revision=2, withdrawn=True))
    assert told.company(CHILD).ownership == told.company(PARENT).ownership == ()
    assert kinds(outcome) == ["unlinked", "unlinked"]


def test_a_revision_may_name_another_owner() -> None:
    told = Told(LISTED, ownership("o-1", CHILD, PARENT))
    told.tell(ownership("o-1", CHILD, OUTSIDE, revision=2))
    assert [one.other for one in told.company(CHILD).ownership] == [OUTSIDE]
    assert told.company(PARENT).ownership == ()


def test_of_two_names_that_became_one_company_nothing_is_said() -> None:
    told = Told(LISTED, designation("b5", 5, LATER), ownership("o-1", CHILD, LATER))
    outcome = told.tell(rename("r", CHILD, LATER))
    assert told.company(CHILD).ownership == ()
    assert "unlinked" in kinds(outcome)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"other": CHILD}, "owns no part of itself"),
        ({"role": "affiliate"}, "a share has an owner"),
        ({"share_percent": 0}, "greater than 0"),
        ({"share_percent": 100.5}, "less than or equal to 100"),
        ({"url": "http://records.example"}, "url"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, object], said: str) -> None:
    body = ownership("o-1", CHILD, PARENT).model_dump() | changed
    with pytest.raises(ValidationError, match=said):
        OwnershipRecord.model_validate(body)
