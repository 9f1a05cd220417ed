"""The log on disk gives back what was appended, forgets what was cut off, and refuses what is damaged."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIG_IGN, SIGXFSZ, signal

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from giants.embedded.errors import TopicFilesError
from giants.embedded.record_log import Entry, RecordLog, placed, read_entries, without_producer

PLACE = TopicPartition("giants.families.v1", 1)


def batch(values: list[bytes], producer: int = -1) -> bytes:
    """A batch as a producer sends it: its offsets begin at 0."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1,
        base_sequence=0 if producer >= 0 else -1,
        batch_size=100_000,
    )
    for number, value in enumerate(values):
        builder.append(number, timestamp=1_700_000_000_000 + number, key=b"key", value=value, headers=[])
    return bytes(builder.build())


def entry(offset: int, *values: bytes) -> Entry:
    found = placed(PLACE, offset, batch(list(values)))
    assert found is not None
    return found


def test_what_was_appended_is_read_back_at_its_offsets(tmp_path: Path) -> None:
    file = tmp_path / "records"
    log = RecordLog(file)
    first, second = entry(0, b"a", b"b"), entry(2, b"c")
    log.append([first])
    log.append([second])
    log.close()
    assert list(read_entries(file)) == [first, second]
    assert (first.end, second.end) == (2, 3)
    read = DefaultRecordBatch(bytearray(second.data))
    assert read.validate_crc()
    assert [(one.offset, one.value) for one in read] == [(2, b"c")]


def test_two_batches_of_one_request_follow_each_other() -> None:
    both = placed(PLACE, 7, batch([b"a", b"b"]) + batch([b"c"]))
    assert both is not None
    assert both.end == 10
    assert placed(PLACE, 0, b"no batch at all" * 10) is None
    assert placed(PLACE, 0, batch([b"a"])[:-1]) is None


@pytest.mark.parametrize("cut", [1, 30, 100])
def test_an_entry_that_was_cut_off_is_removed_and_the_next_stands_in_its_place(
    tmp_path: Path, cut: int
) -> None:
    file = tmp_path / "records"
    log = RecordLog(file)
    log.append([entry(0, b"a"), entry(1, b"b" * 50)])
    log.close()
    os.truncate(file, file.stat().st_size - cut)
    assert list(read_entries(file)) == [entry(0, b"a")]
    log = RecordLog(file)
    log.append([entry(1, b"c")])
    log.close()
    assert list(read_entries(file)) == [entry(0, b"a"), entry(1, b"c")]


def test_zeros_at_the_end_are_what_a_loss_of_power_leaves(tmp_path: Path) -> None:
    file = tmp_path / "records"
    log = RecordLog(file)
    log.append([entry(0, b"a")])
    log.close()
    os.truncate(file, file.stat().st_size + 4096)
    assert list(read_entries(file)) == [entry(0, b"a")]


def test_a_byte_that_has_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "records"
    log = RecordLog(file)
    log.append([entry(0, b"a" * 100), entry(1, b"b")])
    log.close()
    damaged = bytearray(file.read_bytes())
    damaged[80] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(TopicFilesError, match="damaged at byte 0"):
        list(read_entries(file))


def test_a_write_that_does_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "records"
    log = RecordLog(file)
    log.append([entry(0, b"a")])
    size = file.stat().st_size
    with file_size_limit(size + 50), pytest.raises(OSError, match="File too large"):
        log.append([entry(1, b"b" * 10_000)])
    assert file.stat().st_size == size
    log.append([entry(1, b"c")])
    log.close()
    assert list(read_entries(file)) == [entry(0, b"a"), entry(1, b"c")]


def test_a_batch_of_a_producer_becomes_one_of_nobody() -> None:
    found = placed(PLACE, 4, batch([b"a", b"b"], producer=77))
    assert found is not None
    plain = DefaultRecordBatch(bytearray(without_producer(found.data)))
    assert plain.validate_crc()
    assert plain.producer_id == -1
    assert [(one.offset, one.value) for one in plain] == [(4, b"a"), (5, b"b")]
    assert without_producer(entry(0, b"a").data) == entry(0, b"a").data


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process may become larger."""
    before = signal(SIGXFSZ, SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        with suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal(SIGXFSZ, before)
