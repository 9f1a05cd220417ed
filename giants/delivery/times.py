"""Instants as the queue's file stores them: milliseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """Milliseconds since the epoch."""
    return (instant - _EPOCH) // _MILLISECOND


def instant(ms: int) -> datetime:
    """The instant that many milliseconds after the epoch."""
    return _EPOCH + ms * _MILLISECOND
