"""What one programme fact leads to is told once: companies whose families move wait for all of them.

A list or a name record moves families in every partition of the portfolio, and their deltas come in as many
frames as there are. A company that gets the first of them is *held*: it is counted and nothing is told of it,
until every partition of the portfolio has said that it has sent all (`CauseEnd`). Facts go through each of
these partitions in the order of the programme log, so one number for each says how far it is. What other
causes do to a company that is held is told with the rest. A company waits no longer than to the next day
event, whatever happens to a partition of the portfolio.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from giants.decoding.frames import encode
from giants.domain.events import CauseEnd, CauseKind, Delta, Origin

# Companies that are told of at the end of a cause in one frame beside others: the state of each changes.
# Not final, since tests set it: compiled modules hold the value of what is final, theirs or another's.
RELEASED_PER_FRAME_MAX = 100
HELD: Final = b"h"
THROUGH: Final = b"w"
_OFFSET_BYTES: Final = 8
_SHARD_BYTES: Final = 2


class Hold(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Until when a company waits, and the cause that it is told with then.

    The cause is the last fact that moves families in all partitions. Its instant is that of the newest event
    that was held back; it is of a backfill, or replayed, only where all of them are.
    """

    part_of: int
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin


_decode: Final = msgspec.msgpack.Decoder(Hold).decode


class Holds:
    """The companies of one partition that wait; part of the state of an agent that reads the delta log."""

    def __init__(self, shards: int) -> None:
        """`shards`: how many partitions the portfolio has."""
        self._through: Final = [-1] * shards  # of each partition, the last fact of which all was sent
        self._all_through = -1
        self._held: Final[dict[str, Hold]] = {}
        self._may_be_due = False  # where not, nobody need be looked at

    def __contains__(self, company_id: object) -> bool:
        return company_id in self._held

    def note(self, delta: Delta, touched: dict[bytes, int]) -> bool:
        """Whether the company of a delta has to wait."""
        known = self._held.get(delta.company_id)
        if known is None and delta.part_of <= self._all_through:
            return False
        hold = Hold(delta.part_of, delta.cause_kind, delta.cause_ref, delta.origin)
        if known is not None:
            last = hold if hold.part_of >= known.part_of else known
            was, now = known.origin, delta.origin
            origin = Origin(
                max(was.at_ms, now.at_ms), was.backfill and now.backfill, was.replayed and now.replayed
            )
            hold = Hold(last.part_of, last.cause_kind, last.cause_ref, origin)
        self._held[delta.company_id] = hold
        touched[HELD + delta.company_id.encode()] = delta.origin.at_ms
        return True

    def end(self, event: CauseEnd, touched: dict[bytes, int]) -> None:
        """Note that a partition of the portfolio has sent all that a fact moves in it."""
        if event.shard >= len(self._through) or event.part_of <= self._through[event.shard]:
            return
        self._advance(event.shard, event.part_of, event.origin.at_ms, touched)

    def end_all(self, at_ms: int, touched: dict[bytes, int]) -> None:
        """Let nobody wait any longer, whatever the portfolio has sent."""
        newest = max((hold.part_of for hold in self._held.values()), default=-1)
        for shard, through in enumerate(self._through):
            if through < newest:
                self._advance(shard, newest, at_ms, touched)

    def release(self, touched: dict[bytes, int], *, is_bounded: bool = True) -> Iterator[tuple[str, Hold]]:
        """Take companies out that need not wait any more, in their order.

        Where it `is_bounded` as many as the state that one frame leads to may hold; the rest is released by
        the next frames.
        """
        if not self._may_be_due:
            return
        due = sorted(one for one, hold in self._held.items() if hold.part_of <= self._all_through)
        now = due[:RELEASED_PER_FRAME_MAX] if is_bounded else due
        self._may_be_due = len(now) < len(due)
        for company_id in now:
            hold = self._held.pop(company_id)
            touched[HELD + company_id.encode()] = hold.origin.at_ms
            yield company_id, hold

    def _advance(self, shard: int, part_of: int, at_ms: int, touched: dict[bytes, int]) -> None:
        self._through[shard] = part_of
        self._all_through = min(self._through)
        self._may_be_due = True
        touched[_through_key(shard)] = at_ms

    def restore(self, key: bytes, value: bytes) -> bool:
        """Set an entry of the state; returns whether it is one of these."""
        if key[:1] == HELD:
            company_id = key[1:].decode()
            self._held.pop(company_id, None)
            if value:
                self._held[company_id] = _decode(value)
                self._may_be_due = True
            return True
        if key[:1] == THROUGH:
            shard = int.from_bytes(key[1:], "big")
            if shard < len(self._through):
                self._through[shard] = int.from_bytes(value, "big", signed=True)
                self._all_through = min(self._through)
            return True
        return False

    def entries(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The present entries among some keys, in the order in which they are written.

        How far the portfolio is comes last: it says that all whom that concerns were released. An entry of a
        company that waits no more is empty.
        """
        found: dict[bytes, bytes] = {}
        for key in sorted(keys):  # HELD before THROUGH
            if key[:1] == HELD:
                hold = self._held.get(key[1:].decode())
                found[key] = b"" if hold is None else encode(hold)
            elif key[:1] == THROUGH:
                shard = int.from_bytes(key[1:], "big")
                found[key] = self._through[shard].to_bytes(_OFFSET_BYTES, "big", signed=True)
        return found


def _through_key(shard: int) -> bytes:
    return THROUGH + shard.to_bytes(_SHARD_BYTES, "big")
