"""Answers for those who run the tracker: what became of alerts, and what is odd in the facts."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from giants.delivery.batches import State, TargetKind


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class DeliveryItem(_Answer):
    """An alert on its way to one target of its watchlist; of the target only what is no secret is shown.

    `due_at` is when a pending delivery is tried next, `settled_at` when any other came to its end.
    `reason` is that of the last attempt that failed. `can_resend` says whether it may be sent again.
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


class DeliveryList(_Answer):
    """A page of deliveries, newest first, and how many of all there are in each state."""

    items: tuple[DeliveryItem, ...]
    counts: dict[State, int]
    next: str | None


class FindingItem(_Answer):
    """Something odd in the facts: what (`code`), of what (`subject`), in words, and by which fact (`ref`)."""

    finding_id: str
    code: str
    severity: str
    subject: str
    detail: str
    ref: str
    at: datetime


class FindingList(_Answer):
    """A page of the findings in force, newest first, and how many of all there are of each code."""

    items: tuple[FindingItem, ...]
    counts: dict[str, int]
    next: str | None
