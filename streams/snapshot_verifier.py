"""Latest values of compacted outputs, put right where a zombie wrote them.

A worker that was thought dead may still send: the snapshot that an old frame led to then lands behind that of
a newer one, and a compacted topic would show it as the latest for good. No check before sending can rule that
out without fencing by the broker, which not every broker has. So an owner watches the topics in which its
fold alone has the say. Where records land at other offsets than its own would, it reads what is there,
compares it with what its fold says now, and sends again what differs. How far a topic was looked at is part
of the state, so that the next owner goes on from there. And whoever finds that another worker got further
goes back to where that one had looked: what was sent from here in the meantime may have been stale itself.
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
    """A fold that has the say over the latest values of some partitions of compacted outputs."""

    @property
    def places(self) -> Sequence[TopicPartition]:
        """The partitions, always in the same order."""

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Give the record to send over the latest of its key; None where that is right or not ours."""


class SnapshotVerifier:
    """How far the compacted outputs of one fold are known to hold what it says."""

    def __init__(self, log: Log, owner: SnapshotOwner) -> None:
        self._log, self._owner = log, owner
        self._known = dict.fromkeys(owner.places, 0)

    @property
    def known(self) -> Mapping[TopicPartition, int]:
        """Each partition with the offset below which nothing needs to be looked at any more."""
        return self._known

    def checkpoint_metadata(self) -> bytes:
        """What has to be kept in the state."""
        return _encode(list(self._known.values()))

    def restore(self, checkpoint_metadata: bytes) -> None:
        """Go on from what was kept; where nothing was, everything is looked at."""
        offsets = _decode(checkpoint_metadata) if checkpoint_metadata else []
        if len(offsets) != len(self._known):
            offsets = [0] * len(self._known)
        self._known = dict(zip(self._known, offsets, strict=True))

    def sent(self, records: Iterable[Record], ends: Mapping[TopicPartition, int]) -> bool:
        """Note what was sent and where it landed; says whether nobody else wrote there."""
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
        """Read what is not looked at yet and send again what differs from what the fold says."""
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
