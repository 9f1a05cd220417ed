"""Matching, against a reference that looks at every watchlist in turn and shares no code with the index."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from giants.domain.names import lookup_keys
from giants.domain.watch import CompanyContext, Watch, WatchFullError, rated_token
from schemas.base import AuthorityCode
from schemas.changes import CompanySnapshot, CompanyState, NameUse, RatingChange, StatusChange
from schemas.codes import Band, ChangeKind, Status, StatusChangeKind, SubState
from schemas.facts import Watchlist
from tests.domain.watchlists import company, rating, rating_change, status_change

STRENGTH = {band: strength for strength, band in enumerate(Band)}


def watchlist(watchlist_id: str = "w-1", **conditions: object) -> Watchlist:
    return Watchlist.model_validate({"watchlist_id": watchlist_id, "owner": "desk-a", **conditions})


def watching(*watchlists: Watchlist) -> Watch:
    watch = Watch()
    for one in watchlists:
        watch.put(one)
    return watch


def is_met(wanted: Watchlist, change: StatusChange | RatingChange, context: CompanyContext) -> bool:
    """The rules of the contract for one watchlist, in the plainest words."""
    names, ids = set(context.keys), {change.company_id, context.company_id, *context.merged_from}
    authorities, batches = {context.authority}, set(context.batches)
    if isinstance(change, StatusChange):
        states = [state for state in (change.previous, change.current) if state]
        for name in [change.name, change.name_en or "", *(state.name for state in states)]:
            names |= set(lookup_keys(name))
        ids.add(change.merged_into or change.company_id)
        authorities.add(change.authority)
        batches |= set(change.batches)
        lowest = STRENGTH[wanted.min_band] if wanted.min_band else 0
        is_rated = any(
            f"{technology}@{band}" in context.rated
            for technology in wanted.technologies
            for band in Band
            if STRENGTH[band] >= lowest
        )
        asked = change.kind in {event.value for event in wanted.events} or not wanted.events
        of_its_kind = asked and (not wanted.technologies or (bool(wanted.events) and is_rated))
    else:
        bands = [STRENGTH[state.band] for state in (change.previous, change.current) if state]
        of_its_kind = (
            (not wanted.events or ChangeKind.RATING_CHANGED in wanted.events)
            and (not wanted.technologies or change.technology in wanted.technologies)
            and (wanted.min_band is None or max(bands) >= STRENGTH[wanted.min_band])
        )
    of_company = any(item in ids or names & set(lookup_keys(item)) for item in wanted.companies)
    return (
        of_its_kind
        and not change.replayed
        and (wanted.include_backfill or not change.backfill)
        and (not wanted.companies or of_company)
        and (not wanted.authorities or bool(authorities & set(wanted.authorities)))
        and (not wanted.batches or bool(batches & set(wanted.batches)))
    )


NAMES = (
    "甲电子有限公司",
    "甲电子股份有限公司",
    "乙光电有限公司",
    "宝鸡市丙机械有限公司",
    "宝鸡丙机械有限公司",
    "Alpha Optics Co., Ltd.",
)
IDS = ("c-1", "c-2", "c-3")
AUTHORITIES = (AuthorityCode.XJ, AuthorityCode.ZJ, AuthorityCode.NB)
names, ids, authorities = st.sampled_from(NAMES), st.sampled_from(IDS), st.sampled_from(AUTHORITIES)
technologies, batches = st.sampled_from(("radar", "lasers", "ai")), st.integers(1, 4)
ratings = st.none() | st.sampled_from(Band).map(rating)
states = st.none() | st.builds(CompanyState, status=st.sampled_from(Status), tier=st.none(), name=names)
contexts = st.builds(
    CompanyContext,
    company_id=ids,
    name=names,
    authority=st.none() | authorities,
    batches=st.lists(batches, max_size=2).map(tuple),
    merged_from=st.lists(ids, max_size=1).map(tuple),
    keys=st.lists(names, max_size=2).map(
        lambda many: frozenset(key for one in many for key in lookup_keys(one))
    ),
    rated=st.sets(st.builds(rated_token, technologies, st.sampled_from(Band)), max_size=3).map(frozenset),
)
status_changes = st.builds(
    status_change,
    company_id=ids,
    name=names,
    kind=st.sampled_from(StatusChangeKind),
    previous=states,
    current=states,
    authority=st.none() | authorities,
    batches=st.lists(batches, max_size=2).map(tuple),
    merged_into=st.none() | ids,
    backfill=st.booleans(),
    replayed=st.sampled_from((False, False, False, True)),
)
rating_changes = st.builds(
    rating_change,
    company_id=ids,
    technology=technologies,
    previous=ratings,
    current=ratings,
    backfill=st.booleans(),
    replayed=st.sampled_from((False, False, False, True)),
).filter(lambda change: change.previous is not None or change.current is not None)
watchlists = st.builds(
    Watchlist,
    watchlist_id=st.integers(0, 30).map(lambda number: f"w-{number}"),
    owner=st.just("desk-a"),
    companies=st.lists(names | ids, max_size=3).map(tuple),
    technologies=st.lists(technologies, max_size=2).map(tuple),
    authorities=st.lists(authorities, max_size=2).map(tuple),
    batches=st.lists(batches, max_size=2).map(tuple),
    min_band=st.none() | st.sampled_from(Band),
    events=st.lists(st.sampled_from(ChangeKind), max_size=3).map(tuple),
    include_backfill=st.booleans(),
)
steps = st.lists(watchlists | st.integers(0, 30).map(lambda number: f"w-{number}"), max_size=40)


@settings(max_examples=300)
@given(
    steps=steps,
    changes=st.lists(st.tuples(status_changes | rating_changes, contexts), min_size=1, max_size=5),
)
def test_match_equals_a_look_at_every_watchlist(
    steps: list[Watchlist | str], changes: list[tuple[StatusChange | RatingChange, CompanyContext]]
) -> None:
    watch, kept = Watch(), dict[str, Watchlist]()
    for step in steps:
        if isinstance(step, Watchlist):
            watch.put(step)
            kept[step.watchlist_id] = step
        else:
            watch.delete(step)
            kept.pop(step, None)
    assert len(watch) == len(kept)
    for change, context in changes:
        assert watch.match(change, context) == sorted(
            id_ for id_, one in kept.items() if is_met(one, change, context)
        )


def test_an_empty_watchlist_hears_of_everything() -> None:
    watch = watching(watchlist())
    assert watch.match(status_change(), company()) == ["w-1"]
    assert watch.match(rating_change(), company()) == ["w-1"]


def test_the_watchlist_of_the_contract_hears_of_titles_and_of_strong_ratings() -> None:
    watch = watching(
        watchlist(
            companies=["甲公司"],
            technologies=["radar"],
            authorities=["XJ"],
            batches=[8],
            min_band="strong",
            events=["designated", "decertified", "rating-changed"],
        )
    )
    context = company(
        authority=AuthorityCode.XJ,
        batches=(8,),
        keys=frozenset(lookup_keys("甲公司")),
        rated=frozenset((rated_token("radar", Band.STRONG),)),
    )
    assert watch.match(status_change(), context) == ["w-1"]
    assert watch.match(status_change(kind=StatusChangeKind.RENAMED), context) == []
    assert watch.match(rating_change(current=rating(Band.STRONG)), context) == ["w-1"]
    assert watch.match(rating_change(current=rating(Band.MODERATE)), context) == []
    assert watch.match(rating_change(technology="lasers", current=rating(Band.STRONG)), context) == []


@pytest.mark.parametrize(
    ("technology", "band", "heard"),
    [
        ("radar", Band.STRONG, True),
        ("radar", Band.VERY_STRONG, True),
        ("radar", Band.MODERATE, False),
        ("lasers", Band.VERY_STRONG, False),
    ],
)
def test_a_lost_title_is_heard_of_who_is_rated_in_the_technology(
    technology: str, band: Band, heard: bool
) -> None:
    watch = watching(watchlist(technologies=["radar"], min_band="strong", events=["decertified"]))
    change = status_change(kind=StatusChangeKind.DECERTIFIED)
    assert bool(watch.match(change, company(rated=frozenset((rated_token(technology, band),))))) is heard
    assert watch.match(change, company()) == []  # a food company


def test_technologies_without_events_ask_for_ratings_only() -> None:
    watch = watching(watchlist(technologies=["radar"]))
    assert watch.match(status_change(), company()) == []
    assert watch.match(rating_change(), company()) == ["w-1"]


@pytest.mark.parametrize(
    ("previous", "current", "heard"),
    [
        (None, Band.STRONG, True),
        (Band.VERY_STRONG, Band.STRONG, True),
        (Band.STRONG, Band.MODERATE, True),
        (Band.STRONG, None, True),
        (Band.MODERATE, Band.WEAK, False),
        (None, Band.MODERATE, False),
    ],
)
def test_a_threshold_is_crossed_upwards_and_downwards(
    previous: Band | None, current: Band | None, heard: bool
) -> None:
    change = rating_change(previous=previous and rating(previous), current=current and rating(current))
    assert bool(watching(watchlist(min_band="strong")).match(change, company())) is heard


def test_a_watchlist_made_before_the_company_was_known_finds_it_under_every_name_and_id() -> None:
    snapshot = CompanySnapshot(
        company_id="c-new",
        name="中航隆盛(洛阳)科技有限责任公司",
        name_en="AVIC Longsheng (Luoyang) Technology Co., Ltd.",
        names=(
            NameUse(name="洛阳隆盛科技有限责任公司", cause="designation", ref="b6@1", since=date(2024, 9, 1)),
        ),
        names_en=("Luoyang Longsheng Technology Co. Ltd.",),
        status=Status.ACTIVE,
        sub_state=SubState.NEW,
        since=date(2024, 9, 1),
        next_review_year=2027,
        authority=AuthorityCode.HA,
        tier=None,
        batches=(6,),
        designations=(),
        reviews=(),
        merged_from=("c-old",),
    )
    items = {
        "old": "洛阳隆盛科技有限责任公司",
        "new, typed in full width": "中航隆盛（洛阳）科技有限责任公司",
        "english": "luoyang longsheng technology co ltd",
        "english today": "AVIC Longsheng (Luoyang) Technology Co., Ltd.",
        "id": "c-new",
        "merged id": "c-old",
    }
    watch = watching(*(watchlist(label, companies=[item]) for label, item in items.items()))
    watch.put(watchlist("another company", companies=["洛阳隆昌科技有限责任公司"]))
    context = CompanyContext.from_snapshot(snapshot)
    assert watch.match(rating_change(company_id="c-new"), context) == sorted(items)


def test_the_company_that_another_was_merged_into_hears_of_it() -> None:
    watch = watching(watchlist(companies=["c-2"]))
    assert watch.match(status_change(kind=StatusChangeKind.MERGED, merged_into="c-2"), company()) == ["w-1"]


def test_an_id_is_not_taken_for_a_name_nor_a_name_for_an_id() -> None:
    watch = watching(watchlist(companies=["Alpha"]))
    assert watch.match(rating_change(company_id="@alpha"), company(company_id="@alpha")) == []


def test_backfill_is_silent_unless_it_was_asked_for() -> None:
    watch = watching(watchlist("quiet"), watchlist("all", include_backfill=True))
    assert watch.match(rating_change(backfill=True), company()) == ["all"]


def test_what_is_replayed_concerns_nobody() -> None:
    watch = watching(watchlist(include_backfill=True))
    assert watch.match(status_change(replayed=True), company()) == []


def test_a_watchlist_that_is_put_again_is_replaced() -> None:
    watch = watching(watchlist(companies=["c-1"]), watchlist(companies=["c-2"]))
    assert len(watch) == 1
    assert watch.match(rating_change(), company()) == []
    assert watch.match(rating_change(company_id="c-2"), company(company_id="c-2")) == ["w-1"]


def test_a_deleted_watchlist_leaves_nothing_behind() -> None:
    watch = watching(watchlist(companies=["c-1"]), watchlist("w-2", companies=["c-1", "c-2"]))
    watch.delete("w-1")
    watch.delete("w-1")
    assert watch.get("w-1") is None
    assert watch.match(rating_change(), company()) == ["w-2"]
    watch.delete("w-2")
    assert watch == Watch(_free_numbers=[0, 1])


def test_a_watchlist_beyond_the_limit_is_refused_and_the_one_in_place_stays() -> None:
    watch = Watch(company_postings_max=9, watchlists_max=2)
    watch.put(watchlist(companies=["c-1"]))
    with pytest.raises(
        WatchFullError, match="'w-1' is refused: got 12 watched company keys in all, expected at most 9"
    ):
        watch.put(watchlist(companies=["c-1", "c-2", "c-3", "c-4"]))
    assert watch.match(rating_change(), company()) == ["w-1"]
    watch.put(watchlist("w-2"))
    with pytest.raises(WatchFullError, match="got 3 watchlists in all, expected at most 2"):
        watch.put(watchlist("w-3"))
    assert len(watch) == 2
