"""Portfolio agent: families and name assignments in, deltas by company out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from giants.domain.events import Assignments, Delta, Family
from giants.domain.portfolio import FamilyRecord, Portfolio
from streams import topics
from streams.frames import DeltaFrame, Position, decode_family_frame, encode, partition_of, split
from streams.log import Headers, Log, Record
from streams.settings import Settings
from streams.stage import Stage, Step

_FAMILY: Final = b"f"
_ASSIGNMENT: Final = b"a"
_SOURCE: Final = b"p"
_decode_record: Final = msgspec.msgpack.Decoder(FamilyRecord).decode
_decode_position: Final = msgspec.msgpack.Decoder(Position).decode


def portfolio_stage(log: Log, settings: Settings) -> Stage:
    """The stage between the family log and the delta log."""
    return Stage(
        log,
        topics.FAMILY_LOG.full_name(settings),
        topics.PORTFOLIO_STATE.full_name(settings),
        lambda partition: PortfolioFold(partition, settings),
    )


class PortfolioFold:
    """One partition of the portfolio: see `giants.domain.portfolio`."""

    def __init__(self, partition: int, settings: Settings) -> None:
        self.portfolio = Portfolio()
        self._positions: dict[str, Position] = {}
        self._source: Final = f"portfolio/{partition}"
        self._topic: Final = topics.DELTA_LOG.full_name(settings)
        self._partitions: Final = topics.DELTA_LOG.partition_count(settings)
        self._headers: Final[Headers] = (("giants-epoch", str(settings.epoch).encode()),)

    def apply(self, offset: int, value: bytes) -> Step:
        """Fold a frame of families or of assignments."""
        frame = decode_family_frame(value)
        if frame.source is not None and frame.position is not None:
            known = self._positions.get(frame.source)
            if known is not None and frame.position <= known:
                return Step()
            self._positions[frame.source] = frame.position
        deltas: list[Delta] = []
        dirty: set[bytes] = set()
        for event in frame.events:
            if isinstance(event, Family):
                produced = self.portfolio.apply_family(event)
                dirty.add(_FAMILY + event.family_id.encode())
            else:
                produced = self.portfolio.apply_assignments(event)
                dirty.update(_ASSIGNMENT + key.encode() for key in event.companies)
            deltas.extend(produced)
        if frame.source is not None:
            dirty.add(_SOURCE + frame.source.encode())
        return Step(list(self._frames(offset, deltas)), self.entries(dirty))

    def restore(self, key: bytes, value: bytes) -> None:
        """Take an entry of the changelog."""
        kind, name = key[:1], key[1:].decode()
        if kind == _FAMILY:
            self.portfolio.keep_family(name, _decode_record(value))
        elif kind == _ASSIGNMENT:
            self.portfolio.assign(name, value.decode() or None)
        elif kind == _SOURCE:
            self._positions[name] = _decode_position(value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now."""
        return {key: self._entry(key[:1], key[1:].decode()) for key in sorted(keys)}

    def _entry(self, kind: bytes, name: str) -> bytes:
        if kind == _FAMILY:
            return encode(self.portfolio.families[name])
        if kind == _ASSIGNMENT:
            return self.portfolio.companies.get(name, "").encode()
        return encode(self._positions[name])

    def _frames(self, offset: int, deltas: list[Delta]) -> Iterator[Record]:
        """Pack deltas by partition of their company, numbered so that the reader knows a frame that comes twice."""
        by_partition: dict[int, list[Delta]] = {}
        for delta in deltas:
            by_partition.setdefault(partition_of(delta.company_id, self._partitions), []).append(delta)
        for partition, group in by_partition.items():
            for chunk, events in enumerate(split(group)):
                frame = DeltaFrame(list(events), self._source, Position(offset, chunk))
                yield Record(
                    self._topic, partition, None, encode(frame), events[-1].origin.at_ms, self._headers
                )
