"""Publications identify: their numbers in one spelling, and who claims which (C-03).

A family that names a publication *claims* it. A publication is *shared* while several families claim it: then
they are records of one invention (`giants.domain.inventions`). Claims are spread by publication, so that each
is looked up in one place; what only one family claims, nearly all of them, goes nowhere else.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from giants.domain.events import Claims, SharedClaim

_PUNCTUATION: Final = re.compile(r"[\s/.,-]+")
_SHORT_AMERICAN: Final = re.compile(r"^US((?:19|20)\d{2})(\d{6}A\d?)$")
# An office of two letters, then letters and digits, at least four of these digits: what sources write in
# place of a number ("n/a", a row's number) identifies nothing.
_IDENTIFYING: Final = re.compile(r"[A-Z]{2}(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]+")


def publication_number(text: str) -> str:
    """A publication number without punctuation: `US 2001/0047903 A1` and `US-20010047903-A1` are one.

    Numbers of American applications have seven digits after the year; some sources leave out the first, a
    zero: `US2001047903A1` is the same.
    """
    number = text.upper() if text.isalnum() else _PUNCTUATION.sub("", text).upper()
    return _SHORT_AMERICAN.sub(r"US\g<1>0\g<2>", number) if number.startswith("US") else number


def identifying_numbers(texts: Iterable[str]) -> tuple[str, ...]:
    """The numbers among some texts that identify a publication, each once, sorted."""
    numbers = {publication_number(text) for text in texts}
    return tuple(sorted([number for number in numbers if _IDENTIFYING.fullmatch(number)]))


class ClaimBook(Protocol):
    """Who claims the publications of one partition. How claims are kept is up to who gives them."""

    def put(self, publication: str, family_id: str, version: int | None) -> int | None:
        """Set the claim of a family, None to take it away; returns the version that it was of, or None."""

    def count(self, publication: str) -> int:
        """How many families claim a publication."""

    def only(self, publication: str) -> tuple[str, int]:
        """The one family that claims a publication, with its version."""


def apply_claims(book: ClaimBook, event: Claims) -> Iterator[SharedClaim]:
    """Note what a family claims; tells the claims to shared publications that came, changed or went."""
    for publication in event.taken:
        claimed_by = book.count(publication)
        other = book.only(publication) if claimed_by == 1 else None
        known = book.put(publication, event.family_id, event.version)
        if known == event.version or (claimed_by == 1 and known is not None) or not claimed_by:
            continue
        if other is not None:
            yield _shared(publication, *other, event)
        yield _shared(publication, event.family_id, event.version, event)
    for publication in event.left:
        if book.put(publication, event.family_id, None) is None or not (remain := book.count(publication)):
            continue
        yield _shared(publication, event.family_id, None, event)
        if remain == 1:
            yield _shared(publication, book.only(publication)[0], None, event)


def _shared(publication: str, family_id: str, version: int | None, cause: Claims) -> SharedClaim:
    return SharedClaim(publication, family_id, version, cause.cause_ref, cause.origin)
