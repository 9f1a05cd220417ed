"""Which adapters there are, and opening a file with the one that understands it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from giants.sources.base import Column, Context, Kind, Options, Row, Source, Understanding
from giants.sources.contract import ContractJson
from giants.sources.errors import UnknownKindError, UnreadableFileError, WrongKindError
from giants.sources.families.derwent import DerwentCsv, DerwentExcel
from giants.sources.families.epo_xml import EpoXml
from giants.sources.families.google import GoogleJson, GoogleParquet
from giants.sources.families.lens_csv import LensCsv
from giants.sources.families.lens_json import LensJson
from giants.sources.families.patentsview import PatentsView
from giants.sources.families.plain_csv import PlainCsv
from giants.sources.files import Input
from giants.sources.json_text import first_keys, starts_as_json
from giants.sources.lists.adapters import ListCsv, ListSource
from giants.sources.lists.archive import ListZip
from giants.sources.lists.excel import ListExcel
from giants.sources.lists.headings import layout_of
from giants.sources.lists.markup import ListHtml
from giants.sources.lists.ofd import ListOfd
from giants.sources.lists.old_excel import ListXls, ListXml2003
from giants.sources.lists.pdf import ListPdf
from giants.sources.lists.picture import ListPicture
from giants.sources.lists.word import ListDoc, ListDocx, ListRtf
from giants.sources.records_csv import RecordsCsv
from giants.sources.tables import first_record, shown_headings
from giants.sources.taxonomy_toml import TaxonomyToml

if TYPE_CHECKING:
    from types import TracebackType

_CONTRACT = ContractJson()


def _reader_of(source: Input, kind: Kind) -> Source:
    return adapter_of(source, kind)


# In the order in which they are asked: formats with an unmistakable mark first, bare tables last.
SOURCES: tuple[Source, ...] = (
    _CONTRACT,
    TaxonomyToml(),
    LensJson(),
    GoogleJson(),
    GoogleParquet(),
    EpoXml(),
    PatentsView(),
    DerwentExcel(),
    LensCsv(),
    DerwentCsv(),
    PlainCsv(),
    RecordsCsv(),
    ListExcel(),
    ListDocx(),
    ListOfd(),
    ListXls(),
    ListDoc(),
    ListRtf(),
    ListPdf(),
    ListPicture(),
    ListXml2003(),
    ListHtml(),
    ListZip(_reader_of),
    ListCsv(),
)
KEYS_SHOWN_MAX = 8
# Endings of programs that never write JSON.
OFFICE_SUFFIXES = frozenset({".xlsx", ".xls", ".et", ".docx", ".doc", ".wps", ".pdf", ".ofd", ".rtf", ".zip"})


class Reading:
    """The rows of one file as they are read: iterate once, then look at what was understood.

    A context manager: temporary copies go when it is closed. Iterating raises `UnreadableFileError`
    where damage shows only on the way.
    """

    def __init__(self, source: Input, adapter: Source, kind: Kind, options: Options) -> None:
        self._input = source
        self.kind = kind
        self.adapter = adapter.name
        self.formats = adapter.formats
        self.understanding = Understanding()
        self._rows = adapter.read(source, Context(kind, options, self.understanding))

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self._input.name

    @property
    def bytes_total(self) -> int | None:
        """Size on disk, or null where it is not known (standard input)."""
        return self._input.bytes_total

    @property
    def bytes_read(self) -> int:
        """Bytes of the file on disk that were read so far."""
        return self._input.progress.bytes_read

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that were found and what they are taken to mean."""
        return tuple(self.understanding.columns)

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def close(self) -> None:
        """Close the file and remove temporary copies."""
        # A generator that was not read to its end still holds its temporary files.
        close_rows = getattr(self._rows, "close", None)
        if close_rows is not None:
            close_rows()
        self._input.close()

    def __enter__(self) -> "Reading":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self.close()


def open_source(kind: str, path: Path, options: Options | None = None) -> Reading:
    """Open a file (`-`: standard input) with the adapter that understands it.

    Raises `UnknownKindError`, and `UnreadableFileError` where the file is refused whole.
    """
    try:
        wanted = Kind(kind)
    except ValueError:
        raise UnknownKindError(kind, tuple(Kind)) from None
    options = options or Options()
    source = Input(path, options.encoding)
    try:
        return Reading(source, adapter_of(source, wanted), wanted, options)
    except BaseException:
        source.close()
        raise


def adapter_of(source: Input, kind: Kind) -> Source:
    """The reader that understands a file; raises `UnreadableFileError`."""
    if not source.head and not source.is_folder:
        raise UnreadableFileError(source.name, "is empty")
    if source.suffix in OFFICE_SUFFIXES and starts_as_json(source):
        raise UnreadableFileError(
            source.name, f"holds JSON and is named {source.suffix}: rename it to .jsonl if that is right"
        )
    if _CONTRACT.sniff(source):
        return _contract(source, kind)
    own = next((one for one in SOURCES if kind in one.kinds and one.sniff(source)), None)
    # Any table may be a list: it is one only where no other reader knows it by its headings.
    if own is None or isinstance(own, ListSource | ListZip):
        other = next((one for one in SOURCES if kind not in one.kinds and _knows(one, source)), None)
        if other is not None:
            raise WrongKindError(source.name, min(other.kinds), kind)
    if own is not None:
        return own
    if source.is_folder:
        raise UnreadableFileError(source.name, f"is a folder, expected a file of {kind}; {_FOLDERS}")
    known = "; ".join(adapter.formats for adapter in SOURCES if kind in adapter.kinds)
    raise UnreadableFileError(
        source.name, f"cannot be read as {kind}{_seen(source)}; expected one of: {known}"
    )


_FOLDERS = "`giants ingest lists FOLDER` reads a folder of documents"


def _knows(adapter: Source, source: Input) -> bool:
    """Whether an adapter of another kind recognises the file by more than being a table."""
    if isinstance(adapter, ListCsv):
        return adapter.sniff(source) and layout_of(first_record(source)) is not None
    # Any workbook may be an export, and any archive may hold lists: what it holds is told when it is read.
    return not isinstance(adapter, DerwentExcel | ListZip) and adapter.sniff(source)


def _contract(source: Input, kind: Kind) -> Source:
    if _CONTRACT.holds(source, kind):
        return _CONTRACT
    raise WrongKindError(source.name, next(other for other in Kind if _CONTRACT.holds(source, other)), kind)


def _seen(source: Input) -> str:
    keys = sorted(first_keys(source))
    if not keys:
        headings = [cell for cell in map(str.strip, first_record(source)) if cell]
        return f" (its first row is {shown_headings(headings)})" if len(headings) > 1 else ""
    more = " …" if len(keys) > KEYS_SHOWN_MAX else ""
    return f" (JSON with the fields {', '.join(keys[:KEYS_SHOWN_MAX])}{more})"
