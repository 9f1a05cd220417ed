"""Answers for those who run the tracker: what became of alerts, and what is odd in the facts."""

from giants.delivery.batches import DeliveryItem, State
from giants.store.queries.findings import FindingItem
from giants.web.answers import Answer


class DeliveryList(Answer):
    """A page of deliveries, newest first, and how many of all there are in each state."""

    items: tuple[DeliveryItem, ...]
    counts: dict[State, int]
    next: str | None


class FindingList(Answer):
    """A page of the findings in force, newest first, and how many of all there are of each code."""

    items: tuple[FindingItem, ...]
    counts: dict[str, int]
    next: str | None
