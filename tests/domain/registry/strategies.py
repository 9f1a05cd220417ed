"""Hypothesis strategies of small, adversarial programme histories.

Few names, few ids and few dates, so that facts collide: variants of one name on one list, renames in circles,
revisions that take back what others built on, two contents of one revision, notices that are overruled,
reviews of years in which nothing was due, days that go back, are withdrawn or cannot be, dates of lists that
cannot be, lists that contradict themselves or the total of their batch.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from hypothesis import strategies as st

from giants.domain.names import identity_key, normal_form
from giants.domain.registry import company_id
from schemas.base import AuthorityCode, Source, SourceClass, Stage
from schemas.codes import Category, OutsideRecord, OwnershipRole
from schemas.facts import (
    Announcement,
    AnnouncementKind,
    Correction,
    CorrectionEvidence,
    Day,
    EnglishIdentity,
    Entry,
    Failed,
    FailureReason,
    LinkRecord,
    OwnershipRecord,
    Passed,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)

NAMES: Final = (
    "河南中原辊轴有限公司",
    "河南中原辊轴股份有限公司",
    "宝鸡市赛孚石油机械有限公司",
    "宝鸡赛孚石油机械有限公司",
    "洛阳隆盛科技有限责任公司",
    "中航隆盛（洛阳）科技有限责任公司",
    "宁波佳尓灵气动机械有限公司",
    "宁波佳尔灵气动机械有限公司",
    "Hami Wind Power Co., Ltd.",
)
ENGLISH_NAMES: Final = ("Longsheng Technology Co., Ltd.", "Hami Wind Power Company Limited")
BATCHES: Final = (2, 4, 5, 7)
REVIEW_YEARS: Final = (2023, 2025, 2026)
AUTHORITIES: Final = (None, AuthorityCode.HA, AuthorityCode.ZJ)
FIRST_DAY, LAST_DAY = date(2019, 6, 1), date(2029, 3, 1)
# Few, so that a day that is withdrawn is one that began.
DAYS: Final = (date(2024, 1, 1), date(2026, 1, 1))
# Reached from one another and from the last day, each a bridge to the next, or not at all.
FAR_DAYS: Final = (date(2034, 6, 1), date(2039, 6, 1), date(2044, 1, 1))

names = st.sampled_from(NAMES)
authorities = st.sampled_from(AUTHORITIES)
stages = st.sampled_from(Stage)
revisions = st.integers(1, 3)
sources = st.builds(Source, source_class=st.sampled_from(SourceClass))


def _day_in(year: int) -> st.SearchStrategy[date]:
    """Mostly a day of the year or the next one, now and then any day at all."""
    near = st.sampled_from([date(year, 7, 1), date(year, 10, 20), date(year + 1, 2, 1)])
    return st.one_of(near, near, near, st.dates(FIRST_DAY, LAST_DAY), st.sampled_from(FAR_DAYS))


@st.composite
def designations(draw: st.DrawFn) -> Announcement:
    """A designation list."""
    batch = draw(st.sampled_from(BATCHES))
    return Announcement(
        list_id=f"b{batch}-{draw(st.sampled_from('xy'))}",
        revision=draw(revisions),
        kind=AnnouncementKind.DESIGNATION,
        batch=batch,
        stage=draw(stages),
        published_on=draw(_day_in(2018 + batch)),
        authority=draw(authorities),
        complete=draw(st.booleans()),
        backfill=draw(st.sampled_from([False, False, True])),
        expected_count=draw(st.one_of(st.none(), st.integers(0, 3))),
        unread_rows=draw(st.sampled_from([0, 0, 0, 1])),
        batch_total=draw(st.one_of(st.none(), st.none(), st.integers(0, 4))),
        source=draw(sources),
        entries=tuple(draw(st.lists(entries(), max_size=4))),
    )


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry, now and then with an English name."""
    return Entry(
        name=draw(names),
        name_en=draw(st.one_of(st.none(), st.none(), st.sampled_from(ENGLISH_NAMES))),
        uscc=draw(st.one_of(st.none(), st.none(), st.just("91410300MA3X0A0A0A"))),
    )


@st.composite
def other_announcements(draw: st.DrawFn) -> Announcement:
    """A revocation or an elevation list; its ids collide with those of designations now and then."""
    return Announcement(
        list_id=draw(st.sampled_from(["b2-x", "special"])),
        revision=draw(revisions),
        kind=draw(st.sampled_from([AnnouncementKind.REVOCATION, AnnouncementKind.ELEVATION])),
        stage=draw(stages),
        published_on=draw(st.dates(FIRST_DAY, LAST_DAY)),
        source=draw(sources),
        entries=tuple(draw(st.lists(entries(), max_size=2))),
    )


@st.composite
def reviews(draw: st.DrawFn) -> Review:
    """A review list; a name may stand under both headings."""
    year = draw(st.sampled_from(REVIEW_YEARS))
    failed = st.builds(Failed, name=names, reason=st.sampled_from([None, *FailureReason]))
    return Review(
        list_id=f"review-{year}-{draw(st.sampled_from('xy'))}",
        revision=draw(revisions),
        review_year=year,
        stage=draw(stages),
        published_on=draw(_day_in(year)),
        authority=draw(authorities),
        complete=draw(st.booleans()),
        backfill=draw(st.sampled_from([False, False, True])),
        expected_count=draw(st.one_of(st.none(), st.integers(0, 3))),
        unread_rows=draw(st.sampled_from([0, 0, 0, 1])),
        round_total=draw(st.one_of(st.none(), st.none(), st.integers(0, 4))),
        source=draw(sources),
        passed=tuple(draw(st.lists(st.builds(Passed, name=names), max_size=3))),
        failed=tuple(draw(st.lists(failed, max_size=2))),
    )


record_ids = st.sampled_from(["n-1", "n-2", "n-3"])
renames = st.builds(
    Rename,
    kind=st.just("rename"),
    record_id=record_ids,
    revision=revisions,
    old_name=names,
    new_name=names,
    effective_on=st.dates(FIRST_DAY, LAST_DAY),
    backfill=st.booleans(),
    source=sources,
)
corrections = st.builds(
    Correction,
    kind=st.just("correction"),
    record_id=record_ids,
    revision=revisions,
    old_name=st.just("宁波佳尓灵气动机械有限公司"),
    new_name=st.sampled_from(["宁波佳尔灵气动机械有限公司", "洛阳隆盛科技有限责任公司"]),
    evidence=st.builds(
        CorrectionEvidence, not_found_under_original=st.just(True), confirmed_little_giant=st.booleans()
    ),
    source=sources,
)
english_identities = st.builds(
    EnglishIdentity,
    kind=st.just("english"),
    record_id=record_ids,
    revision=revisions,
    name=names,
    english_names=st.lists(st.sampled_from(ENGLISH_NAMES), min_size=1, max_size=2).map(tuple),
    source=sources,
)
# Companies by any name, by the id that a name gives alone or beside a rival, and by an id of nobody.
companies = st.one_of(
    names,
    st.sampled_from(ENGLISH_NAMES),
    names.map(lambda name: company_id(f"~{identity_key(name)}")),
    names.map(lambda name: company_id(f"={normal_form(name)}")),
    st.just("lg-0123456789abcdef"),
)
note_ids = st.sampled_from(["a-1", "a-2", "a-3"])
tags = st.builds(
    TagRecord,
    kind=st.just("tag"),
    record_id=note_ids,
    revision=revisions,
    company=companies,
    category=st.sampled_from([Category.DISCOVERY, Category.EMERGING_ADVANTAGE]),
    evidence=st.sampled_from(["a contract", "a paper"]),
    author=st.just("desk-a"),
    on=st.dates(FIRST_DAY, LAST_DAY),
    withdrawn=st.sampled_from([False, False, True]),
)
outside_links = st.builds(
    LinkRecord,
    kind=st.just("link"),
    record_id=note_ids,
    revision=revisions,
    company=companies,
    record=st.sampled_from(OutsideRecord),
    title=st.just("an entry"),
    url=st.just("https://records.example/1"),
    source=sources,
    on=st.dates(FIRST_DAY, LAST_DAY),
    withdrawn=st.sampled_from([False, False, True]),
)
pairs = st.tuples(companies, st.one_of(companies, st.just("某集团有限公司"))).filter(
    lambda pair: pair[0] != pair[1]
)
ownerships = pairs.flatmap(
    lambda pair: st.builds(
        OwnershipRecord,
        kind=st.just("ownership"),
        record_id=note_ids,
        revision=revisions,
        company=st.just(pair[0]),
        role=st.sampled_from([OwnershipRole.SUBSIDIARY, OwnershipRole.AFFILIATE]),
        other=st.just(pair[1]),
        title=st.none(),
        url=st.just("https://records.example/2"),
        source=sources,
        on=st.dates(FIRST_DAY, LAST_DAY),
        withdrawn=st.sampled_from([False, False, True]),
    )
)
days = st.builds(
    Day,
    day=st.one_of(st.dates(FIRST_DAY, LAST_DAY), st.sampled_from(DAYS), st.sampled_from([*DAYS, *FAR_DAYS])),
    withdrawn=st.sampled_from([False, False, False, True]),
)

facts: st.SearchStrategy[ProgrammeFact] = st.one_of(
    designations(),
    designations(),
    reviews(),
    other_announcements(),
    renames,
    corrections,
    english_identities,
    tags,
    outside_links,
    ownerships,
    days,
)


@st.composite
def histories(draw: st.DrawFn, max_size: int = 12) -> Sequence[ProgrammeFact]:
    """A history of up to `max_size` facts, then some of them again and some of its days withdrawn."""
    once = draw(st.lists(facts, min_size=1, max_size=max_size))
    again = draw(st.lists(st.sampled_from(once), max_size=3))
    taken_back = [fact.model_copy(update={"withdrawn": True}) for fact in once if isinstance(fact, Day)]
    withdrawals = draw(st.lists(st.sampled_from(taken_back), max_size=2)) if taken_back else []
    return [*once, *again, *withdrawals]
