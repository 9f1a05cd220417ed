"""One row of a list: the companies, renaming or English name that it states, or why it states none."""

import re
from collections.abc import Mapping
from dataclasses import replace

from giants.domain.names import normal_form, unread_characters
from giants.sources.base import Kind
from giants.sources.lists.headings import Meaning
from giants.sources.lists.listing import (
    Document,
    ListedCompany,
    Listing,
    NameRow,
    Problem,
    low_confidence,
)
from giants.sources.lists.name_reading import NameReading, read_name, read_names
from giants.sources.lists.sections import Sections
from giants.sources.lists.titles import Mention, gave_up, plain
from giants.sources.text import clean_cell, clean_name, parse_date
from schemas.base import TEXT_CHARACTERS_MAX

SEQ_DIGITS_MAX = 6
# Titles below the national one, in tables that list both.
_SUB_NATIONAL = re.compile("省级|市级|区级|县级|自治区级|创新型中小企业|专精特新中小企业")

Row = Mapping[Meaning, str]


class Rows:
    """Takes rows into a document."""

    def __init__(self, document: Document, sections: Sections, kind: Kind, confidence_min: float) -> None:
        self._document = document
        self._confidence_min = confidence_min
        self._sections = sections
        self._kind = kind

    def take(self, line: int, cells: Row, *, side_by_side: bool, confidence: float | None) -> None:
        """Take one row, or one block of a row, or say why it cannot be taken.

        `confidence` is that of text recognition; null for text that was printed.
        """
        try:
            if Meaning.OLD_NAME in cells and Meaning.NEW_NAME in cells:
                self._rename(line, cells, confidence)
            elif self._kind is Kind.NAMES:
                self._english(line, cells, confidence)
            else:
                self._companies(line, cells, side_by_side=side_by_side, confidence=confidence)
        except ValueError as error:
            self._reject(line, f"the name {error}")

    def _reject(self, line: int, reason: str, region: str = "", mention: Mention | None = None) -> None:
        self._document.problems.append(Problem(line, reason, mention, region))

    def _is_uncertain(self, line: int, what: str, confidence: float | None) -> bool:
        """Whether a row of names was read too badly to be taken; it is proposed then."""
        if confidence is None or confidence >= self._confidence_min:
            return False
        reason = f"proposed, not taken: {what!r} {low_confidence(confidence, self._confidence_min)}"
        self._document.problems.append(Problem(line, reason, proposed=True))
        return True

    def _rename(self, line: int, cells: Row, confidence: float | None) -> None:
        old, new = read_name(cells[Meaning.OLD_NAME]), read_name(cells[Meaning.NEW_NAME])
        if not normal_form(old.name) or not normal_form(new.name):
            self._reject(line, "lacks the old or the new name")
            return
        doubtful = next((name for name in (old, new) if name.doubt is not None), None)
        if doubtful is not None:
            reason = f"proposed, not taken: {doubtful.name!r} {doubtful.doubt}"
            self._document.problems.append(Problem(line, reason, proposed=True))
            return
        if self._is_uncertain(line, f"{old.name} → {new.name}", confidence):
            return
        day = parse_date(clean_cell(cells.get(Meaning.EFFECTIVE_ON, "")))
        self._document.names.append(NameRow(line, new.name, old=old.name, effective_on=day))

    def _english(self, line: int, cells: Row, confidence: float | None) -> None:
        name = clean_name(cells.get(Meaning.NAME, ""))
        english = clean_name(cells.get(Meaning.NAME_EN, ""))
        if not normal_form(name):
            self._reject(line, "has no company name")
        elif self._is_uncertain(line, f"{name}: {english}", confidence):
            pass
        elif english:
            self._document.names.append(NameRow(line, name, english=english))
        else:
            self._reject(line, f"{name} has no English name")

    def _companies(self, line: int, cells: Row, *, side_by_side: bool, confidence: float | None) -> None:
        if (level := _SUB_NATIONAL.search(plain(cells.get(Meaning.LEVEL, "")))) is not None:
            reason = f"is no national title: the row says {level.group()} (P-24)"
            self._document.problems.append(Problem(line, reason, is_lost=False))
            return
        own_region = clean_cell(cells.get(Meaning.REGION, "") + cells.get(Meaning.CITY, ""))
        region = own_region or self._sections.region
        try:
            mentions = self._sections.mentions_of(cells)
        except ValueError as error:
            self._reject(line, str(error), region)
            return
        try:
            readings = read_names(cells.get(Meaning.NAME, ""))
        except ValueError as error:
            self._reject(line, f"the name {error}", region, mentions[0])
            return
        if len(readings) > 1:
            self._note(line, f"the cell holds {len(readings)} names: each is taken as a company")
        if len(mentions) > 1:
            batches = " and ".join(str(mention.batch) for mention in mentions)
            self._note(line, f"the row names the batches {batches}: it is taken for each")
        if unread := {sign for reading in readings for sign in unread_characters(reading.name)}:
            signs = ", ".join(f"{sign!r} (U+{ord(sign):04X})" for sign in sorted(unread))
            self._note(line, f"the name holds {signs}, which no rule knows: kept as it is")
        companies = [
            replace(_company(line, cells, region, reading), confidence=confidence) for reading in readings
        ]
        if (seq := _number(plain(cells.get(Meaning.SEQ, "")))) is not None:
            companies[0] = replace(companies[0], seq=seq)
        is_unnumbered = Meaning.SEQ in cells and not plain(cells[Meaning.SEQ])
        for mention in mentions:
            listing = self._sections.listing(mention, line)
            listing.side_by_side |= side_by_side
            for company in companies:
                is_row = self._add(listing, company, may_continue=is_unnumbered and len(companies) == 1)
                if mention is mentions[0]:
                    self._sections.count(is_row)

    def _add(self, listing: Listing, company: ListedCompany, *, may_continue: bool) -> bool:
        """Add a company; false where its row goes on with the name above."""
        line, region = company.line, company.region
        if not normal_form(company.name):
            self._reject(line, "has no company name", region, listing.mention)
            return True
        if (
            may_continue
            and (joined := listing.continue_last(company.reading, company.confidence)) is not None
        ):
            self._note(line, f"joined to the name in line {joined}: {listing.companies[-1].name}")
            return False
        listing.has_regions |= bool(region)
        first = listing.add(company)
        if first is not None:
            reason = f"{company.name} stands in the same list already, in line {first.line}"
            is_lost = company.seq is None or company.seq != first.seq
            self._document.problems.append(Problem(line, reason, listing.mention, region, is_lost=is_lost))
        return True

    def _note(self, line: int, text: str) -> None:
        self._document.notes.append((line, text))


def _company(line: int, cells: Row, region: str, reading: NameReading) -> ListedCompany:
    remark = clean_cell(cells.get(Meaning.REASON, "") or cells.get(Meaning.RESULT, ""))
    return ListedCompany(
        line=line,
        reading=reading,
        seq=reading.number,
        region=region,
        name_en=clean_name(cells.get(Meaning.NAME_EN, "")) or None,
        uscc=plain(cells.get(Meaning.USCC, "")).upper() or None,
        remark=remark[:TEXT_CHARACTERS_MAX] or None,
        gave_up=gave_up(remark),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= SEQ_DIGITS_MAX else None
