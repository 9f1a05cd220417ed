"""From listings to announcements and reviews: one fact for each list and authority (P-12, P-13)."""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePath

from pydantic import ValidationError

from giants.domain.regions import parse_region
from giants.domain.scope import check_title
from giants.sources.base import Kind, Options, Row, Understanding, explain, kind_of
from giants.sources.errors import MissingDetailError, TooLargeError, UnreadableFileError, WrongKindError
from giants.sources.lists.contradictions import ANNOUNCED, refuse_contradictions
from giants.sources.lists.listing import ListedCompany, Listing, in_hundredths
from giants.sources.lists.names import name_rows
from giants.sources.lists.proof import Proof
from giants.sources.lists.provenance import Provenance
from giants.sources.lists.titles import ListKind, corrects_another_list
from schemas.base import LIST_ENTRIES_MAX, AuthorityCode
from schemas.facts import Announcement, AnnouncementKind, Entry, Failed, FailureReason, Passed, Rename, Review

# Batches 1 to 3 were announced as one national list, without the authorities that had nominated (P-12).
NATIONAL_BATCH_MAX = 3
# Remarks on one list that are given one by one.
NOTES_MAX = 20

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")

Groups = dict[AuthorityCode | None, list[ListedCompany]]


class _Assembly:
    """One document on its way to facts; collects the remarks on the way."""

    def __init__(self, provenance: Provenance, kind: Kind) -> None:
        self.provenance = provenance
        self.kind = kind
        self.options: Options = provenance.options
        self.notes: list[tuple[int, str]] = list(provenance.document.notes)
        self._proof = Proof(provenance)
        refuse_contradictions(provenance)

    def facts(self) -> Iterator[Row]:
        listings = [
            listing
            for listing in self.provenance.document.listings
            if listing.companies or (listing.doubtful and listing.mention.kind.is_review)
        ]
        reviews: dict[int, list[Listing]] = {}
        several = len({listing.mention.kind.is_review for listing in listings}) > 1
        for listing in listings:
            self._check(listing)
            if listing.mention.kind is ListKind.DECLINED:
                who = _counted(len(listing.companies), "company that was", "companies that were")
                text = f"{who} not put forward {'is' if len(listing.companies) == 1 else 'are'} on no list"
                self.notes.append((listing.line, text))
            elif listing.mention.kind.is_review:
                reviews.setdefault(self._review_year(listing), []).append(listing)
            else:
                yield from self._announcements(listing, several=several)
        for year, halves in reviews.items():
            yield from self._reviews(year, halves, several=several)
        self._note_breaks()
        given, signed = self.options.published_on, self.provenance.document.signed_on
        if given is not None and signed is not None and given != signed:
            self.notes.append((1, f"the document is signed on {signed}; the day given, {given}, is taken"))

    def _note_breaks(self) -> None:
        breaks = self._proof.breaks
        self.notes.extend((gap.after.line, gap.described()) for gap in breaks[:NOTES_MAX])
        if len(breaks) > NOTES_MAX:
            self.notes.append(
                (breaks[NOTES_MAX].after.line, f"{len(breaks) - NOTES_MAX} more breaks in the numbering")
            )

    def _check(self, listing: Listing) -> None:
        """Scope, size and total of a list."""
        if listing.mention.kind not in {ListKind.DECLINED, ListKind.REVIEW_FAILED}:
            refuse_out_of_scope(self.provenance.name, listing.title)
        if len(listing.companies) > LIST_ENTRIES_MAX:
            raise TooLargeError(self.provenance.name, f"the list of {listing.mention.kind}", LIST_ENTRIES_MAX)
        expected = self.options.expected_count or listing.total
        found = len(listing.companies)
        if expected is not None and found != expected and listing.mention.kind is not ListKind.REVIEW_FAILED:
            self.notes.append(
                (listing.line, f"{listing.mention.kind}: expected {expected} companies, got {found}")
            )

    def _review_year(self, listing: Listing) -> int:
        return (
            listing.mention.review_year
            or self.options.review_year
            or self.options.hints.review_year
            or self.provenance.published_on.year
        )

    def _announcements(self, listing: Listing, *, several: bool) -> Iterator[Row]:
        kind = self.options.list_kind or ANNOUNCED[listing.mention.kind]
        batch = listing.mention.batch or self.options.batch or self.options.hints.batch
        if batch is None and kind is AnnouncementKind.DESIGNATION:
            raise MissingDetailError(
                self.provenance.name, "says nowhere which batch it announces: give it (--batch)"
            )
        what = f"b{batch}" if kind is AnnouncementKind.DESIGNATION else kind.value
        national = kind is AnnouncementKind.DESIGNATION and batch is not None and batch <= NATIONAL_BATCH_MAX
        groups = {None: listing.companies} if national else self._by_authority(listing.companies)
        for authority, companies in groups.items():
            fact = Announcement(
                list_id=self.provenance.list_id(what, authority, several=several),
                revision=self.options.revision,
                kind=kind,
                batch=batch,
                stage=self.provenance.stage,
                published_on=self.provenance.published_on,
                authority=authority,
                complete=self._is_complete([listing], authority, groups),
                expected_count=self._expected(listing, groups),
                unread_rows=self._proof.unread_rows([listing], authority, is_whole=len(groups) == 1),
                source=self.provenance.source(authority, listing.title),
                entries=tuple(self._entry(company, kind) for company in companies),
            )
            yield Row(companies[0].line, fact)

    def _reviews(self, year: int, halves: list[Listing], *, several: bool) -> Iterator[Row]:
        passed: Groups = {}
        failed: Groups = {}
        for half in halves:
            groups = passed if half.mention.kind is ListKind.REVIEW_PASSED else failed
            for authority, companies in self._by_authority(half.companies).items():
                groups.setdefault(authority, []).extend(companies)
        main = next((half for half in halves if half.mention.kind is ListKind.REVIEW_PASSED), halves[0])
        authorities = {**passed, **failed}
        for authority in authorities:
            ours, theirs = passed.get(authority, []), failed.get(authority, [])
            fact = Review(
                list_id=self.provenance.list_id(f"review{year}", authority, several=several),
                revision=self.options.revision,
                review_year=year,
                stage=self.provenance.stage,
                published_on=self.provenance.published_on,
                authority=authority,
                complete=self._is_complete(halves, authority, authorities),
                expected_count=self._expected(main, authorities),
                unread_rows=self._proof.unread_rows(halves, authority, is_whole=len(authorities) == 1),
                source=self.provenance.source(authority, main.title),
                passed=tuple(Passed(name=company.name, note=_note(company)) for company in ours),
                failed=tuple(
                    Failed(name=company.name, reason=_reason(company), note=_note(company))
                    for company in theirs
                ),
            )
            yield Row(min(company.line for company in (*ours, *theirs)), fact)

    def _by_authority(self, companies: Iterable[ListedCompany]) -> Groups:
        """The companies of each authority, by the region of their row, else by that of the document."""
        groups: Groups = {}
        unknown: dict[str, ListedCompany] = {}
        for company in companies:
            own = parse_region(company.region) if company.region else None
            if own is None and company.region and self.provenance.authority is None:
                unknown.setdefault(company.region, company)
            groups.setdefault(own or self.provenance.authority, []).append(company)
        self.notes.extend(
            (company.line, f"the region {region!r} is that of no authority: taken without one")
            for region, company in list(unknown.items())[:NOTES_MAX]
        )
        return groups

    def _is_complete(
        self,
        listings: list[Listing],
        authority: AuthorityCode | None,
        groups: Collection[AuthorityCode | None],
    ) -> bool:
        """Whether a list names everybody: the options say so for this authority, and nothing denies it."""
        if not self.options.complete:
            return False
        if self.options.authority is not None:
            claimed = authority is self.options.authority
        else:
            claimed = authority is not None or set(groups) == {None}
        if not claimed:
            return False
        against = self._proof.against(listings, authority, is_whole=len(groups) == 1)
        if against is not None:
            place = f"the list of {authority}" if authority is not None else "the list"
            self.notes.append((listings[0].line, f"{place} is not marked complete: {against}"))
        return against is None

    def _expected(self, listing: Listing, groups: Iterable[AuthorityCode | None]) -> int | None:
        """The total that was announced says something of a fact only where the fact is the whole list."""
        total = self.options.expected_count or listing.total
        return total if total is not None and total <= LIST_ENTRIES_MAX and len(set(groups)) == 1 else None

    def _entry(self, company: ListedCompany, kind: AnnouncementKind) -> Entry:
        uscc = company.uscc
        if uscc is not None and not _USCC.fullmatch(uscc):
            self.notes.append(
                (company.line, f"{uscc!r} is no social credit code: {company.name} is taken without")
            )
            uscc = None
        seq = company.seq if company.seq is not None and company.seq <= LIST_ENTRIES_MAX else None
        # Remarks on a designation give no reason for anything.
        reason = company.remark if kind is not AnnouncementKind.DESIGNATION else None
        return Entry(
            seq=seq,
            name=company.name,
            name_en=company.name_en,
            uscc=uscc,
            reason=reason,
            note=_note(company),
        )


def _note(company: ListedCompany) -> str | None:
    """What stood beside the name, and how certain text recognition is of it."""
    if company.confidence is None:
        return company.reading.note
    read = f"read from a picture, confidence {in_hundredths(company.confidence)}"
    return f"{company.reading.note}; {read}" if company.reading.note else read


def _reason(company: ListedCompany) -> FailureReason | None:
    return FailureReason.NOT_APPLIED if company.gave_up else None


def refuse_out_of_scope(name: str, title: str | None) -> None:
    """Refuse a document whose title is that of another programme (P-24); raises `UnreadableFileError`.

    A document without a title is judged by its file's name. Corrections of another list are no list either.
    """
    title = title or PurePath(name).stem
    if not (verdict := check_title(title)).in_scope:
        raise UnreadableFileError(name, verdict.explanation())
    if corrects_another_list(title):
        raise UnreadableFileError(
            name,
            f"corrects another list ({title}) and is none by itself: ingest the corrected list as the next "
            "revision of that one (--list-id, --revision)",
        )


def assemble(provenance: Provenance, kind: Kind, understanding: Understanding) -> list[Row]:
    """The facts, problems and notes of a document, by line.

    Raises `MissingDetailError` where batch or day are nowhere said, and `UnreadableFileError` where the
    document is out of scope or holds nothing of the kind that is asked for.
    """
    refuse_out_of_scope(provenance.name, provenance.title)
    assembly = _Assembly(provenance, kind)
    try:
        taken = [*assembly.facts(), *name_rows(provenance)]
    except ValidationError as error:
        # Rows are checked one by one before: what is left are options, such as a batch that cannot be.
        raise UnreadableFileError(provenance.name, explain(error)) from None
    facts = [row.fact for row in taken if row.fact is not None]
    understanding.lists.extend(_described(fact) for fact in facts if isinstance(fact, Announcement | Review))
    if renames := sum(isinstance(fact, Rename) for fact in facts):
        understanding.lists.append(f"renames that the document states: {renames:,}")
    kinds = {kind_of(fact) for fact in facts}
    if kind not in kinds:
        problem = _first_problem(provenance)
        if kinds:
            raise WrongKindError(provenance.name, min(kinds), kind, problem)
        reason = f"names no company that can be read, expected {kind}{problem}"
        raise UnreadableFileError(provenance.name, reason)
    remarks = [
        Row.proposal(problem.line, problem.reason)
        if problem.proposed
        else Row(problem.line, problem=problem.reason)
        for problem in provenance.document.problems
    ]
    remarks += [Row(line, note=what) for line, what in assembly.notes]
    return sorted([*taken, *remarks], key=lambda row: row.line)


def _first_problem(provenance: Provenance) -> str:
    problems = provenance.document.problems
    return (
        f" ({len(problems)} rows were not taken; line {problems[0].line}: {problems[0].reason})"
        if problems
        else ""
    )


def _described(fact: Announcement | Review) -> str:
    place = f"{fact.authority or 'no authority'}, {fact.stage}, {fact.published_on}"
    if isinstance(fact, Review):
        what = f"review {fact.review_year}, {place}: {len(fact.passed)} passed, {len(fact.failed)} failed"
    else:
        batch = f" of batch {fact.batch}" if fact.batch is not None else ""
        what = f"{fact.kind}{batch}, {place}: {_counted(len(fact.entries), 'company', 'companies')}"
    unread = f", {_counted(fact.unread_rows, 'row', 'rows')} not read" if fact.unread_rows else ""
    return f"{what}{unread}{', complete' if fact.complete else ''}"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
