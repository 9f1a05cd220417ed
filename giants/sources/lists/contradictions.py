"""Options that say otherwise than the document: a typing error must not file a list under another batch."""

from collections.abc import Iterable

from giants.domain.regions import parse_region
from giants.sources.errors import ContradictionError
from giants.sources.lists.listing import Listing
from giants.sources.lists.provenance import Provenance
from giants.sources.lists.titles import ListKind
from schemas.base import AuthorityCode
from schemas.facts import AnnouncementKind

ANNOUNCED = {
    ListKind.DESIGNATION: AnnouncementKind.DESIGNATION,
    ListKind.REVOCATION: AnnouncementKind.REVOCATION,
    ListKind.ELEVATION: AnnouncementKind.ELEVATION,
}


def refuse_contradictions(provenance: Provenance) -> None:
    """Raise `ContradictionError` where an option contradicts a heading, a column or the title.

    The day of publication is no such option: pages carry days of several kinds.
    """
    options, document = provenance.options, provenance.document
    said: list[tuple[str, object, object]] = [
        ("--stage", options.stage, document.stage),
        ("--authority", options.authority, document.authority),
    ]
    for listing in document.listings:
        if listing.companies:
            said += _said_of(listing, provenance)
    # A national list may be given with the one authority that it is complete for; it has to be in it.
    regions = _authorities_of_rows(document.listings)
    if options.authority is not None and regions and options.authority not in regions:
        named = " and ".join(sorted(regions))
        raise ContradictionError(provenance.name, "--authority", options.authority, named)
    for option, given, found in said:
        if given is not None and found is not None and given != found:
            raise ContradictionError(provenance.name, option, given, found)


def _authorities_of_rows(listings: Iterable[Listing]) -> set[AuthorityCode]:
    """Authorities that the regions of the rows name."""
    regions = {company.region for listing in listings for company in listing.companies if company.region}
    return {authority for region in regions if (authority := parse_region(region)) is not None}


def _said_of(listing: Listing, provenance: Provenance) -> list[tuple[str, object, object]]:
    options, mention = provenance.options, listing.mention
    if mention.kind.is_review:
        return [("--review-year", options.review_year, mention.review_year)]
    # A bare table is taken for a designation; only a batch makes it one.
    is_stated = mention.batch is not None or mention.kind is not ListKind.DESIGNATION
    said: list[tuple[str, object, object]] = []
    if is_stated:
        said.append(("--list-kind", options.list_kind, ANNOUNCED.get(mention.kind)))
    if mention.kind is ListKind.DESIGNATION:
        said.append(("--batch", options.batch, mention.batch))
    return said
