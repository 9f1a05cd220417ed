"""What every reader shares: kinds, options, rows, columns, and the class that an adapter is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, NamedTuple

from pydantic import BaseModel, ValidationError

from giants.decoding.facts import read_fact
from giants.errors import plain_fault
from giants.sources.files import Input
from schemas.base import AuthorityCode, SourceClass, Stage
from schemas.facts import (
    Announcement,
    AnnouncementKind,
    Correction,
    EnglishIdentity,
    Family,
    LinkRecord,
    OwnershipRecord,
    Rename,
    Review,
    TagRecord,
    TaxonomyVersion,
    Watchlist,
)

# Rows that a preview keeps, and characters that it keeps of a cell.
PREVIEW_ROWS_MAX = 5
PREVIEW_CELL_CHARACTERS_MAX = 80
# Rows of a list that a preview shows beside what they are taken for.
SEEN_ROWS_MAX = 40
# Rows and pages of a document that an HTML preview shows.
PREVIEWED_ROWS_MAX = 5_000
PREVIEWED_PAGES_MAX = 100
# Text recognition that is less certain of a row proposes it (`python -m bench.recognition`).
OCR_CONFIDENCE_MIN = 0.9
# Reasons of one row that a report names; the rest is counted.
REASONS_SHOWN_MAX = 3


class Kind(StrEnum):
    """The kinds of facts that files hold, each named as its input topic."""

    ANNOUNCEMENTS = "announcements"
    REVIEWS = "reviews"
    NAMES = "names"
    RECORDS = "records"
    FAMILIES = "families"
    TAXONOMIES = "taxonomies"
    WATCHLISTS = "watchlists"


_KIND_OF_MODEL: dict[type[BaseModel], Kind] = {
    Announcement: Kind.ANNOUNCEMENTS,
    Review: Kind.REVIEWS,
    Rename: Kind.NAMES,
    Correction: Kind.NAMES,
    EnglishIdentity: Kind.NAMES,
    TagRecord: Kind.RECORDS,
    LinkRecord: Kind.RECORDS,
    OwnershipRecord: Kind.RECORDS,
    Family: Kind.FAMILIES,
    TaxonomyVersion: Kind.TAXONOMIES,
    Watchlist: Kind.WATCHLISTS,
}


def kind_of(fact: BaseModel) -> Kind:
    """The kind, and so the topic, of a fact: one notice may hold announcements and reviews (D-03)."""
    return _KIND_OF_MODEL[type(fact)]


@dataclass(frozen=True, slots=True)
class Hints:
    """What stands outside of a document and counts only where the document and the options say nothing."""

    batch: int | None = None
    review_year: int | None = None
    authority: AuthorityCode | None = None
    stage: Stage | None = None
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What a file can't say about itself; what contradicts it is refused, except where noted.

    `batch` … `expected_count` and `url` describe lists; `list_id` replaces the one that is derived from
    the content. `published_on` wins over the document, and `authority` gives way to its columns.
    `exported_on` is the day on which a patent database was exported (see `families.versions`).
    `accept` are names of a list that are taken as they stand, though they do not read as names.
    `resume_after` is the line or record number of the last fact that was taken before. Rows of a picture
    that text recognition read with less than `ocr_confidence_min` are proposed. `with_pictures` keeps a
    picture of each page, and every row, for a preview.
    """

    batch: int | None = None
    review_year: int | None = None
    list_kind: AnnouncementKind | None = None
    stage: Stage | None = None
    authority: AuthorityCode | None = None
    published_on: date | None = None
    list_id: str | None = None
    revision: int = 1
    complete: bool = False
    expected_count: int | None = None
    source_class: SourceClass | None = None
    publisher: str | None = None
    title: str | None = None
    url: str | None = None
    encoding: str | None = None
    exported_on: date | None = None
    backfill: bool = False
    accept: tuple[str, ...] = ()
    hints: Hints = Hints()
    resume_after: int = 0
    ocr_confidence_min: float = OCR_CONFIDENCE_MIN
    with_pictures: bool = False


class Document(NamedTuple):
    """A fact in the form in which it is published: its kind, its key, and the JSON that its model writes."""

    kind: Kind
    key: str
    value: bytes


class Row:
    """One thing in a file: taken (`fact`), not taken (`problem` says why), or a remark (`note`).

    A problem with `is_proposed` holds something that a person may accept (`Options.accept`).
    A row with a fact and a note was taken in part: the note says what was left out. A reader that has a fact
    as a document already gives that, and the model is made where somebody asks for it.
    """

    __slots__ = ("_fact", "document", "is_proposed", "line", "note", "problem")

    def __init__(
        self,
        line: int,
        fact: BaseModel | None = None,
        problem: str | None = None,
        note: str | None = None,
        *,
        document: Document | None = None,
    ) -> None:
        self.line, self.problem, self.note = line, problem, note
        self.document, self._fact = document, fact
        self.is_proposed = False

    @classmethod
    def proposal(cls, line: int, problem: str) -> "Row":
        """A row that is not taken and that a person may accept."""
        row = cls(line, problem=problem)
        row.is_proposed = True
        return row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.line, self.problem, self.note))

    def __repr__(self) -> str:
        return f"Row{self._identity()}"

    def _identity(self) -> tuple[int, BaseModel | None, str | None, str | None]:
        return self.line, self.fact, self.problem, self.note

    @property
    def is_taken(self) -> bool:
        """Whether there is a fact."""
        return self.document is not None or self._fact is not None

    @property
    def fact(self) -> BaseModel | None:
        """The fact, as its model."""
        if self._fact is None and self.document is not None:
            self._fact = read_fact(self.document.kind.value, self.document.value)
        return self._fact


@dataclass(frozen=True, slots=True)
class Column:
    """One column that was found: where, under which heading, and what it is taken to mean (null: nothing)."""

    place: str
    heading: str
    meaning: str | None


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row of a list as it stands in the document, and what it is taken for.

    `page` and `box` (left, top, right, bottom as parts of the page) say where, for pages that have a picture.
    """

    line: int
    cells: tuple[str, ...]
    taken_for: str
    is_taken: bool = True
    document: str = ""
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class PagePicture:
    """The picture of a page (from 1) of a document, as JPEG."""

    document: str
    page: int
    jpeg: bytes


@dataclass(slots=True)
class Understanding:
    """What a reader understood of a file, for `--dry-run`; filled while the file is opened and read."""

    encoding: str | None = None
    columns: list[Column] = field(default_factory=list)
    first_rows: list[tuple[str, ...]] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    seen: list[SeenRow] = field(default_factory=list)
    pages: list[PagePicture] = field(default_factory=list)
    # The day of the export of a patent database, and what told it; known once the file is read.
    exported_on: date | None = None
    exported_by: str | None = None

    def keep_row(self, cells: list[str] | tuple[str, ...]) -> None:
        """Keep one of the first rows, cut to a width that a screen shows."""
        if len(self.first_rows) < PREVIEW_ROWS_MAX:
            self.first_rows.append(tuple(cell[:PREVIEW_CELL_CHARACTERS_MAX] for cell in cells))


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a file depends on beside the file, and where to note what was understood of it."""

    kind: Kind
    options: Options
    understanding: Understanding


class Source(ABC):
    """An adapter from one format to facts.

    `read` looks at the beginning of the file at once, so that a file that it cannot understand is refused
    (`UnreadableFileError`) before anything is taken; the rows come as they are asked for.
    """

    name: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]
    formats: ClassVar[str]

    @abstractmethod
    def sniff(self, source: Input) -> bool:
        """Whether the file is of this format, from its name and first bytes."""

    @abstractmethod
    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give the rows of the file; raises `UnreadableFileError`, at once or on the way."""


def explain(error: ValidationError) -> str:
    """What is wrong with a fact, in one line: where, what was expected, what was got."""
    problems = error.errors(include_url=False)
    shown = [
        _problem(problem["loc"], plain_fault(problem), problem["input"])
        for problem in problems[:REASONS_SHOWN_MAX]
    ]
    if len(problems) > len(shown):
        shown.append(f"{len(problems) - len(shown)} more")
    return "; ".join(shown)


def _problem(where: tuple[int | str, ...], expected: str, got: object) -> str:
    place = ".".join(map(str, where)) or "the record"
    shown = "" if isinstance(got, dict | list) else f", got {str(got)[:PREVIEW_CELL_CHARACTERS_MAX]!r}"
    return f"{place}: {expected}{shown}"
