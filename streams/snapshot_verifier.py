"""Snapshots of compacted outputs, verified and sent again where another worker wrote an older one over them.

A worker that was thought dead may still send: the snapshot that an old frame led to is then behind that of a
newer one, and a compacted topic would show it as the latest for good. No check before sending can rule that
out without fencing by the broker, which not every broker has. So the owner of an output verifies it. Where
records have other offsets than its own alone would have, it reads what is there, compares it with its state,
and sends again what differs. How far it has verified is stored with the processed offset (*checkpoint
metadata*), so that the next owner goes on from there. An owner that finds foreign writes in its changelog
goes back to the metadata found there: what it has sent since then may have been stale itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Final, Protocol, runtime_checkable

import msgspec
from aiokafka import TopicPartition

from giants.kafka.log import Log, Record, Stored

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[int]).decode


@runtime_checkable
class SnapshotOwner(Protocol):
    """A processor that alone decides about the latest values of some partitions of compacted outputs."""

    @property
    def places(self) -> Sequence[TopicPartition]:
        """The partitions, always in the same order."""

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """The record to send over the latest of its key; None where that is right, or of another owner."""


class SnapshotVerifier:
    """How far the compacted outputs of one processor are verified."""

    def __init__(self, log: Log, owner: SnapshotOwner) -> None:
        self._log, self._owner = log, owner
        self._known = dict.fromkeys(owner.places, 0)

    @property
    def known(self) -> Mapping[TopicPartition, int]:
        """For each partition the offset below which everything is verified."""
        return self._known

    def checkpoint_metadata(self) -> bytes:
        """The verified offsets, as they are stored with the processed offset."""
        return _encode(list(self._known.values()))

    def restore(self, checkpoint_metadata: bytes) -> None:
        """Go on from stored offsets; from the beginning where there are none."""
        offsets = _decode(checkpoint_metadata) if checkpoint_metadata else []
        if len(offsets) != len(self._known):
            offsets = [0] * len(self._known)
        self._known = dict(zip(self._known, offsets, strict=True))

    def sent(self, records: Iterable[Record], ends: Mapping[TopicPartition, int]) -> bool:
        """Note what was sent and the offsets after it; returns whether no other worker wrote there."""
        counts: dict[TopicPartition, int] = {}
        for record in records:
            place = (record.topic, record.partition)
            if place in self._known:
                counts[place] = counts.get(place, 0) + 1
        alone = True
        for place, count in counts.items():
            if ends[place] == self._known[place] + count:
                self._known[place] = ends[place]
            else:
                alone = False
        return alone

    async def verify(self) -> None:
        """Read what is not verified yet, and send again what differs from the state."""
        has_new_records = await self._log.has_new_records(self._known)
        for place in [place for place in self._known if place in has_new_records]:
            corrections = [
                correction
                for latest in await self._latest(place)
                if (correction := self._owner.correction(place[0], latest)) is not None
            ]
            self.sent(corrections, await self._log.send(corrections))

    async def _latest(self, place: TopicPartition) -> Iterable[Stored]:
        topic, partition = place
        latest: dict[bytes, Stored] = {}
        async with aclosing(self._log.read(topic, partition, self._known[place])) as records:
            async for stored in records:
                self._known[place] = stored.offset + 1
                latest[stored.key or b""] = stored
        return latest.values()
