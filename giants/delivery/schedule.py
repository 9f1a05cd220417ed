"""When an attempt is repeated, and when e-mail is sent."""

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

# 5 s, 25 s, 2 min, 10 min, 52 min, 4.3 h, then daily: ten attempts over about 3.3 days.
FIRST_RETRY_SECONDS = 5
RETRY_FACTOR = 5
RETRY_SECONDS_MAX = 24 * 3_600
ATTEMPTS_MAX = 10
# Jitter, as a part of each wait: what failed together is not retried together.
JITTER_PART = 0.2
# Immediate e-mail waits this long for further alerts, so that a list of 3,000 names is not 3,000 mails.
IMMEDIATE_WINDOW_SECONDS = 30
# What a list, a day or a taxonomy does to many companies arrives within moments: a webhook waits so long for
# all of it. Any other cause concerns few, and its first message leaves at once.
MANY_WINDOW_SECONDS = 2
# What arrives after the first message of a cause is gathered for so long.
UPDATE_WINDOW_SECONDS = 5
_CAUSES_OF_MANY = frozenset({"designation", "review", "revocation", "elevation", "day", "taxonomy"})


def retry_seconds(attempts: int, seed: str, asked_seconds: float | None = None) -> float | None:
    """Seconds until the next attempt after `attempts` failed ones; None where there is none.

    `asked_seconds` is what the receiver asked for (Retry-After): waited for where it is longer, up to
    `RETRY_SECONDS_MAX`. The jitter follows from the seed and the attempt, so that no random source is needed.
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    wait = min(FIRST_RETRY_SECONDS * int(RETRY_FACTOR ** (attempts - 1)), RETRY_SECONDS_MAX)
    digest = sha256(f"{seed}\0{attempts}".encode()).digest()
    unit = int.from_bytes(digest[:8]) / 2**64
    jittered = wait * (1 + JITTER_PART * (2 * unit - 1))
    return max(jittered, min(asked_seconds or 0, RETRY_SECONDS_MAX))


def next_digest(now: datetime, hour_utc: int) -> datetime:
    """The next time after `now` at which daily digests are sent."""
    today = datetime.combine(now.astimezone(UTC).date(), time(hour_utc, tzinfo=UTC))
    return today if now < today else today + timedelta(days=1)


def next_window(now: datetime) -> datetime:
    """The end of the window of immediate e-mail that `now` falls into."""
    window = int(now.timestamp()) // IMMEDIATE_WINDOW_SECONDS + 1
    return datetime.fromtimestamp(window * IMMEDIATE_WINDOW_SECONDS, UTC)


def message_seconds(cause_kind: str, *, is_update: bool) -> int:
    """How long a message to a webhook waits for further alerts of its cause."""
    if is_update:
        return UPDATE_WINDOW_SECONDS
    return MANY_WINDOW_SECONDS if cause_kind in _CAUSES_OF_MANY else 0
