"""What a document of lists says: listings, each of one kind, batch and review year, and names (D-03)."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from operator import attrgetter

from giants.domain.names import normal_form
from giants.domain.names.forms import CORPORATE_FORMS
from giants.sources.lists.name_reading import NameReading, ends, read_name
from giants.sources.lists.titles import Mention
from schemas.base import AuthorityCode, Stage

# Rows from which on it is told whether numbers count the rows of this list or of a larger one.
EXTRACT_ROWS_MIN = 5


@dataclass(frozen=True, slots=True)
class ListedCompany:
    """One company of a list, with what its row says; `gave_up` where it did not apply for its review.

    `confidence` (0 to 1) is that of text recognition, where the row was read from a picture.
    """

    line: int
    reading: NameReading
    seq: int | None = None
    region: str = ""
    name_en: str | None = None
    uscc: str | None = None
    remark: str | None = None
    gave_up: bool = False
    confidence: float | None = None

    @property
    def name(self) -> str:
        """The name as it was read."""
        return self.reading.name


@dataclass(slots=True)
class Listing:
    """The companies of one kind, batch and review year in one document.

    `doubtful` are rows whose name does not read as one; they are told apart once the document was read,
    since the rest of a name may stand below it.
    """

    mention: Mention
    title: str | None
    line: int
    total: int | None = None
    has_regions: bool = False
    side_by_side: bool = False
    companies: list[ListedCompany] = field(default_factory=list)
    doubtful: list[ListedCompany] = field(default_factory=list)
    _lines: dict[str, ListedCompany] = field(default_factory=dict)

    def add(self, company: ListedCompany) -> ListedCompany | None:
        """Add a company; where the list has it already, give the first instead."""
        key = normal_form(company.name)
        if (first := self._lines.get(key)) is not None:
            return first
        self._lines[key] = company
        self.companies.append(company)
        return None

    def continue_last(self, rest: NameReading, confidence: float | None) -> int | None:
        """Join what a page break cut off to the last name, where that has no end yet; the line of that row.

        A row of its own is never joined: one that the numbering counts, or, where nothing is numbered, one
        that reads as a name. Null where nothing was joined.
        """
        if not self.companies:
            return None
        last = self.companies[-1]
        is_rest = normal_form(rest.name) in CORPORATE_FORMS
        if (ends(last.name) and not is_rest) or (last.seq is None and rest.doubt is None):
            return None
        joined = read_name(last.name + rest.name)
        if joined.doubt is not None and (rest.doubt is None or last.reading.doubt is None):
            return None
        self.companies.pop()
        del self._lines[normal_form(last.name)]
        note = " ".join(filter(None, (last.reading.note, rest.note))) or None
        # What is said of a change of name stands at its end.
        reading = replace(rest, name=joined.name, note=note, doubt=joined.doubt)
        known = [one for one in (last.confidence, confidence) if one is not None]
        self.add(replace(last, reading=reading, confidence=min(known, default=None)))
        return last.line

    def divide(self, accepted: Collection[str], confidence_min: float) -> None:
        """Set rows aside that are doubtful, but for those whose normal form was accepted.

        A row is doubtful where its name does not read as one, or where text recognition is less certain of it
        than `confidence_min`.
        """
        rows, self.companies = self.companies, []
        for row in rows:
            company = _doubted(row, confidence_min)
            is_taken = company.reading.doubt is None or normal_form(company.name) in accepted
            (self.companies if is_taken else self.doubtful).append(company)


def _doubted(company: ListedCompany, confidence_min: float) -> ListedCompany:
    confidence = company.confidence
    if company.reading.doubt is not None or confidence is None or confidence >= confidence_min:
        return company
    doubt = low_confidence(confidence, confidence_min)
    return replace(company, reading=replace(company.reading, doubt=doubt))


def low_confidence(confidence: float, confidence_min: float) -> str:
    """What is said of text that recognition is not certain of."""
    return f"was read from a picture with confidence {in_hundredths(confidence)}, below {confidence_min:.2f}"


def in_hundredths(confidence: float) -> str:
    """A confidence for people, never rounded up: what is below a threshold is shown as below it."""
    return f"{int(confidence * 100) / 100:.2f}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not taken, and the list and region it belongs to, as far as they are known.

    `proposed` rows hold something that a person may accept; `is_lost` is false for a row that says again
    what another row said; `of_any_authority` is true for one that may belong to every list of the document.
    """

    line: int
    reason: str
    mention: Mention | None = None
    region: str = ""
    proposed: bool = False
    is_lost: bool = True
    of_any_authority: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """Two rows whose numbers do not follow each other; `before` is null where the first is not number 1."""

    before: ListedCompany | None
    after: ListedCompany

    @property
    def missing(self) -> int:
        """How many numbers lie between; one where the numbers go back."""
        before = self.before.seq if self.before is not None else 0
        return max((self.after.seq or 0) - (before or 0) - 1, 1)

    def described(self) -> str:
        """For a remark."""
        if self.before is None:
            return f"the first number is {self.after.seq}"
        return f"number {self.after.seq} comes after {self.before.seq}"


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
    problems: list[Problem] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def listing(self, mention: Mention, title: str | None, line: int) -> Listing:
        """The listing of this kind, batch and year; made where there is none yet."""
        for listing in self.listings:
            if listing.mention == mention:
                return listing
        self.listings.append(Listing(mention, title, line))
        return self.listings[-1]

    def divide(self, accepted: Collection[str], confidence_min: float) -> None:
        """Turn the doubtful rows of all listings into problems."""
        for listing in self.listings:
            listing.divide(accepted, confidence_min)
            self.problems += [
                Problem(
                    company.line,
                    f"proposed, not taken: {company.name!r} {company.reading.doubt}",
                    listing.mention,
                    company.region,
                    proposed=True,
                )
                for company in listing.doubtful
            ]

    def breaks_in_numbering(self) -> dict[str | None, list[Break]]:
        """Where the numbers of the rows do not follow each other, by heading.

        Rows under one heading are numbered together, whatever list each belongs to; numbering may begin
        again at 1, as each city's part of a list does. Where most rows do not follow the one before, the
        numbers are those of another list, of which this is an extract, and say nothing.
        """
        by_heading: dict[str | None, list[Listing]] = {}
        for listing in self.listings:
            by_heading.setdefault(listing.title, []).append(listing)
        return {title: _breaks(listings) for title, listings in by_heading.items()}


def _breaks(listings: list[Listing]) -> list[Break]:
    # A row that names two batches stands in two listings.
    by_place = {
        (company.line, company.seq): company
        for listing in listings
        for company in (*listing.companies, *listing.doubtful)
        if company.seq is not None
    }
    side_by_side = any(listing.side_by_side for listing in listings)
    numbered = sorted(by_place.values(), key=attrgetter("seq" if side_by_side else "line"))
    if not numbered:
        return []
    first = [Break(None, numbered[0])] if numbered[0].seq not in {0, 1} else []
    breaks = [
        Break(before, after)
        for before, after in pairwise(numbered)
        if after.seq not in {(before.seq or 0) + 1, 1}
    ]
    if len(numbered) > EXTRACT_ROWS_MIN and len(breaks) * 2 > len(numbered):
        return []
    return first + breaks
