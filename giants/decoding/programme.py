"""Programme facts as frames of their log: what intake sends, and a rebuild in the order of arrival."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from pydantic import BaseModel

from giants.decoding.frames import ProgrammeFrame

# Clocks differ, and a day begins earlier elsewhere.
_DAYS_AHEAD_MAX: Final = timedelta(days=1)


def programme_frame(kind: str, fact: BaseModel, at_ms: int, *, replayed: bool) -> ProgrammeFrame:
    """The frame of a fact, without defaults, so that it does not outgrow the record that it was read from."""
    return ProgrammeFrame(kind, fact.model_dump_json(exclude_defaults=True).encode(), at_ms, replayed)


def has_begun(day: date, at_ms: int, today: date) -> bool:
    """Whether a day is not later than tomorrow, by the clock of who asks and by the record it came in."""
    return day <= min(today, datetime.fromtimestamp(at_ms / 1000, UTC).date()) + _DAYS_AHEAD_MAX
