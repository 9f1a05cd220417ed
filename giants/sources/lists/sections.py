"""The headings of a document of lists, and which of them governs the rows that follow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from giants.domain.names.places import place_at
from giants.domain.regions import find_region, parse_region
from giants.domain.scope import check_title
from giants.sources.base import Kind
from giants.sources.lists.headings import COMPANY_ENDING, Meaning
from giants.sources.lists.listing import Document, Listing, Problem
from giants.sources.lists.titles import (
    ListKind,
    Mention,
    batches_of,
    mentions,
    outcome_of,
    plain,
    review_year_of,
    signed_on,
    stage_of,
    total_of,
)
from giants.sources.text import clean_cell

# Longer lines are sentences of the notice, not headings of lists.
HEADING_CHARACTERS_MAX = 120
REGION_CHARACTERS_MAX = 20

_NUMBERING = re.compile(r"^(?:[(（]?[一二三四五六七八九十\d]{1,3}[)）]?[、.．\s]|附件\s*\d*\s*[:：.、]?)\s*")
# Sentences speak of lists, and of taking titles away, without being headings of any.
_SENTENCE = re.compile(r"[。，；;!？]")
_TITLE = re.compile("企业.*(?:名单|公示|公告)|(?:名单|公示|公告).*企业")
_REGION_ENDING = re.compile(r"(?:[省市区县州盟师局厅委]|兵团|委员会)$")
_DEPARTMENT = re.compile(r"(?:厅|局|委员会|办公室)$")


@dataclass(slots=True)
class _Counted:
    """The heading of a region that says how many companies follow, and how many did."""

    line: int
    text: str
    total: int
    found: int = 0


class Sections:
    """Keeps what the title announced and what the nearest heading says."""

    def __init__(self, document: Document, kind: Kind) -> None:
        self.document = document
        self.region = ""
        self._kind = kind
        self._announced: tuple[Mention, ...] = ()
        self._section: Mention | None = None
        self._title: str | None = None
        self._counted: _Counted | None = None

    def text(self, line: int, text: str) -> None:
        """Take in a line outside of tables, or a row that is a heading."""
        text = clean_cell(text)
        document = self.document
        document.signed_on = signed_on(text) or document.signed_on
        if document.authority is None and _DEPARTMENT.search(plain(text)):
            document.authority = parse_region(text)
        if len(text) > HEADING_CHARACTERS_MAX or _SENTENCE.search(text):
            return
        found = mentions(text)
        if found:
            self._heading(line, text, found)
        elif self.document.title is None and names_another_programme(text):
            # It speaks of no list that is read here, and says so before any other heading does.
            self.document.title = text
        elif (region := region_heading(text)) is not None:
            self.close_region()
            self.region = region
            total = total_of(text)
            self._counted = _Counted(line, text, total) if total is not None else None

    def count(self, is_row: bool) -> None:
        """Count a company against the number that the heading of its region gives."""
        if self._counted is not None:
            self._counted.found += is_row

    def close_region(self) -> None:
        """Compare the number of a region's heading with the rows below it, where it gives one."""
        counted, self._counted = self._counted, None
        if counted is not None and counted.found != counted.total:
            reason = f"{counted.text}: expected {counted.total} companies, got {counted.found}"
            self.document.problems.append(Problem(counted.line, reason, region=self.region))

    def _heading(self, line: int, text: str, found: tuple[Mention, ...]) -> None:
        self.close_region()
        if self.document.title is None:
            self.document.title = text
            self._announced = found
        # Only headings count: a sentence of a final notice says 经公示 of the notice before it.
        self.document.stage = self.document.stage or stage_of(text)
        self._section = self._governing(found[0]) if len(found) == 1 else None
        self._title = text
        region = find_region(text)
        self.region = region.value if region is not None else ""
        if self.document.authority is None and not self.document.listings:
            self.document.authority = region
        total = total_of(text)
        if self._section is not None and total is not None:
            listing = self.listing(self._section, line)
            listing.total = (listing.total or 0) + total if listing.companies else total

    def _governing(self, mention: Mention) -> Mention:
        """In a document of reviews 第四批 names the cohort that was reviewed, and no new designation."""
        kinds = {announced.kind for announced in self._announced}
        reviews_only = bool(kinds) and all(kind.is_review for kind in kinds)
        if mention.kind is ListKind.DESIGNATION and (
            reviews_only or (not kinds and self._kind is Kind.REVIEWS)
        ):
            return Mention(ListKind.REVIEW_PASSED)
        if mention.kind is ListKind.DECLINED and reviews_only:
            return Mention(ListKind.REVIEW_FAILED)
        return mention

    def listing(self, mention: Mention, line: int) -> Listing:
        """The listing that rows of this kind go to; what the heading leaves open the title fills in."""
        announced = next((other for other in self._announced if other.kind is mention.kind), mention)
        batch = mention.batch if mention.batch is not None else announced.batch
        year = mention.review_year or announced.review_year
        if year is None and mention.kind.is_review:
            year = review_year_of(self.document.title or "")
        if mention.kind.is_review:
            batch = None
        return self.document.listing(
            Mention(mention.kind, batch, year), self._title or self.document.title, line
        )

    def mentions_of(self, cells: Mapping[Meaning, str]) -> tuple[Mention, ...]:
        """The lists that a row belongs to: the section's, changed by what its own columns say.

        A row with several batches ("第一批、第四批") belongs to the list of each. Raises `ValueError` where
        the batch of a row is not understood.
        """
        default = ListKind.REVIEW_PASSED if self._kind is Kind.REVIEWS else ListKind.DESIGNATION
        mention = self._section or self._only_announced() or Mention(default)
        outcome = outcome_of(cells.get(Meaning.RESULT, "")) or outcome_of(cells.get(Meaning.REASON, ""))
        if outcome in {ListKind.REVIEW_FAILED, ListKind.DECLINED}:
            if mention.kind.is_review:
                return (Mention(ListKind.REVIEW_FAILED, None, mention.review_year),)
            if mention.kind is ListKind.DESIGNATION:
                return (Mention(ListKind.DECLINED),)
        batches = () if mention.kind.is_review else batches_of(cells.get(Meaning.BATCH, ""))
        return tuple(Mention(mention.kind, batch) for batch in batches) or (mention,)

    def _only_announced(self) -> Mention | None:
        """The list that the title announces, where it is one, or one of the kind that was asked for."""
        wanted = [
            mention for mention in self._announced if mention.kind.is_review == (self._kind is Kind.REVIEWS)
        ]
        return next(iter(wanted or self._announced), None)


def names_another_programme(text: str) -> bool:
    """Whether a line is the title of a list of another programme (P-24)."""
    return _TITLE.search(text) is not None and not check_title(text).in_scope


def is_signature(text: str) -> bool:
    """Whether a line is the day or the department under a notice."""
    return signed_on(text) is not None or (
        _DEPARTMENT.search(plain(text)) is not None and parse_region(text) is not None
    )


def region_heading(text: str) -> str | None:
    """The region that a heading such as 一、杭州市（15家） names, or null."""
    region = re.sub(r"[(（].*[)）]|[:：]$", "", _NUMBERING.sub("", clean_cell(text))).strip()
    if not 2 <= len(region) <= REGION_CHARACTERS_MAX or COMPANY_ENDING.search(region):
        return None
    place = place_at(region, 0)
    # The rest of a name, cut off by a page, begins with a place too.
    is_whole = region.isascii() or _REGION_ENDING.search(region) or (place and place.base == region)
    return region if is_whole and parse_region(region) is not None else None
