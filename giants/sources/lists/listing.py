"""What a document of lists says: listings, each of one kind, batch and review year, and names (D-03)."""

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from operator import itemgetter

from giants.domain.names import normal_form
from giants.domain.names.forms import CORPORATE_FORMS
from giants.sources.lists.headings import COMPANY_ENDING
from giants.sources.lists.titles import Mention
from schemas.base import AuthorityCode, Stage


@dataclass(frozen=True, slots=True)
class ListedCompany:
    """One company of a list, with what its row says; `gave_up` where it did not apply for its review."""

    line: int
    name: str
    seq: int | None = None
    region: str = ""
    name_en: str | None = None
    uscc: str | None = None
    remark: str | None = None
    gave_up: bool = False


@dataclass(slots=True)
class Listing:
    """The companies of one kind, batch and review year in one document."""

    mention: Mention
    title: str | None
    line: int
    total: int | None = None
    has_regions: bool = False
    side_by_side: bool = False
    companies: list[ListedCompany] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)

    def add(self, company: ListedCompany) -> int | None:
        """Add a company; where the list has it already, give the line of the first instead."""
        key = normal_form(company.name)
        if (first := self._lines.get(key)) is not None:
            return first
        self._lines[key] = company.line
        self.companies.append(company)
        return None

    def continue_last(self, rest: str) -> bool:
        """Join what a page break cut off to the last name, where that name has no end yet."""
        if not self.companies:
            return False
        if COMPANY_ENDING.search(self.companies[-1].name) and normal_form(rest) not in CORPORATE_FORMS:
            return False
        last = self.companies.pop()
        del self._lines[normal_form(last.name)]
        self.add(replace(last, name=last.name + rest))
        return True


@dataclass(frozen=True, slots=True)
class NameRow:
    """A row of a table of renamings (`old` is a former name) or of English names (`english` is set)."""

    line: int
    name: str
    old: str | None = None
    english: str | None = None
    effective_on: date | None = None


@dataclass(slots=True)
class Document:
    """What a document says as a whole, its listings, its name rows, and its problems by line."""

    title: str | None = None
    stage: Stage | None = None
    authority: AuthorityCode | None = None
    signed_on: date | None = None
    listings: list[Listing] = field(default_factory=list)
    names: list[NameRow] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def listing(self, mention: Mention, title: str | None, line: int) -> Listing:
        """The listing of this kind, batch and year; made where there is none yet."""
        for listing in self.listings:
            if listing.mention == mention:
                return listing
        self.listings.append(Listing(mention, title, line))
        return self.listings[-1]

    def breaks_in_numbering(self) -> list[tuple[int, int, int]]:
        """Where the numbers of the rows do not follow each other: line, number before, number there.

        Rows under one heading are numbered together, whatever list each belongs to; numbering may begin
        again at 1, as each city's part of a list does.
        """
        by_heading: dict[str | None, list[Listing]] = {}
        for listing in self.listings:
            by_heading.setdefault(listing.title, []).append(listing)
        breaks: list[tuple[int, int, int]] = []
        for listings in by_heading.values():
            companies = (company for listing in listings for company in listing.companies)
            numbered = [(company.line, company.seq) for company in companies if company.seq is not None]
            side_by_side = any(listing.side_by_side for listing in listings)
            numbered.sort(key=itemgetter(1) if side_by_side else itemgetter(0))
            breaks += [
                (line, before, seq)
                for (_, before), (line, seq) in pairwise(numbered)
                if seq not in {before + 1, 1}
            ]
        return breaks
