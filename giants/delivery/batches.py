"""Deliveries as the queue returns them, and the outcome of an attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from giants.masking import masked_text
from schemas.codes import WebhookFormat

# A shorter path of a webhook is no secret, and may be a part of any word.
REPEATED_CHARACTERS_MIN = 6
TargetKind = Literal["webhook", "email"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert for one target. `attempts` counts those that have failed; `body` is the alert's JSON.

    `traceparent` (W3C) is the trace that led to the alert, where its fact was traced.
    """

    id: int
    alert_id: str
    target_id: int
    attempts: int
    body: bytes = field(repr=False)
    traceparent: str | None = None
    group_id: str = ""
    slot_ms: int = 0  # when it was to leave first
    watchlist_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryBatch:
    """Deliveries that are sent together: one piece of news to a webhook, up to a digest by e-mail.

    `earlier` says how many alerts of a group were sent to the target before, by group, where there are any.
    `format` is the shape of a webhook's body. The repr has neither address nor secret: the path of a webhook
    is often a secret itself.
    """

    kind: TargetKind
    address: str = field(repr=False)
    secret: str | None = field(repr=False)
    deliveries: tuple[Delivery, ...]
    earlier: Mapping[str, int] = field(default_factory=dict)
    format: WebhookFormat = WebhookFormat.STANDARD

    @property
    def shown(self) -> str:
        """The target without secrets, for logs."""
        return shown_address(self.kind, self.address)

    @property
    def watchlists(self) -> tuple[str, ...]:
        """The watchlists that the alerts are of."""
        return tuple(dict.fromkeys(one.watchlist_id for one in self.deliveries))

    def masked(self, reason: str) -> str:
        """What a receiver said, without what it repeats of the address that it was sent to."""
        path = self.address.partition("://")[2].partition("/")[2] if self.kind == "webhook" else ""
        if len(path) >= REPEATED_CHARACTERS_MIN:
            reason = reason.replace(path, "…").replace(path.partition("?")[0] or path, "…")
        return masked_text(reason)


class Result(StrEnum):
    """The result of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"  # to be tried again
    REFUSED = "refused"  # not to be tried again
    GONE = "gone"  # not to be tried again, nor anything else for this target


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt, its reason, and the pause in seconds that the receiver asked for."""

    result: Result
    reason: str = ""
    asked_seconds: float | None = None


class State(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"  # the target was removed from its watchlist


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """A delivery as an operator sees it.

    `reason` is that of the last attempt that failed. `due_at` is when a delivery that waits is tried next,
    `settled_at` is when any other ended. `can_resend` says whether it may be sent again.
    """

    delivery_id: int
    alert_id: str
    watchlist_id: str
    kind: TargetKind
    target: str
    state: State
    attempts: int
    reason: str
    due_at: datetime | None
    settled_at: datetime | None
    can_resend: bool


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries: of a state, of a watchlist, of an owner; what is empty chooses all."""

    state: State | None = None
    watchlist_id: str = ""
    owner: str = ""


def shown_address(kind: TargetKind, address: str) -> str:
    """A target without what may be secret: the host of a webhook, the domain of an e-mail address."""
    if kind == "email":
        return f"…@{address.rpartition('@')[2]}"
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or '?'}/…"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pending deliveries, by how many seconds the oldest is overdue, and targets whose receiver is gone."""

    deliveries: int
    oldest_seconds: float
    targets_disabled: int
