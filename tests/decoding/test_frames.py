"""Frames: cut the same way every time, never too large, and read as they were written."""

from aiokafka.partitioner import murmur2 as client_murmur2
from hypothesis import given
from hypothesis import strategies as st

from giants.decoding import frames
from giants.decoding.frames import (
    ASSIGNMENTS_MAX,
    FRAME_CHARACTERS_MAX,
    FRAME_EVENTS_MAX,
    FRAME_SYMBOLS_MAX,
    DeltaFrame,
    FamilyFrame,
    Position,
    ProgrammeFrame,
    cut_assignments,
    split,
)
from giants.domain.events import Assignments, Delta, Family, NewTaxonomy, Origin
from giants.kafka.partitioner import murmur2, partition_of

ORIGIN = Origin(1, backfill=True)


def family(number: int, symbols: int = 1, characters: int = 5) -> Family:
    keys = (("=" + "x" * (characters - 1),),)
    return Family(f"f{number}", 1, 7, keys, tuple(f"H04B{one}/00" for one in range(symbols)), False, ORIGIN)


def delta(number: int, before: int, after: int) -> Delta:
    def symbols(count: int) -> tuple[str, ...]:
        return tuple(f"G01S{one}/00" for one in range(count))

    return Delta("c", f"f{number}", 1, symbols(before), symbols(after), "family", f"f{number}@1", ORIGIN)


@given(st.binary(max_size=40))
def test_keys_are_hashed_as_the_client_hashes_them(key: bytes) -> None:
    assert murmur2(key) == client_murmur2(key)


def test_java_and_python_choose_the_same_partition() -> None:
    """Values of Kafka's own default partitioner, for keys of each kind."""
    assert [partition_of(key, 1_000) for key in ("21", "foobar", "a-little-bit-long-string")] == [
        (-973932308 & 0x7FFFFFFF) % 1_000,
        (-790332482 & 0x7FFFFFFF) % 1_000,
        (-985981536 & 0x7FFFFFFF) % 1_000,
    ]


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 1_200)), max_size=40))
def test_frames_hold_everything_in_order_within_their_limits(sizes: list[tuple[int, int]]) -> None:
    events = [family(number, *size) for number, size in enumerate(sizes)]
    cut = list(split(events))
    assert [event for frame in cut for event in frame] == events
    assert list(split(events)) == cut
    for frame in cut:
        assert len(frame) == 1 or sum(len(event.symbols) for event in frame) <= FRAME_SYMBOLS_MAX


def test_frames_are_full_before_another_begins() -> None:
    assert [len(frame) for frame in split(map(family, range(2 * FRAME_EVENTS_MAX + 1)))] == [500, 500, 1]
    wide = [delta(number, FRAME_SYMBOLS_MAX // 4, FRAME_SYMBOLS_MAX // 4) for number in range(5)]
    assert [len(frame) for frame in split(wide)] == [2, 2, 1]
    long = [family(number, characters=FRAME_CHARACTERS_MAX // 2) for number in range(5)]
    assert [len(frame) for frame in split(long)] == [2, 2, 1]


def test_an_event_that_is_more_than_a_frame_has_one_of_its_own() -> None:
    events = [family(0), family(1, characters=FRAME_CHARACTERS_MAX + 1), family(2)]
    assert [len(frame) for frame in split(events)] == [1, 1, 1]


def test_assignments_are_cut_by_number_and_length() -> None:
    many = {f"={number}": "c" for number in range(ASSIGNMENTS_MAX + 1)}
    assert [len(piece) for piece in cut_assignments(many)] == [ASSIGNMENTS_MAX, 1]
    long: dict[str, str | None] = {
        f"={number}".ljust(FRAME_CHARACTERS_MAX // 2, "x"): None for number in range(5)
    }
    pieces = list(cut_assignments(long))
    assert [len(piece) for piece in pieces] == [2, 2, 1]
    assert {key: value for piece in pieces for key, value in piece.items()} == long
    assert list(cut_assignments({})) == []


def test_positions_are_ordered_by_offset_then_chunk() -> None:
    assert Position(1, 5) < Position(2, 0) < Position(2, 1)


def test_frames_are_read_as_they_were_written() -> None:
    assignments = Assignments({"=a": "c", "~b": None}, "rename", "r@1", ORIGIN)
    of_families = FamilyFrame([family(1), assignments], "registry", Position(3, 1))
    assert frames.decode_family_frame(frames.encode(of_families)) == of_families
    of_deltas = DeltaFrame([delta(1, 0, 2), NewTaxonomy("ctt74", 2, 9, b"{}", ORIGIN)])
    assert frames.decode_delta_frame(frames.encode(of_deltas)) == of_deltas
    programme = ProgrammeFrame("days", b"{}", 5, replayed=True)
    assert frames.decode_programme_frame(frames.encode(programme)) == programme
