"""What one programme fact leads to is told once, however its deltas come (`agents.holds`)."""

from collections.abc import Iterable, Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agents.holds
from agents.exposure import ExposureProcessor
from agents.portfolio import PortfolioProcessor
from giants.decoding import facts
from giants.decoding.frames import DeltaFrame, FamilyFrame, Position, decode_delta_frame, shard_of
from giants.domain.events import Assignments, CauseEnd, Delta, Family, NewDay, Origin
from giants.kafka import topics
from giants.kafka.log import Record
from giants.settings import Settings
from schemas.changes import ExposureSnapshot, RatingChange
from schemas.facts import TaxonomyVersion, Technology

ORIGIN = Origin(1_700_000_000_000)
LIST = Assignments({"=甲": "c1"}, "designation", "l@1", Origin(1_700_000_000_500))
SETTINGS = Settings(partitions=2, topic_prefix="", epoch=1)
FAMILIES = [Family(f"f{number}", 1, 0, (("=甲",),), ("G01S13/88",), False, ORIGIN) for number in range(60)]
_RADAR = Technology(id="radar", name="Radar", cpc=("G01S13/00",))
TAXONOMY = facts.taxonomy_event(TaxonomyVersion(taxonomy="ctt74", version=1, technologies=(_RADAR,)), ORIGIN)


def deltas_of_a_list(families_per_frame: int, *, large: bool = False) -> Iterator[list[DeltaFrame]]:
    """What each partition of the portfolio sends to that of the company, frame by frame."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("giants.decoding.frames.FRAME_EVENTS_MAX", families_per_frame)
        patch.setattr(agents.holds, "RELEASED_PER_FRAME_MAX", 0 if large else 100)
        for shard in range(2):
            fold = PortfolioProcessor(shard, SETTINGS)
            mine = [one for one in FAMILIES if shard_of(one.family_id, 2) == shard]
            assert mine
            fold.apply(0, FamilyFrame([*mine]))
            outputs = fold.apply(1, FamilyFrame([LIST], "registry", Position(7, 0))).outputs
            assert len({record.partition for record in outputs}) == 1
            yield [decode_delta_frame(record.value or b"") for record in outputs]


class Rated:
    """An exposure partition, restored from its entries after each frame."""

    def __init__(self) -> None:
        self.entries: dict[bytes, bytes] = {}
        self.records: list[Record] = []
        self.offset = 0
        self.apply(DeltaFrame([TAXONOMY]))

    def apply(self, frame: DeltaFrame) -> None:
        fold = ExposureProcessor(0, SETTINGS)
        for key, value in self.entries.items():
            fold.restore(key, value)
        self.offset += 1
        step = fold.apply(self.offset, frame)
        self.records += [*step.outputs, *fold.snapshots(step.touched)]
        self.entries.update(fold.entries(step.touched))

    @property
    def changes(self) -> list[RatingChange]:
        return [
            RatingChange.model_validate_json(one.value or b"")
            for one in self.records
            if one.topic == topics.RATING_CHANGES.name
        ]

    @property
    def snapshots(self) -> list[int]:
        """Families of each snapshot that was sent."""
        return [
            ExposureSnapshot.model_validate_json(one.value or b"").families
            for one in self.records
            if one.topic == topics.EXPOSURES.name
        ]


def interleaved(
    first: Iterable[DeltaFrame], second: Iterable[DeltaFrame], data: st.DataObject
) -> list[DeltaFrame]:
    sides = [list(first), list(second)]
    mixed = []
    while any(sides):
        mixed.append(data.draw(st.sampled_from([side for side in sides if side])).pop(0))
    return mixed


@given(st.sampled_from([5, 20, 500]), st.booleans(), st.data())
@settings(max_examples=20, deadline=None)
def test_a_list_is_one_change_whatever_the_order_and_number_of_its_frames(
    families_per_frame: int, large: bool, data: st.DataObject
) -> None:
    first, second = deltas_of_a_list(families_per_frame, large=large)
    frames = interleaved(first, second, data)
    rated = Rated()
    for frame in frames:
        rated.apply(frame)
    (change,) = rated.changes
    assert (change.families, change.cause.kind, change.cause.ref) == (60, "designation", "l@1")
    assert rated.snapshots == [60]


def test_without_the_end_of_a_cause_nothing_is_told_until_the_next_day() -> None:
    first, second = deltas_of_a_list(500)
    rated = Rated()
    rated.apply(first[0])
    assert (rated.changes, rated.snapshots) == ([], [])
    rated.apply(DeltaFrame([NewDay("2026-03-01", 2026, ORIGIN, 9)]))
    assert len(rated.changes) == len(rated.snapshots) == 1
    rated.apply(second[0])  # late, and told by itself
    assert rated.snapshots[-1] == 60


def test_an_ordinary_family_does_not_wait_unless_its_company_does() -> None:
    update = Family("own", 1, 0, (("=甲",),), ("G01S13/88",), False, ORIGIN)
    fold = PortfolioProcessor(0, SETTINGS)
    fold.portfolio.assign("=甲", "c1")
    (record,) = fold.apply(5, FamilyFrame([update])).outputs
    frame = decode_delta_frame(record.value or b"")
    rated = Rated()
    rated.apply(frame)
    assert rated.snapshots == [1]
    first, second = deltas_of_a_list(500)
    waiting = Rated()
    waiting.apply(first[0])
    waiting.apply(DeltaFrame(frame.events, "portfolio/9", Position(1, 0)))
    assert waiting.snapshots == []
    waiting.apply(second[0])
    assert waiting.snapshots == [61]
    assert len(waiting.changes) == 1


def test_an_end_releases_as_many_companies_as_one_state_holds_and_later_frames_the_rest() -> None:
    companies = [f"c{number}" for number in range(7)]
    deltas = [
        msgspec.structs.replace(one, company_id=company)
        for company in companies
        for one in next(iter(deltas_of_a_list(500)))[0].events
        if isinstance(one, Delta)
    ]
    rated = Rated()
    rated.apply(DeltaFrame([*deltas], "portfolio/0", Position(1, 0)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agents.holds, "RELEASED_PER_FRAME_MAX", 3)
        for number, expected in ((0, 0), (1, 3), (0, 6), (0, 7), (0, 7)):
            rated.apply(DeltaFrame([CauseEnd(7, number, False, ORIGIN)]))
            assert len(rated.snapshots) == expected
