"""A made-up programme with portfolios, run through the real folds and stored as the writer stores it.

No company of it exists, and no portfolio is anybody's. The same seed gives the same rows, so that a picture
of a page changes only when the page does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

import orjson
from pydantic import BaseModel

from agents import messages
from agents.portfolio_state import AssigneeIndexInMemory, EntriesInMemory, FamiliesState
from agents.signals import SignalsProcessor
from giants.decoding.facts import fact_identity, taxonomy_event
from giants.decoding.families import family_event
from giants.decoding.frames import DeltaFrame, encode
from giants.demo.portfolios import Portfolios
from giants.demo.programme import programme
from giants.domain.events import (
    Assignments,
    CauseKind,
    Delta,
    DeltaLogEvent,
    NewDay,
    NewProgrammeStatus,
    Origin,
    ProgrammeStatus,
)
from giants.domain.names.hints import name_hints
from giants.domain.portfolio import Portfolio
from giants.domain.ratings import Ratings
from giants.domain.registry import Place, Registry
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.kafka import topics
from giants.kafka.log import Record
from giants.settings import Settings
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.records import Incoming
from schemas.base import AuthorityCode, SourceClass
from schemas.base import Source as FactSource
from schemas.changes import CompanySnapshot
from schemas.codes import Category, OutsideRecord, OwnershipRole
from schemas.facts import (
    Announcement,
    Correction,
    Day,
    EnglishIdentity,
    Entry,
    Family,
    LinkRecord,
    OwnershipRecord,
    Passed,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)

SEED = 7
OUTSIDE_OWNER = "中国某某工业集团有限公司"
LAST_DAY = date(2026, 1, 15)
# Families show in the index some time after they were filed.
PUBLICATION_DAYS = 223
LIVE_FROM = date(2025, 9, 1)
FLUSH_RECORDS = 20_000
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class World:
    """The folds, and the database that everything they say is stored in."""

    database: Database
    settings: Settings = field(default_factory=lambda: Settings(partitions=1, topic_prefix=""))
    registry: Registry = field(default_factory=Registry)
    portfolio: Portfolio = field(init=False)
    ratings: Ratings = field(default_factory=Ratings)
    taxonomy: Taxonomy = field(default_factory=lambda: Taxonomy.compile(shipped_taxonomy()))
    _offsets: "count[int]" = field(default_factory=count)
    _buffer: Buffer = field(default_factory=lambda: Buffer(LONG_AGO))
    _touched: set[str] = field(default_factory=set)
    _moved: dict[bytes, int] = field(default_factory=dict)
    signals: SignalsProcessor = field(init=False)

    def __post_init__(self) -> None:
        self.signals = SignalsProcessor(0, self.settings)
        families = FamiliesState(EntriesInMemory())
        self.portfolio = Portfolio(families, AssigneeIndexInMemory(families))

    def play(self, seed: int = SEED, scale: float = 0.03, families: int = 9_000) -> None:
        """Store a whole programme from 2019 to the end of 2025."""
        self.ratings.adopt(self.taxonomy, (self.taxonomy.version, 0))
        self._signal(taxonomy_event(self.taxonomy.definition, Origin(0)))
        self.take(topics.TAXONOMIES, self.taxonomy.definition, date(2019, 1, 1))
        facts = list(_facts(seed, scale))
        names = sorted({entry.name for _, fact in facts for entry in _designated(fact)})
        patents = Portfolios(names, families, shipped_taxonomy(), seed)
        dated: list[tuple[date, int, ProgrammeFact | Family]] = [(day, 0, fact) for day, fact in facts]
        dated += [(_published(family), 1, family) for family in patents]
        dated.sort(key=lambda item: item[:2])
        for day, _, fact in dated:
            self.fact(fact, day)
        self.settle(LAST_DAY)
        self.refuse(LAST_DAY)
        self.flush()

    def fact(self, fact: ProgrammeFact | Family, day: date) -> None:
        """Store a fact and everything that follows from it."""
        at_ms = _at_ms(day)
        backfill = day < LIVE_FROM
        if isinstance(fact, Family):
            fact = fact.model_copy(update={"backfill": backfill, "cpc": self._with_retired(fact)})
            self.take(topics.FAMILIES, fact, day)
            origin = Origin(at_ms, backfill=backfill)
            self._deltas(self.portfolio.apply_family(family_event(fact, origin, 0)), at_ms)
            return
        self.take(_TOPICS[type(fact)], fact, day)
        outcome = self.registry.apply(fact, Place(messages.at(at_ms), backfill=backfill))
        for change in outcome.changes:
            self._emit(topics.STATUS_CHANGES, messages.status_change(change, at_ms, self.settings))
        for finding in outcome.settled:
            self._emit(topics.FINDINGS, messages.finding(finding, at_ms, self.settings, settled=True))
        for finding in outcome.findings:
            self._emit(topics.FINDINGS, messages.finding(finding, at_ms, self.settings))
        for news in outcome.list_changes:
            self._emit(topics.LIST_CHANGES, messages.list_change(news, at_ms, self.settings))
        for list_id, summary in outcome.lists.items():
            self._emit(topics.LISTS, messages.list_snapshot(list_id, summary, at_ms, self.settings))
        for company_id, snapshot in outcome.snapshots.items():
            record = messages.company_snapshot(company_id, snapshot, at_ms, self.settings)
            self._emit(topics.COMPANIES, record)
        identity, version = fact_identity(fact)
        moved = Assignments(
            dict(outcome.assignments),
            "designation",
            f"{identity}@{version}",
            Origin(at_ms, backfill=backfill),
        )
        self._deltas(self.portfolio.apply_assignments(moved), at_ms)
        self._follow(fact, outcome.snapshots, moved)

    def settle(self, day: date) -> None:
        """Store the latest exposure of every company whose portfolio changed."""
        sender = messages.ExposureMessages(0, self.settings)
        for company_id in sorted(self._touched):
            company = self.ratings.companies[company_id]
            record = sender.exposure(company_id, company, self.taxonomy, _at_ms(day))
            self._emit(topics.EXPOSURES, record)
        self._touched.clear()
        for record in self.signals.snapshots(self._moved):
            self._emit(topics.SIGNALS, record)
        self._moved.clear()

    def refuse(self, day: date) -> None:
        """Store some inputs that were refused."""
        for number, (topic, value, reason) in enumerate(_REFUSED):
            headers = {
                "giants-error": reason.encode(),
                "giants-topic": topic.name.encode(),
                "giants-partition": b"0",
                "giants-offset": str(1_000 + number).encode(),
            }
            self._hold(
                Incoming(topics.DEAD_LETTERS.name, 0, next(self._offsets), b"k", value, _at_ms(day), headers)
            )

    def take(self, topic: topics.Topic, fact: BaseModel, day: date) -> None:
        """Put a fact into the journal."""
        key = fact_identity(fact)[0].encode()
        value = fact.model_dump_json(by_alias=True).encode()
        self._hold(Incoming(topic.name, 0, next(self._offsets), key, value, _at_ms(day), {}))

    def flush(self) -> None:
        """Insert what is held."""
        self._buffer.store(self.database)

    def _with_retired(self, family: Family) -> tuple[str, ...]:
        """Some families carry a symbol that CPC has moved since."""
        retired = [
            entry.symbol for entries in self.taxonomy.entries.values() for entry in entries if entry.retired
        ]
        number = int(family.family_id[-4:])
        return (*family.cpc, retired[number % len(retired)]) if number % 60 == 0 else family.cpc

    def _follow(
        self, fact: ProgrammeFact, snapshots: Mapping[str, CompanySnapshot | None], cause: Assignments
    ) -> None:
        """Tell the signals where companies stand, and the day."""
        day = fact.day if isinstance(fact, Day) else None
        kind: CauseKind = "day" if day else cause.cause_kind
        ref = day.isoformat() if day else cause.cause_ref
        standings: list[DeltaLogEvent] = [
            NewProgrammeStatus(company_id, _standing(snapshot), kind, ref, cause.origin)
            for company_id, snapshot in snapshots.items()
        ]
        if standings:
            self._signal(*standings)
        if day:
            self._signal(NewDay(day.isoformat(), day.year, cause.origin))

    def _signal(self, *events: DeltaLogEvent) -> None:
        step = self.signals.apply(0, DeltaFrame(list(events)))
        self._moved |= step.touched
        for record in step.outputs:
            self._emit(topics.SIGNAL_CHANGES, record)

    def _deltas(self, deltas: list[Delta], at_ms: int) -> None:
        if not deltas:
            return
        self._signal(*deltas)
        sender = messages.ExposureMessages(0, self.settings)
        frame = encode(DeltaFrame(list(deltas)))
        self._hold(Incoming(topics.DELTA_LOG.name, 0, next(self._offsets), None, frame, at_ms, {}))
        for delta in deltas:
            self._touched.add(delta.company_id)
            for change in self.ratings.apply_delta(delta):
                self._emit(topics.RATING_CHANGES, sender.rating_change(change, self.taxonomy))

    def _emit(self, topic: topics.Topic, record: Record) -> None:
        at_ms = record.timestamp_ms or 0
        headers = dict(record.headers)
        self._hold(Incoming(topic.name, 0, next(self._offsets), record.key, record.value, at_ms, headers))

    def _hold(self, record: Incoming) -> None:
        self._buffer.add(record)
        if self._buffer.records >= FLUSH_RECORDS:
            self.flush()


def _standing(snapshot: CompanySnapshot | None) -> ProgrammeStatus | None:
    if snapshot is None:
        return None
    return ProgrammeStatus(
        snapshot.status,
        snapshot.sub_state,
        snapshot.tier,
        snapshot.next_review_year,
        name_hints(snapshot.name, snapshot.names),
    )


_REFUSED: tuple[tuple[topics.Topic, bytes, str], ...] = (
    (topics.FAMILIES, b"{", "not JSON: unexpected end of data at column 2"),
    (
        topics.FAMILIES,
        orjson.dumps({"family_id": "", "version": 1}),
        "family_id: got '', expected 1 to 200 characters",
    ),
    (topics.FAMILIES, orjson.dumps({"family_id": "F"}), "version: field required"),
    (topics.ANNOUNCEMENTS, orjson.dumps({"list_id": "x"}), "kind: field required"),
    (
        topics.NAMES,
        orjson.dumps({"kind": "alias"}),
        "kind: got 'alias', expected rename, correction or english",
    ),
)


def _facts(seed: int, scale: float) -> Iterator[tuple[date, ProgrammeFact]]:
    today = date(2019, 1, 1)
    for played in programme(seed, scale):
        fact = _incomplete(played)
        today = max(today, _day_of(fact, today))
        yield today, fact
        if isinstance(fact, Review) and fact.list_id == "2025-review-js":
            yield from _oddities(fact)
    yield LAST_DAY, Day(day=LAST_DAY)


def _oddities(review: Review) -> Iterator[tuple[date, ProgrammeFact]]:
    """What real lists bring now and then: a company that nobody designated, a count that does not fit."""
    odd = review.model_copy(
        update={
            "list_id": "2025-review-odd",
            "authority": AuthorityCode.HI,
            "complete": False,
            "expected_count": 3,
            "passed": (Passed(name="海口幻影仪器有限公司"),),
        }
    )
    yield review.published_on, odd
    tagged = review.passed[0].name
    yield (
        review.published_on,
        TagRecord(
            kind="tag",
            record_id="tag-1",
            company=tagged,
            category=Category.EMERGING_ADVANTAGE,
            evidence="Its sensors are in <every> second turbine, says an annual report",
            url="https://reports.example/2025",
            author="desk-a",
            on=review.published_on,
        ),
    )
    yield (
        review.published_on,
        LinkRecord(
            kind="link",
            record_id="link-1",
            company=tagged,
            record=OutsideRecord.CHINA_DEFENCE_UNIVERSITIES_TRACKER,
            title="An entry of the tracker",
            url="https://universities.example/1",
            source=FactSource(source_class=SourceClass.SUPPLEMENTARY, publisher="An institute"),
            on=review.published_on,
        ),
    )
    for record_id, owner in (("own-1", review.passed[1].name), ("own-2", OUTSIDE_OWNER)):
        yield (
            review.published_on,
            OwnershipRecord(
                kind="ownership",
                record_id=record_id,
                company=tagged,
                role=OwnershipRole.SUBSIDIARY if record_id == "own-1" else OwnershipRole.INVESTEE,
                other=owner,
                share_percent=51 if record_id == "own-1" else 12.5,
                title="Annual report <2025>, page 88",
                url="https://exchange.example/reports/2025",
                source=FactSource(source_class=SourceClass.SUPPLEMENTARY, publisher="An exchange"),
                on=review.published_on,
            ),
        )


def _incomplete(fact: ProgrammeFact) -> ProgrammeFact:
    """The reviews of one authority stay incomplete, so that some companies are of unknown status (S-08)."""
    if isinstance(fact, Review) and fact.review_year == 2025 and fact.authority is AuthorityCode.AH:
        return fact.model_copy(update={"complete": False, "passed": fact.passed[: len(fact.passed) // 2]})
    return fact


def _day_of(fact: ProgrammeFact, today: date) -> date:
    """When a fact arrives; records without a date of their own arrive with what came before them."""
    match fact:
        case Announcement() | Review():
            return fact.published_on
        case Rename():
            return fact.effective_on
        case Day():
            return fact.day
        case _:
            return today


def _designated(fact: ProgrammeFact) -> tuple[Entry, ...]:
    return fact.entries if isinstance(fact, Announcement) and fact.kind == "designation" else ()


def _published(family: Family) -> date:
    filed_on = family.filed_on or LAST_DAY
    return min(max(filed_on + timedelta(days=PUBLICATION_DAYS), date(2019, 1, 2)), LAST_DAY)


_TOPICS: dict[type[BaseModel], topics.Topic] = {
    Announcement: topics.ANNOUNCEMENTS,
    Review: topics.REVIEWS,
    Day: topics.DAYS,
    Rename: topics.NAMES,
    Correction: topics.NAMES,
    EnglishIdentity: topics.NAMES,
    TagRecord: topics.RECORDS,
    LinkRecord: topics.RECORDS,
    OwnershipRecord: topics.RECORDS,
}


def _at_ms(day: date) -> int:
    return int(datetime.combine(day, time(8), UTC).timestamp() * 1000)
