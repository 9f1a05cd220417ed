"""How far each source of a log was processed, so that a frame which is sent again counts once."""

from typing import Final

import msgspec

from giants.decoding.frames import Position, encode

PREFIX: Final = b"p"
_decode: Final = msgspec.msgpack.Decoder(Position).decode


class DeduplicationOffsets:
    """The last position of each source that writes to one partition of a log; part of its state."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}

    def take(self, source: str | None, position: Position | None, touched: dict[bytes, int]) -> bool:
        """Whether a frame is new; notes it in `touched`. Frames without a source have facts with versions."""
        if source is None or position is None:
            return True
        known = self._positions.get(source)
        if known is not None and position <= known:
            return False
        self._positions[source] = position
        touched[PREFIX + source.encode()] = 0
        return True

    def restore(self, key: bytes, value: bytes) -> bool:
        """Set an entry of the state; returns whether it is one of a source."""
        if key[:1] != PREFIX:
            return False
        self._positions[key[1:].decode()] = _decode(value)
        return True

    def entry(self, key: bytes) -> bytes | None:
        """The entry of a source, or None for a key of another kind."""
        return encode(self._positions[key[1:].decode()]) if key[:1] == PREFIX else None
