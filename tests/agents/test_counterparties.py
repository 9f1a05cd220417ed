"""What a change means for portfolios and for names of watchlists: alerts, pairs to review, or nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from agents.counterparties import Counterparties
from giants.domain.watch import CompanyContext, Watch
from giants.kafka.log import Record
from giants.settings import Settings
from schemas.changes import Alert
from schemas.codes import Band, StatusChangeKind
from schemas.facts import Watchlist
from schemas.portfolios import Counterparty, Evidence, JudgementVerdict, PortfolioMatch
from tests.counterparties.samples import judgement, part
from tests.domain.watchlists import AT, rating, rating_change, status_change
from tests.store.builders import company

NAME, NEAR = "宁波星野气动机械有限公司", "星野气动机械有限公司"
NOW_MS = int(AT.timestamp() * 1000)


class World:
    """Counterparties with the means to feed them."""

    def __init__(self) -> None:
        self.watched = Counterparties(Settings())

    def put(self, *names: str, at_ms: int = NOW_MS - 1, **changes: Any) -> None:
        value = part(*names, **changes).model_dump_json().encode()
        self.watched.take_portfolio(b"p", value, (), at_ms)

    def judge(
        self, verdict: JudgementVerdict, entry_id: str, company_id: str = "c-1", **changes: Any
    ) -> None:
        value = judgement(verdict, entry_id, company_id, **changes).model_dump_json().encode()
        self.watched.take_portfolio(b"p", value, (), NOW_MS)

    def company(self, company_id: str, name: str, **changes: Any) -> None:
        self.watched.take_company(company_id.encode(), orjson.dumps(company(company_id, name, **changes)))

    def records(self, change: Any, **context: Any) -> list[Record]:
        asyncio.run(self.watched.settle())
        values: dict[str, Any] = {"company_id": change.company_id, "name": NAME}
        return list(self.watched.records_for(change, CompanyContext(**(values | context))))

    def alerts(self, change: Any, **context: Any) -> list[Alert]:
        return [
            Alert.model_validate_json(record.value or b"")
            for record in self.records(change, **context)
            if record.topic == "giants.alerts.v1"
        ]

    def matches(self, change: Any, **context: Any) -> list[PortfolioMatch]:
        return [
            PortfolioMatch.model_validate_json(record.value or b"")
            for record in self.records(change, **context)
            if record.topic == "giants.portfolio-matches.v1"
        ]

    def screened(self, revision: int) -> list[PortfolioMatch]:
        asyncio.run(self.watched.settle())
        return [
            PortfolioMatch.model_validate_json(record.value or b"")
            for records in self.watched.screened("p", revision)
            for record in records
        ]


@pytest.fixture
def world() -> World:
    return World()


DESIGNATED = status_change(name=NAME)


def test_a_counterparty_that_is_designated_raises_one_alert_with_portfolio_and_entry(world: World) -> None:
    world.put("寧波星野氣動機械有限公司", "上海华灿光电科技有限公司", name="Suppliers")
    (alert,) = world.alerts(DESIGNATED)
    assert alert.portfolio_id == "p"
    assert alert.entry_id == "寧波星野氣動機械有限公司"
    assert alert.watchlist_id == "portfolio:p"
    assert alert.owner == "desk"
    assert alert.text.startswith("Counterparty 寧波星野氣動機械有限公司 of Suppliers (match 1.00, not yet")
    (match,) = world.matches(DESIGNATED)
    assert not match.to_review
    assert world.alerts(DESIGNATED) == [alert]


def test_a_near_match_is_for_a_person_and_no_alert(world: World) -> None:
    world.put(NEAR)
    assert world.alerts(DESIGNATED) == []
    (match,) = world.matches(DESIGNATED)
    assert match.to_review
    assert match.verdict == "review"
    assert match.cause == DESIGNATED.id


def test_namesakes_are_never_taken_for_one(world: World) -> None:
    world.company("c-2", "上海星野气动机械有限公司")
    world.company("c-3", "成都星野气动机械有限公司")
    world.put(NEAR)
    assert world.alerts(DESIGNATED) == []


@pytest.mark.parametrize("changes", [{"backfill": True}, {"at": AT - timedelta(seconds=1)}])
def test_old_news_alerts_nobody(world: World, changes: dict[str, Any]) -> None:
    world.put(NAME)
    change = DESIGNATED.model_copy(update=changes)
    assert world.alerts(change) == []
    assert [match.to_review for match in world.matches(change)] == [False]


def test_what_is_replayed_says_nothing(world: World) -> None:
    world.put(NAME)
    assert world.records(DESIGNATED.model_copy(update={"replayed": True})) == []


def test_a_confirmed_pair_alerts_of_status_names_and_ratings_under_any_name(world: World) -> None:
    world.put("My Supplier 17")
    world.company("c-1", NAME)
    world.judge(JudgementVerdict.CONFIRMED, "My Supplier 17")
    rated = rating_change(current=rating(Band.STRONG))
    renamed = status_change(kind=StatusChangeKind.RENAMED, name="全新名称有限公司")
    kinds = [alert.kind for change in (DESIGNATED, renamed, rated) for alert in world.alerts(change)]
    assert kinds == ["designated", "renamed", "rating-changed"]
    assert {alert.match_score for alert in world.alerts(rated)} == {None}


def test_an_unconfirmed_match_says_nothing_of_ratings(world: World) -> None:
    world.put(NAME)
    world.company("c-1", NAME)
    assert world.records(rating_change()) == []


def test_a_confirmation_survives_a_merge_and_a_rename(world: World) -> None:
    world.put(NAME)
    world.judge(JudgementVerdict.CONFIRMED, NAME, "old-id")
    change = status_change(company_id="new-id", name="别的名称有限公司")
    (alert,) = world.alerts(change, company_id="new-id", merged_from=("old-id",))
    assert alert.company_id == "new-id"


def test_a_rejected_pair_is_quiet_until_a_new_name_speaks_for_it(world: World) -> None:
    world.put(NAME)
    known = Evidence(verdict="match", score=1.0, entry_names=(NAME,), company_names=(NAME,))
    world.judge(JudgementVerdict.REJECTED, NAME, evidence=known)
    assert world.records(DESIGNATED) == []
    near = known.model_copy(update={"company_names": ("全新名称有限公司",)})
    world.judge(JudgementVerdict.REJECTED, NAME, seconds=1, evidence=near)
    assert world.alerts(DESIGNATED) == []
    (match,) = world.matches(DESIGNATED)
    assert match.to_review
    assert match.new_evidence == f"a new name of the company: {NAME}"


def test_a_namesake_that_was_rejected_does_not_stand_in_the_way(world: World) -> None:
    other = "浙江星野气动机械有限公司"
    world.put(NAME)
    world.company("c-2", NAME, authority="ZJ")
    assert world.alerts(status_change(name=NAME)) == []
    known = Evidence(verdict="ambiguous", score=1.0, entry_names=(NAME,), company_names=(NAME, other))
    world.judge(JudgementVerdict.REJECTED, NAME, "c-2", evidence=known)
    assert [alert.company_id for alert in world.alerts(DESIGNATED)] == ["c-1"]


def test_a_first_screening_names_pairs_of_new_entries_alone(world: World) -> None:
    world.company("c-1", NAME)
    world.company("c-2", "上海华灿光电科技有限公司")
    world.put(NAME, NEAR)
    first = world.screened(1)
    assert {(match.entry_id, match.to_review) for match in first} == {(NAME, False), (NEAR, True)}
    world.put(NAME, NEAR, "上海华灿光电科技股份有限公司", revision=2, at_ms=NOW_MS + 5)
    assert [match.company_id for match in world.screened(2)] == ["c-2"]
    assert world.screened(1) == []


def test_events_of_a_portfolio_choose(world: World) -> None:
    world.put(NAME, events=("revoked",))
    assert world.alerts(DESIGNATED) == []
    assert len(world.alerts(status_change(kind=StatusChangeKind.REVOKED, name=NAME))) == 1


def test_a_code_of_the_register_finds_an_entry_of_another_name(world: World) -> None:
    entry = Counterparty(entry_id="7", name="供应商七", uscc="91330200MA2000000X", reference="V-7")
    world.put(entries=(entry,))
    world.company("c-1", NAME, uscc="91330200MA2000000X")
    (alert,) = world.alerts(DESIGNATED)
    assert "V-7" in alert.text


def test_a_watched_name_applies_where_the_matcher_says_match(world: World) -> None:
    asked = Watchlist(watchlist_id="w", owner="desk", companies=("宁波星野气动机戒有限公司", "别的有限公司"))
    watch = Watch()
    watch.put(asked)
    world.watched.watch("w", asked)
    world.company("c-1", NAME)
    asyncio.run(world.watched.settle())
    context = CompanyContext("c-1", NAME)
    for change in (DESIGNATED, rating_change()):
        assert watch.match(change, context) == []
        assert watch.match(change, world.watched.context_for(change, context)) == ["w"]
    world.watched.watch("w", None)
    asyncio.run(world.watched.settle())
    assert world.watched.context_for(DESIGNATED, context) == context
    assert not world.watched.is_used
