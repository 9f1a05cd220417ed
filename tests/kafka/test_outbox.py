"""Records of many senders to one partition: in order, told where they ended, few appends."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.kafka.errors import BatchTooLargeError
from giants.kafka.log import Record
from giants.kafka.outbox import Outbox

SENDERS = st.lists(st.lists(st.integers(1, 5), max_size=4), min_size=1, max_size=6)


class Partition:
    """Takes a few records at a time, and lets others run while it does."""

    def __init__(self, at_once: int) -> None:
        self.at_once, self.taken, self.appends = at_once, list[bytes](), 0

    async def append_some(self, records: Sequence[Record]) -> tuple[int, int]:
        await asyncio.sleep(0)
        some = [record.value or b"" for record in records[: self.at_once]]
        if b"bad" in some:
            raise BatchTooLargeError("t", 0, 1)
        first = len(self.taken)
        self.taken += some
        self.appends += 1
        return first, len(some)


def record(value: bytes) -> Record:
    return Record("t", 0, None, value)


@given(SENDERS, st.integers(1, 20))
def test_each_sender_keeps_its_order_and_is_told_where_its_last_record_is(
    senders: list[list[int]], at_once: int
) -> None:
    partition = Partition(at_once)

    async def sender(outbox: Outbox, name: int, sizes: list[int]) -> None:
        for number, size in enumerate(sizes):
            values = [b"%d/%d/%d" % (name, number, place) for place in range(size)]
            end = await outbox.send([record(value) for value in values])
            assert partition.taken[end - 1] == values[-1]
            mine = [value for value in partition.taken[:end] if value.startswith(b"%d/" % name)]
            assert mine[-size:] == values

    async def all_send() -> None:
        outbox = Outbox(partition.append_some)
        await asyncio.gather(*(sender(outbox, name, sizes) for name, sizes in enumerate(senders)))
        await outbox.stop()

    asyncio.run(all_send())
    assert len(partition.taken) == sum(map(sum, senders))
    assert len(set(partition.taken)) == len(partition.taken)


def test_those_who_wait_share_one_append() -> None:
    partition = Partition(100)

    async def all_send() -> list[int]:
        outbox = Outbox(partition.append_some)
        return await asyncio.gather(*(outbox.send([record(b"%d" % number)]) for number in range(50)))

    assert asyncio.run(all_send()) == list(range(1, 51))
    assert partition.appends <= 2


def test_an_error_is_raised_where_the_records_came_from_and_others_go_on() -> None:
    partition = Partition(1)

    async def all_send() -> None:
        outbox = Outbox(partition.append_some)
        with pytest.raises(BatchTooLargeError):
            await outbox.send([record(b"bad")])
        assert await outbox.send([record(b"good")]) == 1

    asyncio.run(all_send())


def test_who_is_cancelled_while_waiting_sends_nothing() -> None:
    partition = Partition(1)

    async def all_send() -> None:
        outbox = Outbox(partition.append_some)
        first = asyncio.create_task(outbox.send([record(b"1"), record(b"2")]))
        await asyncio.sleep(0)
        second = asyncio.create_task(outbox.send([record(b"3")]))
        await asyncio.sleep(0)
        second.cancel()
        assert await first == 2
        await asyncio.gather(second, return_exceptions=True)
        assert await outbox.send([record(b"4")]) == 3

    asyncio.run(all_send())
    assert partition.taken == [b"1", b"2", b"4"]
