"""Answers about lists as lists."""

from giants.web.answers import Answer, CaveatNote
from schemas.changes import ListChange, ListSnapshot, ListSummary


class ListList(Answer):
    """A page of lists; `next` is the cursor of the next page."""

    items: tuple[ListSummary, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class ListAnswer(Answer):
    """A list and its news."""

    list: ListSnapshot
    news: tuple[ListChange, ...]
    caveats: tuple[CaveatNote, ...]
