"""EPO Open Patent Services biblio XML and DOCDB exchange XML: one `exchange-document` a publication.

Both name the simple family (`family-id`). A family is made of the publications that one file holds: an
amendment file of DOCDB holds changed publications only, so ingest whole families (back files, or the
answers of OPS for all members).

The newest of `date-publ` and `date-of-last-exchange` dates a publication. Deleted publications
(`status="D"`) are left out; a family of which nothing else is in the file is withdrawn.

Combination sets (C-sets) name symbols that belong together. Each of their symbols is one that an office gave
to the publication, so that it counts as any other; which were combined is not kept.
"""

import io
import re
from collections.abc import Iterator

from lxml import etree

from giants.domain.publications import publication_number
from giants.sources.base import Context, Kind, Row, Source
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    docdb_family,
)
from giants.sources.families.uniting import unite
from giants.sources.files import Input

# XML of one publication; the longest with full abstracts and citations have some hundred kilobytes.
PUBLICATION_BYTES_MAX = 16_000_000

_DOCUMENT = "{*}exchange-document"
# "HUAWEI TECH CO LTD [CN]", "ACME, INC,"
_AFTER_NAME = re.compile(r"\s*\[[A-Z]{2}\]\s*$|[\s,;]+$")
_PARTS_OF_SYMBOL = ("section", "class", "subclass", "main-group", "subgroup")


class EpoXml(Source):
    """Exchange documents of the EPO."""

    name = "epo-xml"
    kinds = frozenset({Kind.FAMILIES})
    formats = "EPO OPS biblio XML or DOCDB exchange XML"

    def sniff(self, source: Input) -> bool:
        """Whether the file is XML of exchange documents."""
        return source.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and (
            b"exchange-document" in source.head or b"http://www.epo.org/exchange" in source.head
        )

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family; publications are numbered from 1."""
        return unite(_publications(source), context, source.name)


class _Bounded(io.RawIOBase):
    """The bytes of the file, bounded between one publication and the next."""

    def __init__(self, source: Input) -> None:
        self._source = source
        self.bytes_of_publication = 0

    def read(self, size: int = -1, /) -> bytes:
        chunk: bytes = self._source.stream.read(size)
        self.bytes_of_publication += len(chunk)
        if self.bytes_of_publication > PUBLICATION_BYTES_MAX:
            raise TooLargeError(self._source.name, "the XML of a publication", PUBLICATION_BYTES_MAX)
        return chunk


def _publications(source: Input) -> Iterator[Publication | Row]:
    stream = _Bounded(source)
    # Entities are not resolved and nothing is loaded: what a file refers to is none of the file.
    parser = etree.iterparse(
        stream,
        tag=_DOCUMENT,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    number = 0
    try:
        for number, (_, element) in enumerate(parser, start=1):
            yield _publication(number, element)
            stream.bytes_of_publication = 0
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise UnreadableFileError(
            f"{source.name}, after publication {number}", f"the XML is damaged: {error.msg}"
        ) from None


def _forget(element: etree._Element) -> None:
    """Free what was read: the element and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _publication(line: int, document: etree._Element) -> Publication | Row:
    number = publication_number(
        "".join(document.get(name) or "" for name in ("country", "doc-number", "kind"))
    )
    if not number:
        return Row(line, problem="an exchange-document without country, doc-number and kind")
    symbols, odd_symbols = clean_symbols(_symbols(document))
    assignees, odd_names = clean_assignees(_applicants(document))
    published = document.get("date-publ") or _date(document, "publication-reference")
    return Publication(
        line=line,
        family=docdb_family(document.get("family-id") or "", number),
        numbers=(number,),
        assignees=assignees,
        symbols=symbols,
        filed=_date(document, "application-reference"),
        dated=(published, document.get("date-of-last-exchange") or ""),
        withdrawn=document.get("status") == "D",
        left_out=odd_symbols + odd_names,
    )


def _symbols(document: etree._Element) -> Iterator[str]:
    """CPC symbols, whole (DOCDB) or in parts (OPS); other schemes, such as the American one, are left out."""
    for classification in document.iter("{*}patent-classification"):
        scheme = classification.find("{*}classification-scheme")
        if scheme is None or not (scheme.get("scheme") or "").startswith("CPC"):
            continue
        whole = classification.findtext("{*}classification-symbol")
        if whole:
            yield whole
        else:
            section, class_, subclass, group, subgroup = (
                (classification.findtext(f"{{*}}{part}") or "").strip() for part in _PARTS_OF_SYMBOL
            )
            yield f"{section}{class_}{subclass}{group}/{subgroup}"


def _applicants(document: etree._Element) -> Iterator[str]:
    """Applicants in every form that is given: as filed, standardised, in the original script."""
    for applicant in document.iter("{*}applicant"):
        for name in applicant.iter("{*}name"):
            yield _AFTER_NAME.sub("", _AFTER_NAME.sub("", name.text or ""))


def _date(document: etree._Element, reference: str) -> str:
    """The day of a reference, from whichever of its forms has one."""
    days = (date.text or "" for date in document.iterfind(f".//{{*}}{reference}//{{*}}date"))
    return next((day for day in days if day), "")
