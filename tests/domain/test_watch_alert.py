"""What an alert says, and that nothing in it can deceive the eye."""

import unicodedata
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.watch import alert_for
from giants.domain.watch.sentence import SENTENCE_CHARACTERS_MAX
from schemas.base import NAME_CHARACTERS_MAX, AuthorityCode
from schemas.changes import Alert, Cause, CompanyState, RatingChange, StatusChange
from schemas.codes import Band, Caveat, Profile, Status, StatusChangeKind, Tier
from schemas.facts import Watchlist
from tests.domain.watchlists import ACTIVE, INACTIVE, company, rating, rating_change, status_change

WATCHLIST = Watchlist(watchlist_id="w-1", owner="desk-a")
BASE = "https://giants.example/"
NINGBO = company(name="宁波佳尔灵气动机械有限公司", name_en="Ningbo Jia'erling Pneumatic Machinery Co., Ltd.")


def alert(change: StatusChange | RatingChange) -> Alert:
    return alert_for(WATCHLIST, change, NINGBO, BASE)


def named(name: str, tier: Tier | None = None) -> CompanyState:
    return CompanyState(status=Status.ACTIVE, tier=tier, name=name)


def test_a_designation_names_batch_authority_list_and_caveats() -> None:
    change = status_change(
        name="宁波佳尔灵气动机械有限公司",
        batches=(2, 7),
        authority=AuthorityCode.NB,
        caveats=(Caveat.PROVISIONAL, Caveat.NOT_MALIGN),
    )
    assert alert(change).text == (
        "宁波佳尔灵气动机械有限公司 (Ningbo Jia'erling Pneumatic Machinery Co., Ltd.) "
        "was designated a Little Giant in batch 7 by the authority of Ningbo, "
        "its status going from no record to active, effective 2025-10-20, "
        "because of designation list 2025-b7-zj-final@1; "
        "note that a final list has yet to confirm this and that designation does not by itself show malign "
        "activity; see https://giants.example/companies/c-1"
    )


@pytest.mark.parametrize(
    ("stated", "known", "nominator", "sensitive"),
    [
        (AuthorityCode.XJ, None, AuthorityCode.XJ, True),
        (None, AuthorityCode.XPCC, AuthorityCode.XPCC, True),
        (AuthorityCode.NB, AuthorityCode.XJ, AuthorityCode.NB, False),
        (None, None, None, False),
    ],
)
def test_an_alert_says_whether_the_nominator_administers_xinjiang(
    stated: AuthorityCode | None,
    known: AuthorityCode | None,
    nominator: AuthorityCode | None,
    sensitive: bool,
) -> None:
    """P-22: the authority at the moment of the change goes before that of the snapshot."""
    made = alert_for(WATCHLIST, status_change(authority=stated), company(authority=known), BASE)
    assert (made.authority, made.sensitive) == (nominator, sensitive)
    assert ("sensitive nominator" in made.text) is sensitive
    assert ("no finding about a company" in made.text) is sensitive


def test_an_alert_about_a_rating_takes_the_nominator_of_the_company() -> None:
    made = alert_for(WATCHLIST, rating_change(), company(authority=AuthorityCode.XJ), BASE)
    assert made.sensitive
    assert "the authority of Xinjiang administers Xinjiang" in made.text


def test_an_alert_from_before_is_read_without_a_nominator() -> None:
    old = alert(status_change()).model_dump(mode="json", exclude={"authority", "sensitive"})
    read = Alert.model_validate(old)
    assert (read.authority, read.sensitive) == (None, False)


def test_a_lost_title_says_why() -> None:
    change = status_change(
        kind=StatusChangeKind.DECERTIFIED,
        previous=ACTIVE,
        current=INACTIVE,
        reason="absent_from_complete_list",
        cause=Cause(kind="review", ref="2025-review-zj@1"),
    )
    assert (
        "lost its Little Giant title (reason: absent from complete list), "
        "its status going from active to inactive, effective 2025-10-20, "
        "because of review list 2025-review-zj@1"
    ) in alert(change).text


@pytest.mark.parametrize(
    ("kind", "previous", "current", "expected"),
    [
        (
            StatusChangeKind.RENAMED,
            named("旧名公司"),
            named("新名公司"),
            "changed its name, from 旧名公司 to 新名公司",
        ),
        (
            StatusChangeKind.ELEVATED,
            ACTIVE,
            named("甲", Tier.SINGLE_CHAMPION),
            "from no tier to single champion",
        ),
        (StatusChangeKind.REVIEW_PASSED, ACTIVE, ACTIVE, "passed its review, its status staying active"),
        (
            StatusChangeKind.REVOKED,
            ACTIVE,
            INACTIVE,
            "title revoked, its status going from active to inactive",
        ),
        (StatusChangeKind.RENOMINATED, INACTIVE, ACTIVE, "designated a Little Giant again, its status going"),
    ],
)
def test_each_kind_says_from_what_to_what(
    kind: StatusChangeKind, previous: CompanyState, current: CompanyState, expected: str
) -> None:
    assert expected in alert(status_change(kind=kind, previous=previous, current=current)).text


def test_a_merger_names_the_record_that_stays() -> None:
    change = status_change(kind=StatusChangeKind.MERGED, merged_into="c-2", previous=ACTIVE, current=None)
    assert "another record (c-2), its status going from active to no record" in alert(change).text


@pytest.mark.parametrize("kind", list(StatusChangeKind))
def test_every_kind_of_status_change_has_a_sentence(kind: StatusChangeKind) -> None:
    raised = alert(status_change(kind=kind, previous=ACTIVE, current=ACTIVE))
    assert raised.kind.value == kind.value
    assert raised.text.endswith("; see https://giants.example/companies/c-1")


@pytest.mark.parametrize("caveat", list(Caveat))
def test_every_caveat_is_put_in_words(caveat: Caveat) -> None:
    with_it, without = alert(rating_change(caveats=(caveat,))), alert(rating_change())
    assert with_it.caveats == (caveat,)
    assert "; note that " in with_it.text
    assert len(with_it.text) > len(without.text) + len("; note that ")


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        (
            None,
            rating(Band.WEAK, 38.2),
            "is now rated weak (score 38.2, sparse) in radar, having been unrated",
        ),
        (rating(Band.WEAK, 38.2), None, "is no longer rated in radar, having been weak (score 38.2, sparse)"),
        (
            rating(Band.WEAK, 38.2),
            rating(Band.MODERATE, 41.0, Profile.TENTATIVE),
            "rose from weak (score 38.2, sparse) to moderate (score 41.0, tentative) in radar",
        ),
        (
            rating(Band.VERY_STRONG, 80.0),
            rating(Band.STRONG, 79.9),
            "fell from very strong (score 80.0, sparse) to",
        ),
        (
            rating(Band.WEAK),
            rating(Band.WEAK, profile=Profile.TENTATIVE),
            "moved from weak (score 50.0, sparse) to",
        ),
    ],
)
def test_a_rating_change_says_from_what_to_what_and_which_family(
    previous: object, current: object, expected: str
) -> None:
    raised = alert(rating_change(previous=previous, current=current))
    assert expected in raised.text
    assert "because of patent family 2025123456@3" in raised.text
    assert raised.name == NINGBO.name
    assert raised.technology == "radar"
    assert raised.link == "https://giants.example/companies/c-1#radar"


def test_the_id_depends_on_watchlist_and_change_alone() -> None:
    change = rating_change()
    assert alert(change).id == sha256(b"w-1\0r-1").hexdigest()
    assert alert(change).model_dump_json() == alert(change).model_dump_json()
    other = alert_for(WATCHLIST.model_copy(update={"watchlist_id": "w-2"}), change, NINGBO, BASE)
    assert other.id != alert(change).id


def test_the_change_is_carried_unchanged_and_dates_the_alert() -> None:
    change = status_change(name="甲\u202e公司")
    assert alert(change).change == change
    assert alert(change).at == change.at
    assert alert(change).name == "甲公司"


def test_a_long_name_does_not_cut_the_link() -> None:
    change = status_change(
        name="长" * 300, reason="r" * 2_000, cause=Cause(kind="review", ref="x" * 400), caveats=tuple(Caveat)
    )
    text = alert(change).text
    assert len(text) <= SENTENCE_CHARACTERS_MAX
    assert text.endswith("; see https://giants.example/companies/c-1")


@given(
    name=st.text(max_size=NAME_CHARACTERS_MAX), reason=st.text(max_size=400), company_id=st.text(max_size=50)
)
def test_no_text_of_an_alert_holds_characters_that_cannot_be_seen(
    name: str, reason: str, company_id: str
) -> None:
    change = status_change(
        name=name,
        name_en=name,
        reason=reason,
        company_id=company_id,
        kind=StatusChangeKind.RENAMED,
        previous=named(name),
        current=named(reason),
        effective_on=date(2026, 1, 1),
    )
    raised = alert(change)
    for text in (raised.text, raised.name, raised.name_en or "", raised.link):
        assert not any(
            unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text
        )


def test_a_name_without_an_english_one_is_read_and_marked_as_a_reading() -> None:
    found = alert_for(WATCHLIST, status_change(name="鞍山市鼎益光电科技股份有限公司"), company(), BASE)
    reading = "Anshan Shi Dingyi Guangdian Keji Gufen Youxian Gongsi"
    assert found.name_reading == reading
    assert found.text.startswith(f"鞍山市鼎益光电科技股份有限公司 (reading: {reading}) was designated")
    assert alert(status_change()).name_reading is None  # its English name is known
