"""A record of a topic as the store reads it, and what every builder of rows shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from giants.store.epochs import EPOCH_MAX
from giants.store.errors import UnreadableError

EPOCH_HEADER: Final = "giants-epoch"
# ClickHouse's Date32 and DateTime64 hold these years; what lies outside is shown at the edge, and the bytes
# of the fact keep what was said.
DATE_MIN, DATE_MAX = date(1900, 1, 1), date(2299, 12, 31)
_INSTANT_MAX_MS: Final = 4_102_444_800_000 * 2
_EPOCH_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WINS_BASE: Final = 2**63


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record; `topic` is without its prefix, `at_ms` are milliseconds since 1970 UTC."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    at_ms: int
    headers: Mapping[str, bytes]

    @property
    def at(self) -> datetime:
        """When the record was written to its topic."""
        return instant(self.at_ms)

    @property
    def epoch(self) -> int:
        """Epoch that the headers name; 1 where they name none."""
        found = self.headers.get(EPOCH_HEADER, b"1")
        if not found.isdigit() or not 1 <= int(found[:20]) <= EPOCH_MAX:
            raise UnreadableError(
                f"header {EPOCH_HEADER}: got {found[:40]!r}, expected a number from 1 to {EPOCH_MAX}"
            )
        return int(found)

    @property
    def key_text(self) -> str:
        """The key as text."""
        if self.key is None:
            raise UnreadableError("got a record without a key, expected one")
        try:
            return self.key.decode()
        except UnicodeDecodeError as error:
            raise UnreadableError(f"the key is not UTF-8: {error}") from error


def instant(at_ms: int) -> datetime:
    """Milliseconds since 1970 UTC as an instant, within what the store can hold."""
    return _EPOCH_START + timedelta(milliseconds=min(max(at_ms, 0), _INSTANT_MAX_MS))


def storable_instant(at: datetime) -> datetime:
    """An instant of a message, within what the store can hold."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return instant(int((aware - _EPOCH_START) / timedelta(milliseconds=1)))


def storable_date(day: date) -> date:
    """A date of a message, within what the store can hold."""
    return min(max(day, DATE_MIN), DATE_MAX)


def storable_date_or_none(day: date | None) -> date | None:
    """The same for a date that may be missing."""
    return None if day is None else storable_date(day)


def first_wins(position: int) -> int:
    """Precedence of a row where the one with the lowest position counts."""
    return _FIRST_WINS_BASE - min(max(position, 0), _FIRST_WINS_BASE - 1)
