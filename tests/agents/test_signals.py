"""The fold of the signals agent: what frames lead to, in messages of the contract, and that it restores."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents import messages
from agents.signals import SignalsProcessor
from giants.decoding import facts
from giants.decoding.frames import DeltaFrame, Position
from giants.domain.events import Delta, DeltaLogEvent, NewDay, NewProgrammeStatus, Origin, ProgrammeStatus
from giants.kafka import topics
from giants.kafka.log import Record, Stored
from giants.settings import Settings
from schemas.changes import SignalChange
from schemas.codes import SignalChangeKind, SignalKind
from schemas.signals import SignalsSnapshot
from tests.domain.signals.examples import OPTICAL, RADAR, SYMBOLS, TAXONOMY_VERSION, standing

SETTINGS = Settings(partitions=1, topic_prefix="", epoch=3)
AT_MS = 1_700_000_000_000
ORIGIN = Origin(AT_MS)
TAXONOMY = facts.taxonomy_event(TAXONOMY_VERSION, ORIGIN)
NEWER = facts.taxonomy_event(TAXONOMY_VERSION.model_copy(update={"version": 3}), ORIGIN)


def entered(family: str, year: int, *symbols: str, company: str = "c", origin: Origin = ORIGIN) -> Delta:
    return Delta(company, family, 1, None, symbols, "family", f"{family}@1", origin, 0, year)


def left(family: str, company: str = "c") -> Delta:
    return Delta(company, family, 2, (RADAR,), None, "family", f"{family}@2", ORIGIN)


def stands(state: ProgrammeStatus | None, company: str = "c") -> NewProgrammeStatus:
    return NewProgrammeStatus(company, state, "designation", "l@1", ORIGIN)


def day(year: int) -> NewDay:
    return NewDay(f"{year}-01-01", year, ORIGIN)


class Played:
    """A fold and what it has sent, frame by frame."""

    def __init__(self) -> None:
        self.fold = SignalsProcessor(0, SETTINGS)
        self.entries_now: dict[bytes, bytes] = {}
        self._offset = 0

    def play(self, *events: DeltaLogEvent) -> list[Record]:
        """Fold one frame; give what it sends."""
        step = self.fold.apply(self._offset, DeltaFrame(list(events)))
        self._offset += 1
        records = [*step.outputs, *self.fold.snapshots(step.touched)]
        self.entries_now.update(self.fold.entries(step.touched))
        return records


def changes(records: list[Record]) -> list[SignalChange]:
    return [
        SignalChange.model_validate_json(record.value or b"")
        for record in records
        if record.topic == topics.SIGNAL_CHANGES.name
    ]


def drifting() -> Played:
    played = Played()
    played.play(TAXONOMY)
    played.play(day(2026))
    played.play(stands(standing()))
    played.play(
        *(entered(f"f{number}", 2018, RADAR) for number in range(30)),
        *(entered(f"g{number}", 2025, OPTICAL) for number in range(10)),
    )
    return played


def test_a_year_that_was_withdrawn_ends_what_it_raised_and_stays_away_after_a_restart() -> None:
    played = drifting()
    before = played.fold.trajectories.year
    for order, year in enumerate((2028, 2026), start=7):
        played.play(NewDay(f"{year}-01-01", year, ORIGIN, order))
        assert played.fold.trajectories.year == year
    restored = SignalsProcessor(0, SETTINGS)
    for key, value in played.entries_now.items():
        restored.restore(key, value)
    again = restored.apply(99, DeltaFrame([NewDay("2028-01-01", 2028, ORIGIN, 7)]))
    assert (before, restored.trajectories.year, again.outputs) == (2026, 2026, [])


events = st.one_of(
    st.builds(
        lambda family, year, symbols, company: entered(f"f{family}", year, *sorted(symbols), company=company),
        st.integers(0, 9),
        st.sampled_from([0, 2017, 2018, 2019, 2021, 2024, 2025]),
        st.sets(st.sampled_from(SYMBOLS), max_size=2),
        st.sampled_from(["c", "d"]),
    ),
    st.builds(lambda family: left(f"f{family}"), st.integers(0, 9)),
    st.builds(
        stands,
        st.none() | st.builds(lambda year: standing(next_review_year=year), st.integers(2024, 2028)),
        st.sampled_from(["c", "d"]),
    ),
)
frames = st.lists(
    st.lists(events, min_size=1, max_size=12)
    | st.sampled_from([[TAXONOMY], [NEWER], [day(2025)], [day(2026)]]),
    max_size=14,
)


@given(frames)
@settings(max_examples=60, deadline=None)
def test_signals_restore_to_what_they_were_after_every_frame(listed: list[list[DeltaLogEvent]]) -> None:
    played = Played()
    for offset, frame in enumerate(listed):
        restored = SignalsProcessor(0, SETTINGS)
        for key, value in played.entries_now.items():
            restored.restore(key, value)
        again = restored.apply(offset, DeltaFrame(frame))
        expected = [*again.outputs, *restored.snapshots(again.touched)]
        assert played.play(*frame) == expected


@given(frames, st.data())
@settings(max_examples=40, deadline=None)
def test_a_day_or_taxonomy_that_was_written_in_parts_is_processed_again_to_the_same_end(
    listed: list[list[DeltaLogEvent]], data: st.DataObject
) -> None:
    played = Played()
    for frame in listed:
        played.play(*frame)
    before = dict(played.entries_now)
    whole = played.play(day(2027))
    wanted = {change.id: change for change in changes(whole)}
    written = [key for key, value in played.entries_now.items() if before.get(key) != value]
    cut = data.draw(st.integers(0, max(len(written) - 1, 0)))
    partly = SignalsProcessor(0, SETTINGS)
    for key, value in (before | {key: played.entries_now[key] for key in sorted(written)[:cut]}).items():
        partly.restore(key, value)
    step = partly.apply(len(listed), DeltaFrame([day(2027)]))
    assert {change.id: change for change in changes(step.outputs)}.items() <= wanted.items()
    after = before | {key: played.entries_now[key] for key in sorted(written)[:cut]}
    after.update(partly.entries(step.touched))
    assert after == played.entries_now


def test_a_signal_is_raised_and_cleared_in_a_chain_with_cloud_events() -> None:
    played = drifting()
    back = played.play(*(entered(f"h{number}", 2024, RADAR) for number in range(20)))
    again = played.play(*(left(f"h{number}") for number in range(20)))
    first, second = (changes(records) for records in (back, again))
    drifts = [one for one in (*first, *second) if one.signal is SignalKind.FOCUS_DRIFT]
    assert [(one.seq, one.kind) for one in drifts] == [
        (2, SignalChangeKind.CLEARED),
        (3, SignalChangeKind.RAISED),
    ]
    assert drifts[0].previous == drifts[1].current
    assert drifts[0].text.startswith("No longer in force. When it was raised: Of what was filed from 2024")
    assert {one.cause.ref for one in first} == {"h19@1"}
    (record,) = (one for one in back if (one.value or b"").startswith(f'{{"id":"{drifts[0].id}"'.encode()))
    headers = dict(record.headers)
    assert headers["ce_type"] == b"giants.signal-cleared.v1"
    assert headers["ce_id"] == drifts[0].id.encode()
    assert headers[messages.EPOCH_HEADER] == b"3"


def test_the_snapshot_holds_the_numbers_of_now_and_is_null_once_nothing_is_in_force() -> None:
    played = drifting()
    moved = played.play(entered("x", 2025, OPTICAL))
    (snapshot,) = (SignalsSnapshot.model_validate_json(one.value or b"") for one in moved)
    (signal,) = snapshot.signals
    evidence: Any = signal.evidence
    assert (signal.technology, evidence.window_families, evidence.families) == ("radar", 11, 41)
    (gone,) = (one for one in played.play(stands(None)) if one.topic == topics.SIGNALS.name)
    assert (gone.key, gone.value) == (b"c", None)


def test_a_frame_that_moves_no_signal_sends_nothing() -> None:
    played = Played()
    played.play(day(2026))
    assert played.play(stands(standing(next_review_year=2030))) == []
    assert played.play(entered("f1", 2025, RADAR)) == []
    assert played.play(day(2026)) == []


def test_what_is_new_among_a_backfill_is_sent() -> None:
    filled = Origin(AT_MS, backfill=True)
    families = [entered(f"f{number}", 2018, RADAR, origin=filled) for number in range(30)]
    families += [entered(f"g{number}", 2025, OPTICAL, origin=filled) for number in range(10)]
    for last, is_backfill in ((filled, True), (ORIGIN, False)):
        played = Played()
        for event in (TAXONOMY, day(2026), stands(standing())):
            played.play(event)
        outputs = changes(played.play(*families, entered("last", 2025, OPTICAL, origin=last)))
        assert [one.backfill for one in outputs] == [is_backfill]


def test_frames_of_a_source_count_once() -> None:
    fold = SignalsProcessor(0, SETTINGS)
    frame = DeltaFrame([stands(standing())], "registry", Position(4, 0))
    assert fold.apply(0, frame).touched
    assert fold.apply(1, frame).touched == {}


def test_what_a_late_worker_wrote_over_the_signals_of_a_company_is_corrected() -> None:
    played = drifting()
    (right,) = (one for one in played.play(entered("x", 2025, OPTICAL)) if one.topic == topics.SIGNALS.name)

    def stored(value: bytes | None, epoch: bytes) -> Stored:
        return Stored(9, right.key, value, AT_MS, ((messages.EPOCH_HEADER, epoch),))

    topic = topics.SIGNALS.name
    assert played.fold.correction(topic, stored(right.value, b"3")) is None
    assert played.fold.correction(topic, stored(b"{}", b"4")) is None
    assert played.fold.correction(topic, Stored(9, b"unknown", b"{}", AT_MS)) is None
    correction = played.fold.correction(topic, stored(b"{}", b"3"))
    assert correction is not None
    assert (correction.key, correction.value) == (right.key, right.value)
