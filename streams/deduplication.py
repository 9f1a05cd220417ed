"""How far each source of a log was taken, so that what is sent again counts once."""

from typing import Final

import msgspec

from giants.decoding.frames import Position, encode

PREFIX: Final = b"p"
_decode: Final = msgspec.msgpack.Decoder(Position).decode


class DeduplicationOffsets:
    """Positions of the sources that write to one partition of a log; part of its state."""

    def __init__(self) -> None:
        self._positions: dict[str, Position] = {}

    def take(self, source: str | None, position: Position | None, touched: dict[bytes, int]) -> bool:
        """Say whether a frame is new, and note it. Frames without a source are told apart by their facts."""
        if source is None or position is None:
            return True
        known = self._positions.get(source)
        if known is not None and position <= known:
            return False
        self._positions[source] = position
        touched[PREFIX + source.encode()] = 0
        return True

    def restore(self, key: bytes, value: bytes) -> bool:
        """Take an entry of the state; says whether it was one of a source."""
        if key[:1] != PREFIX:
            return False
        self._positions[key[1:].decode()] = _decode(value)
        return True

    def entry(self, key: bytes) -> bytes | None:
        """The entry of a source, or None for a key of another kind."""
        return encode(self._positions[key[1:].decode()]) if key[:1] == PREFIX else None
