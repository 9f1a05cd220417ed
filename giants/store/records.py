"""A record of a topic as the store reads it, and conversions that all builders of rows share."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

import msgspec
from pydantic import BaseModel, ValidationError

from giants.store.decoders import decoder_of
from giants.store.epochs import EPOCH_MAX
from giants.store.errors import UnreadableError

EPOCH_HEADER: Final = "giants-epoch"
# The range of Date32 and DateTime64; a value outside is cut to it. The fact is stored unchanged.
DATE_MIN, DATE_MAX = date(1900, 1, 1), date(2299, 12, 31)
_INSTANT_MAX_MS: Final = 4_102_444_800_000 * 2
# Records of one batch share their instant.
_INSTANTS_CACHED: Final = 4_096
INSTANT_MIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WINS_BASE: Final = 2**63
_NO_HEADERS: Final[Mapping[str, bytes]] = MappingProxyType({})

M = TypeVar("M", bound=BaseModel)


class Incoming(msgspec.Struct, frozen=True, gc=False):
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


def received(topic: str, record: Any) -> Incoming:
    """A record of the consumer; `topic` is without its prefix."""
    headers = {name: value or b"" for name, value in record.headers} if record.headers else _NO_HEADERS
    return Incoming(
        topic, record.partition, record.offset, record.key, record.value, record.timestamp, headers
    )


@lru_cache(maxsize=_INSTANTS_CACHED)
def instant(at_ms: int) -> datetime:
    """Milliseconds since 1970 UTC as an instant, within what the store can hold."""
    return INSTANT_MIN + timedelta(milliseconds=min(max(at_ms, 0), _INSTANT_MAX_MS))


def storable_instant(at: datetime) -> datetime:
    """An instant of a message, within what the store can hold."""
    if at.tzinfo is UTC and 1970 <= at.year < 2200:
        below = at.microsecond % 1000
        return at.replace(microsecond=at.microsecond - below) if below else at
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return instant(int((aware - INSTANT_MIN) / timedelta(milliseconds=1)))


def storable_date(day: date) -> date:
    """A date of a message, within what the store can hold."""
    return min(max(day, DATE_MIN), DATE_MAX)


def first_wins(position: int) -> int:
    """Precedence of a row where the one with the lowest position counts."""
    return _FIRST_WINS_BASE - min(max(position, 0), _FIRST_WINS_BASE - 1)


def value_of(record: Incoming) -> bytes:
    """The value of a record that has to have one. Raises `UnreadableError`."""
    if record.value is None:
        raise UnreadableError("got a record without a value, expected one")
    return record.value


def parsed(model: type[M], value: bytes) -> M:
    """A message as its model, or as the compiled struct of it. Raises `UnreadableError`."""
    decoder = _decoder(model)
    if decoder is not None:
        try:
            return cast("M", decoder.decode(value))
        except (msgspec.MsgspecError, UnicodeError):
            pass  # the model accepts more, and says what is wrong
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        raise UnreadableError(f"not a {model.__name__}: {error}") from error


@cache
def _decoder(model: type[BaseModel]) -> "msgspec.json.Decoder[msgspec.Struct] | None":
    struct = decoder_of(model)
    return None if struct is None else msgspec.json.Decoder(struct)


def checked_epoch(epoch: int) -> int:
    """The epoch of a message, within what the store can hold. Raises `UnreadableError`."""
    if not 1 <= epoch <= EPOCH_MAX:
        raise UnreadableError(f"got epoch {epoch}, expected a number from 1 to {EPOCH_MAX}")
    return epoch
