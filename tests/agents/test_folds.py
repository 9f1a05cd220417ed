"""The folds of the agents: what a frame leads to, and that state restores to what it was."""

from collections.abc import Mapping

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import exposure_state, messages
from agents.exposure import ExposureProcessor
from agents.portfolio import PortfolioProcessor
from agents.registry import RegistryProcessor
from giants.decoding import facts
from giants.decoding.families import family_event
from giants.decoding.frames import (
    DeltaFrame,
    FamilyFrame,
    Position,
    ProgrammeFrame,
    decode_delta_frame,
    decode_family_frame,
)
from giants.domain.events import (
    Assignments,
    Delta,
    DeltaLogEvent,
    Family,
    FamilyLogEvent,
    NewDay,
    NewProgrammeStatus,
    Origin,
    ProgrammeStatus,
)
from giants.domain.ratings import CompanyTallies
from giants.kafka import topics
from giants.kafka.log import Record, Stored
from giants.settings import Settings
from schemas.changes import CompanySnapshot, ExposureSnapshot, RatingChange, StatusChange
from schemas.facts import Day, TaxonomyVersion, Technology
from schemas.facts import Family as FamilyFact
from streams.errors import StateFormatError
from tests.agents.hostile import EXAMPLES, as_json

SETTINGS = Settings(partitions=1, topic_prefix="", epoch=3)
ORIGIN = Origin(1_700_000_000_000)
KEYS = ("=甲", "=乙", "=丙")
SYMBOLS = ("H04B10/00", "H04B10/2519", "G01S13/88", "F03D1/06")
TAXONOMY = TaxonomyVersion(
    taxonomy="ctt74",
    version=2,
    technologies=(
        Technology(id="optical", name="Optical", cpc=("H04B10/00",)),
        Technology(id="radar", name="Radar", cpc=("G01S13/00",)),
    ),
)
NEW_TAXONOMY = facts.taxonomy_event(TAXONOMY, ORIGIN)

families = st.builds(
    lambda number, version, keys, symbols, withdrawn: Family(
        f"f{number}", version, 0, tuple((key,) for key in keys), tuple(sorted(symbols)), withdrawn, ORIGIN
    ),
    st.integers(0, 4),
    st.integers(1, 5),
    st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
    st.sets(st.sampled_from(SYMBOLS)),
    st.booleans(),
)
assignments = st.builds(
    lambda companies: Assignments(companies, "rename", "r@1", ORIGIN),
    st.dictionaries(st.sampled_from(KEYS), st.none() | st.sampled_from(["c1", "c2"]), min_size=1),
)


def deltas_of(records: list[Record]) -> list[Delta]:
    frames = [decode_delta_frame(record.value or b"") for record in records]
    return [event for frame in frames for event in frame.events if isinstance(event, Delta)]


def of_topic(records: list[Record], topic: topics.Topic) -> list[Record]:
    return [record for record in records if record.topic == topic.name]


@given(st.lists(families | assignments, max_size=25))
@settings(max_examples=60, deadline=None)
def test_a_portfolio_restores_to_what_it_was_after_every_frame(events: list[FamilyLogEvent]) -> None:
    entries_now: dict[bytes, bytes] = {}
    fold = PortfolioProcessor(0, SETTINGS)
    for offset, event in enumerate(events):
        restored = PortfolioProcessor(0, SETTINGS)
        for key, value in entries_now.items():
            restored.restore(key, value)
        frame = FamilyFrame([event], "registry", Position(offset, 0))
        step, again = fold.apply(offset, frame), restored.apply(offset, frame)
        assert step == again
        entries_now.update(fold.entries(step.touched))
        assert entries_now.items() >= restored.entries(again.touched).items()


@given(st.lists(families | assignments, max_size=25), st.sampled_from([0, 2, 128]), st.data())
@settings(max_examples=120, deadline=None)
def test_exposures_restore_to_what_they_were_after_every_frame_in_whatever_order(
    events: list[FamilyLogEvent], symbols_max: int, data: st.DataObject
) -> None:
    portfolio = PortfolioProcessor(0, SETTINGS)
    outputs = [
        record
        for offset, event in enumerate(events)
        for record in portfolio.apply(offset, FamilyFrame([event])).outputs
    ]
    frames = [decode_delta_frame(record.value or b"") for record in outputs]
    frames.insert(len(frames) // 2, DeltaFrame([NEW_TAXONOMY]))
    entries_now: dict[bytes, bytes] = {}
    fold, follower = ExposureProcessor(0, SETTINGS), ExposureProcessor(0, SETTINGS)
    unread: dict[bytes, bytes] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exposure_state, "WHOLE_SYMBOLS_MAX", symbols_max)
        for offset, frame in enumerate(frames):
            restored = restored_exposures(entries_now)
            step, again = fold.apply(offset, frame), restored.apply(offset, frame)
            assert step == again
            assert list(fold.snapshots(step.touched)) == list(restored.snapshots(again.touched))
            written = fold.entries(step.touched)
            entries_now.update(written)
            unread.update(written)
            assert readable(entries_now).items() >= readable(restored.entries(again.touched)).items()
            assert counted(restored_exposures(entries_now)) == counted(fold)
            if data.draw(st.booleans()):
                # One that read before, and now the latest of each key, in whatever order they came first.
                for key in data.draw(st.permutations(sorted(unread))):
                    follower.restore(key, unread[key])
                unread.clear()
                assert counted(follower) == counted(fold)


def restored_exposures(entries_now: Mapping[bytes, bytes]) -> ExposureProcessor:
    fold = ExposureProcessor(0, SETTINGS)
    for key, value in entries_now.items():
        fold.restore(key, value)
    return fold


def readable(entries: Mapping[bytes, bytes]) -> dict[bytes, object]:
    """Entries of companies as what they say: the order of technologies in them is that in which they came."""
    return {
        key: msgspec.msgpack.decode(value) if key.startswith(b"c") else value
        for key, value in entries.items()
    }


def counted(fold: ExposureProcessor) -> dict[str, CompanyTallies]:
    return dict(fold.ratings.companies)


def counting(*symbols: str, company_id: str = "c") -> DeltaFrame:
    return DeltaFrame([Delta(company_id, "f", 1, None, symbols, "family", "f@1", ORIGIN)])


def test_a_small_portfolio_is_one_entry_and_a_large_one_an_entry_for_each_symbol_of_a_family(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exposure_state, "WHOLE_SYMBOLS_MAX", 3)
    fold = ExposureProcessor(0, SETTINGS)
    written = [
        sorted(fold.entries(fold.apply(offset, frame).touched))
        for offset, frame in enumerate(
            [counting("a", "b"), counting("a", "c"), counting("d"), counting("a"), counting("a", "e")]
        )
    ]
    assert written == [
        [b"cc"],
        [b"cc"],
        [b"cc", b"tc\0a", b"tc\0b", b"tc\0c", b"tc\0d"],
        [b"cc", b"tc\0a"],
        [b"cc", b"tc\0a", b"tc\0e"],
    ]


def test_an_entry_of_a_release_that_did_not_count_classified_families_is_refused() -> None:
    restored = ExposureProcessor(0, SETTINGS)
    with pytest.raises(StateFormatError, match="giants rebuild"):
        restored.restore(b"cc", msgspec.msgpack.encode([2, 3, [0, 0], {}, {}, {"a": 2, "b": 1}]))


def test_state_of_another_methodology_is_refused() -> None:
    fold = ExposureProcessor(0, Settings(topic_prefix="", methodology="exposure-1"))
    entries_now = fold.entries(fold.apply(0, DeltaFrame([NEW_TAXONOMY])).touched)
    restored = ExposureProcessor(0, Settings(topic_prefix="", methodology="exposure-1"))
    restore_all(restored, entries_now)
    assert restored.ratings.taxonomy is not None
    other = ExposureProcessor(0, SETTINGS)
    with pytest.raises(StateFormatError, match="exposure-1, expected methodology exposure-2"):
        restore_all(other, entries_now)


def restore_all(processor: ExposureProcessor, entries: Mapping[bytes, bytes]) -> None:
    for key, value in entries.items():
        processor.restore(key, value)


def test_tallies_of_a_company_that_is_whole_count_nothing_and_are_written_over_with_nothing() -> None:
    fold = ExposureProcessor(0, SETTINGS)
    entries_now = dict(fold.entries(fold.apply(0, counting("a", "b")).touched))
    entries_now[b"tc\0z"] = (7).to_bytes(4, "big")  # late, of a worker that was thought dead
    restored = restored_exposures(entries_now)
    assert restored.ratings.companies["c"].tallies == {"a": 1, "b": 1}
    assert restored.entries([b"tc\0z"]) == {b"tc\0z": bytes(4)}


def test_frames_of_a_source_count_once() -> None:
    fold = PortfolioProcessor(0, SETTINGS)
    event = Family("f", 1, 0, (("=甲",),), ("H04B10/00",), False, ORIGIN)
    fold.apply(
        0, FamilyFrame([Assignments({"=甲": "c"}, "rename", "r@1", ORIGIN)], "registry", Position(7, 1))
    )
    fold.apply(
        1, FamilyFrame([Assignments({"=甲": None}, "rename", "r@0", ORIGIN)], "registry", Position(7, 0))
    )
    assert [delta.company_id for delta in deltas_of(fold.apply(2, FamilyFrame([event])).outputs)] == ["c"]


def test_a_family_whose_filing_year_alone_changes_is_a_delta_with_both_years() -> None:
    fold = PortfolioProcessor(0, SETTINGS)
    fold.apply(0, FamilyFrame([Assignments({"=甲": "c", "=乙": "d"}, "rename", "r@1", ORIGIN)]))
    outputs = [
        [
            (delta.company_id, delta.before, delta.after, delta.before_year, delta.after_year)
            for delta in deltas_of(fold.apply(offset, FamilyFrame([event])).outputs)
        ]
        for offset, event in enumerate(
            (
                Family("f", 1, 0, (("=甲",),), SYMBOLS[:1], False, ORIGIN, 2019),
                Family("f", 2, 0, (("=甲",),), SYMBOLS[:1], False, ORIGIN, 2020),
                Family("f", 3, 0, (("=甲",),), SYMBOLS[:1], False, ORIGIN, 2020),
                Family("f", 4, 0, (("=乙",),), SYMBOLS[:1], False, ORIGIN, 2021),
            ),
            start=1,
        )
    ]
    symbols = SYMBOLS[:1]
    assert outputs == [
        [("c", None, symbols, 0, 2019)],
        [("c", symbols, symbols, 2019, 2020)],
        [],
        [("c", symbols, None, 2020, 0), ("d", None, symbols, 0, 2021)],
    ]


@pytest.mark.parametrize(
    ("filed_on", "year"), [(None, 0), ("1949-12-31", 0), ("1950-01-01", 1950), ("2024-02-29", 2024)]
)
def test_a_filing_year_that_cannot_be_is_unknown(filed_on: str | None, year: int) -> None:
    fact = facts.read_fact(facts.FAMILIES, as_json({"family_id": "f", "version": 1, "filed_on": filed_on}))
    assert isinstance(fact, FamilyFact)
    assert family_event(fact, ORIGIN, 0).filed_year == year


def rated() -> tuple[ExposureProcessor, list[Record]]:
    """A company with five families, two of them optical."""
    fold = ExposureProcessor(0, SETTINGS)
    events: list[DeltaLogEvent] = [
        Delta("c", f"f{number}", 1, None, (SYMBOLS[number % 4],), "family", f"f{number}@1", ORIGIN)
        for number in range(5)
    ]
    fold.apply(0, DeltaFrame([NEW_TAXONOMY]))
    step = fold.apply(1, DeltaFrame(events, "portfolio/0", Position(0, 0)))
    return fold, [*step.outputs, *fold.snapshots(step.touched)]


def test_exposures_and_rating_changes_are_what_the_contract_says() -> None:
    _, records = rated()
    changes = [
        RatingChange.model_validate_json(record.value or b"")
        for record in of_topic(records, topics.RATING_CHANGES)
    ]
    (record,) = of_topic(records, topics.EXPOSURES)
    exposure = ExposureSnapshot.model_validate_json(record.value or b"")
    assert [one.seq for one in changes if one.technology == "optical"] == list(
        range(1, 1 + len([one for one in changes if one.technology == "optical"]))
    )
    assert {one.epoch for one in changes} == {3}
    assert (exposure.families, exposure.instances) == (5, 5)
    assert {one.technology: one.matching for one in exposure.technologies} == {"optical": 3, "radar": 1}


def test_a_change_carries_cloud_events_and_its_epoch() -> None:
    _, records = rated()
    record = of_topic(records, topics.RATING_CHANGES)[0]
    headers = dict(record.headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == orjson.loads(record.value or b"")["id"].encode()
    assert headers["ce_time"] == b"2023-11-14T22:13:20.000Z"
    assert headers[messages.EPOCH_HEADER] == b"3"


def test_a_company_without_families_is_a_tombstone() -> None:
    fold, _ = rated()
    gone: list[DeltaLogEvent] = [
        Delta("c", f"f{number}", 2, (SYMBOLS[number % 4],), None, "family", f"f{number}@2", ORIGIN)
        for number in range(5)
    ]
    step = fold.apply(2, DeltaFrame(gone, "portfolio/0", Position(1, 0)))
    (record,) = fold.snapshots(step.touched)
    assert record.value is None


def stored(record: Record, value: bytes | None, epoch: int) -> Stored:
    return Stored(9, record.key, value, 5, ((messages.EPOCH_HEADER, str(epoch).encode()),))


def test_an_exposure_that_is_wrong_is_corrected_unless_a_newer_epoch_wrote_it() -> None:
    fold, records = rated()
    (right,) = of_topic(records, topics.EXPOSURES)
    assert fold.correction(right.topic, stored(right, right.value, 3)) is None
    assert fold.correction(right.topic, stored(right, b"{}", 4)) is None
    assert fold.correction(right.topic, Stored(0, b"unknown", b"{}", 5)) is None
    for found in (stored(right, b"{}", 3), stored(right, None, 2), Stored(0, right.key, None, 5)):
        correction = fold.correction(right.topic, found)
        assert correction is not None
        assert (correction.key, correction.value) == (right.key, right.value)


def programme(kind: str, document: bytes) -> ProgrammeFrame:
    return ProgrammeFrame(kind, document, ORIGIN.at_ms, replayed=False)


def test_the_registry_tells_companies_changes_and_assignments_to_every_partition() -> None:
    fold = RegistryProcessor(Settings(partitions=3, topic_prefix=""))
    frame = programme(facts.ANNOUNCEMENTS, as_json(EXAMPLES[facts.ANNOUNCEMENTS]))
    records = fold.apply(4, frame).outputs
    (snapshot,) = of_topic(records, topics.COMPANIES)
    (change,) = of_topic(records, topics.STATUS_CHANGES)
    company = CompanySnapshot.model_validate_json(snapshot.value or b"")
    assert StatusChange.model_validate_json(change.value or b"").company_id == company.company_id
    outputs = of_topic(records, topics.FAMILY_LOG)
    assert [record.partition for record in outputs] == [0, 1, 2]
    frames = [decode_family_frame(record.value or b"") for record in outputs]
    assert all(frame == frames[0] for frame in frames)
    assert (frames[0].source, frames[0].position) == ("registry", Position(4, 0))


def test_the_registry_corrects_companies_and_findings() -> None:
    fold = RegistryProcessor(SETTINGS)
    listed = {**EXAMPLES[facts.ANNOUNCEMENTS], "expected_count": 9}
    records = fold.apply(0, programme(facts.ANNOUNCEMENTS, as_json(listed))).outputs
    for topic in (topics.COMPANIES, topics.FINDINGS):
        right = of_topic(records, topic)[0]
        assert fold.correction(topic.name, stored(right, right.value, 3)) is None
        correction = fold.correction(topic.name, stored(right, b"{}", 3))
        assert correction is not None
        assert (correction.key, correction.value) == (right.key, right.value)
        assert fold.correction(topic.name, Stored(0, b"unknown", b"{}", 5)) is None


def test_the_registry_keeps_nothing() -> None:
    fold = RegistryProcessor(SETTINGS)
    day = Day.model_validate(EXAMPLES[facts.DAYS]).model_dump_json().encode()
    step = fold.apply(0, programme(facts.DAYS, day))
    assert (step.touched, fold.entries([])) == ({}, {})


def test_the_registry_tells_the_delta_log_where_companies_stand_and_every_partition_the_day() -> None:
    settings = Settings(partitions=3, topic_prefix="", epoch=3)
    fold = RegistryProcessor(settings)
    outputs = fold.apply(4, programme(facts.ANNOUNCEMENTS, as_json(EXAMPLES[facts.ANNOUNCEMENTS]))).outputs
    (snapshot,) = (record for record in outputs if record.topic == topics.COMPANIES.name)
    company = CompanySnapshot.model_validate_json(snapshot.value or b"")
    (record,) = of_topic(outputs, topics.DELTA_LOG)
    frame = decode_delta_frame(record.value or b"")
    (standing,) = frame.events
    assert (frame.source, frame.position, record.partition) == (
        "registry",
        Position(4, 0),
        snapshot.partition,
    )
    assert isinstance(standing, NewProgrammeStatus)
    assert standing.standing == ProgrammeStatus(
        company.status, company.sub_state, company.tier, company.next_review_year
    )
    days = of_topic(
        fold.apply(5, programme(facts.DAYS, as_json({"day": "2026-03-01"}))).outputs, topics.DELTA_LOG
    )
    assert [record.partition for record in days] == [0, 1, 2]
    for record in days:
        frame = decode_delta_frame(record.value or b"")
        assert frame.source is None
        assert frame.events == [NewDay("2026-03-01", 2026, ORIGIN, order=5)]


def test_the_registry_sends_no_day_that_cannot_be_and_takes_one_back_by_a_later_order() -> None:
    fold = RegistryProcessor(SETTINGS)
    sent = [
        [
            event
            for record in of_topic(
                fold.apply(offset, programme(facts.DAYS, as_json(day))).outputs, topics.DELTA_LOG
            )
            for event in decode_delta_frame(record.value or b"").events
        ]
        for offset, day in enumerate(
            (
                {"day": "2026-03-01"},
                {"day": "2044-01-01"},
                {"day": "2027-03-01"},
                {"day": "2027-03-01", "withdrawn": True},
            )
        )
    ]
    assert sent == [
        [NewDay("2026-03-01", 2026, ORIGIN, order=0)],
        [],
        [NewDay("2027-03-01", 2027, ORIGIN, order=2)],
        [NewDay("2026-03-01", 2026, ORIGIN, order=3)],
    ]


def test_what_follows_from_an_old_list_is_marked_for_the_ratings_too() -> None:
    fold = RegistryProcessor(SETTINGS)
    listed = {**EXAMPLES[facts.ANNOUNCEMENTS], "backfill": True}
    records = fold.apply(0, programme(facts.ANNOUNCEMENTS, as_json(listed))).outputs
    (change,) = of_topic(records, topics.STATUS_CHANGES)
    assert StatusChange.model_validate_json(change.value or b"").backfill
    (delta,) = of_topic(records, topics.DELTA_LOG)
    assert all(event.origin.backfill for event in decode_delta_frame(delta.value or b"").events)
    for record in of_topic(records, topics.FAMILY_LOG):
        assert all(event.origin.backfill for event in decode_family_frame(record.value or b"").events)
