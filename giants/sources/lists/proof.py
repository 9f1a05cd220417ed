"""What a list can prove: rows that were not read, numbers that are missing, counts that do not fit.

A list proves absence only while every row was read and its count is what it should be (S-07, P-13).
"""

from collections.abc import Collection
from itertools import chain

from giants.domain.regions import parse_region
from giants.sources.lists.listing import Break, Listing
from giants.sources.lists.provenance import Provenance
from giants.sources.lists.titles import ListKind, adds_to_another_list
from schemas.base import LIST_ENTRIES_MAX, AuthorityCode


class Proof:
    """What speaks against the completeness of the lists of one document."""

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance
        self._breaks = provenance.document.breaks_in_numbering()

    @property
    def breaks(self) -> list[Break]:
        """All breaks in the numbering, by line."""
        return sorted(chain.from_iterable(self._breaks.values()), key=lambda gap: gap.after.line)

    def unread_rows(
        self, listings: Collection[Listing], authority: AuthorityCode | None, *, is_whole: bool
    ) -> int:
        """Rows of these listings that may be the authority's and were rejected, only proposed, or not there.

        `is_whole` says that one fact holds all companies of the listings. A row whose region is not known
        may be any authority's. At most `LIST_ENTRIES_MAX`.
        """
        mentions = {listing.mention for listing in listings}
        unread = sum(
            problem.is_lost
            and (problem.mention is None or problem.mention in mentions)
            and (is_whole or problem.of_any_authority or self._may_be_of(problem.region, authority))
            for problem in self._provenance.document.problems
        )
        titles = {listing.title for listing in listings}
        missing = sum(
            gap.missing
            for title in titles
            for gap in self._breaks.get(title, [])
            if is_whole or self._touches(gap, authority)
        )
        return min(unread + missing, LIST_ENTRIES_MAX)

    def against(
        self, listings: Collection[Listing], authority: AuthorityCode | None, *, is_whole: bool
    ) -> str | None:
        """Why these listings prove no absence for the authority, or null where nothing speaks against it."""
        unread = self.unread_rows(listings, authority, is_whole=is_whole)
        if unread:
            return f"{unread} of its rows were not read with certainty"
        for listing in listings:
            if adds_to_another_list(listing.title or ""):
                return "it only adds to another list"
            expected = self._provenance.options.expected_count or listing.total
            found = len(listing.companies)
            if expected is None and any(
                company.confidence is not None and company.seq is None for company in listing.companies
            ):
                return "it was read from a picture, without numbers or a count that would show a missing row"
            if listing.mention.kind is not ListKind.REVIEW_FAILED and expected not in {None, found}:
                return f"expected {expected} companies, got {found}"
        return None

    def _may_be_of(self, region: str, authority: AuthorityCode | None) -> bool:
        found = (parse_region(region) if region else None) or self._provenance.authority
        return found is None or found is authority

    def _touches(self, gap: Break, authority: AuthorityCode | None) -> bool:
        rows = [gap.after] if gap.before is None else [gap.before, gap.after]
        return any(self._may_be_of(row.region, authority) for row in rows)
