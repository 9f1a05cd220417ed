"""A rebuild says nothing again: chains go on where they were said to end (docs/decisions/0008).

A new epoch begins with `RebuildBegin`. Until `RebuildEnd` an agent computes its state from the journal and
announces nothing. Then the heads of all chains come (`ChainHeads`), and at the end what a chain says last is
compared with the state: mostly both are equal. A difference is one more link of the chain. Its cause is the
live fact that came meanwhile, or else the recalculation itself.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from agents.holds import Hold
from giants.decoding.frames import encode
from giants.domain.events import CauseKind, Origin, RebuildBegin, RebuildEnd

CAUSE: Final = b"q"
REBUILD: Final = b"r"
# In place of the instant of an entry that changed while the snapshot of its company did not.
SAME_SNAPSHOT: Final = -1

_decode_cause: Final = msgspec.msgpack.Decoder(Hold).decode


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    epoch: int
    is_running: bool


_decode: Final = msgspec.msgpack.Decoder(_Entry).decode


class QuietRebuild:
    """Whether a rebuild is under way; part of the state of an agent that reads the delta log."""

    def __init__(self) -> None:
        self._entry = _Entry(0, is_running=False)
        self._causes: Final[dict[str, Hold]] = {}

    @property
    def is_running(self) -> bool:
        """Whether nothing is announced now."""
        return self._entry.is_running

    def begin(self, event: RebuildBegin, touched: dict[bytes, int]) -> None:
        """Announce nothing from here on. An epoch begins once."""
        if event.epoch > self._entry.epoch:
            self._entry = _Entry(event.epoch, is_running=True)
            touched[REBUILD] = event.origin.at_ms

    def note(
        self, company_id: str, kind: CauseKind, ref: str, origin: Origin, touched: dict[bytes, int]
    ) -> None:
        """Keep the cause of what a live fact did to a company meanwhile."""
        if not origin.replayed:
            self._causes[company_id] = Hold(-1, kind, ref, origin)
            touched[CAUSE + company_id.encode()] = origin.at_ms

    def is_end(self, event: RebuildEnd) -> bool:
        """Whether an event ends the rebuild that is under way."""
        return self._entry == _Entry(event.epoch, is_running=True)

    def cause_of(self, company_id: str, event: RebuildEnd) -> Hold:
        """What a difference is said to be because of."""
        known = self._causes.get(company_id)
        if known is not None:
            return known
        origin = Origin(event.origin.at_ms, backfill=True)
        return Hold(-1, "recalculation", f"epoch@{event.epoch}", origin)

    def end(self, event: RebuildEnd, touched: dict[bytes, int]) -> None:
        """Announce again."""
        self._entry = _Entry(event.epoch, is_running=False)
        for company_id in self._causes:
            touched[CAUSE + company_id.encode()] = event.origin.at_ms
        self._causes.clear()
        touched[REBUILD] = event.origin.at_ms

    def restore(self, key: bytes, value: bytes) -> bool:
        """Set an entry of the state; returns whether it is one of these."""
        if key == REBUILD:
            self._entry = _decode(value)
            return True
        if key[:1] == CAUSE:
            self._causes.pop(key[1:].decode(), None)
            if value:
                self._causes[key[1:].decode()] = _decode_cause(value)
            return True
        return False

    def entries(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The present entries among some keys; that of the rebuild, which says that all was said, last."""
        found: dict[bytes, bytes] = {}
        for key in sorted(keys):  # CAUSE before REBUILD
            if key[:1] == CAUSE:
                cause = self._causes.get(key[1:].decode())
                found[key] = b"" if cause is None else encode(cause)
            elif key == REBUILD:
                found[key] = encode(self._entry)
        return found
