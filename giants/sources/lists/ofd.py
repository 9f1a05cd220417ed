"""Notices as OFD (GB/T 33190), the fixed-layout format of Chinese authorities: text and rules by place."""

import io
import posixpath
from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from giants.sources.base import Context
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.files import Input, open_zip, zip_member
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import Cells, Items, Text
from giants.sources.lists.ruled_page import PagePart, Piece, Rule, Word, page_parts
from giants.sources.workbook import holds_member
from giants.sources.xml_text import parsed_xml

OFD_BYTES_MAX = 256_000_000
PART_BYTES_MAX = 64_000_000
PAGES_MAX = 2_000
_ROOT = "OFD.xml"


class ListOfd(ListSource):
    """A notice as .ofd; pages that hold only pictures are refused."""

    name = "list-ofd"
    formats = "OFD with text (.ofd)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is a zip archive with an OFD document in it."""
        return holds_member(source, _ROOT, ".ofd")

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The lines and rows of all pages; `line` counts both through the document."""
        tables = 0
        line = 0
        with open_zip(source.name, io.BytesIO(content), OFD_BYTES_MAX) as archive:
            for number, page in enumerate(_pages(source.name, archive), start=1):
                if number > PAGES_MAX:
                    raise TooLargeError(source.name, "the number of pages", PAGES_MAX)
                inside = False
                for part in _parts(page):
                    line += 1
                    if isinstance(part, Piece):
                        inside = False
                        yield Text(line, part.text)
                    else:
                        tables += not inside
                        inside = True
                        cells = tuple(None if cell is None else cell.text for cell in part)
                        yield Cells(line, cells, tables, f"page {number}")
        if not line:
            raise UnreadableFileError(
                source.name, "holds no text: pages that are pictures are read in PDF and picture files only"
            )


def _pages(name: str, archive: ZipFile) -> Iterator[etree._Element]:
    for root in _texts(_part(name, archive, _ROOT), "DocRoot"):
        path = root.lstrip("/")
        document = _part(name, archive, path)
        for page in document.iter("{*}Page"):
            if base := page.get("BaseLoc"):
                within = (
                    base.lstrip("/")
                    if base.startswith("/")
                    else posixpath.join(posixpath.dirname(path), base)
                )
                yield _part(name, archive, posixpath.normpath(within))


def _part(name: str, archive: ZipFile, path: str) -> etree._Element:
    try:
        member = archive.getinfo(path)
    except KeyError:
        raise UnreadableFileError(name, f"the OFD lacks its part {path!r}") from None
    with zip_member(name, archive, member) as file:
        content = file.read(PART_BYTES_MAX + 1)
    if len(content) > PART_BYTES_MAX:
        raise TooLargeError(name, f"the part {path!r}", PART_BYTES_MAX)
    return parsed_xml(name, content)


def _texts(element: etree._Element, tag: str) -> list[str]:
    return [found.text.strip() for found in element.iter(f"{{*}}{tag}") if found.text]


def _parts(page: etree._Element) -> Iterator[PagePart]:
    words = [word for element in page.iter("{*}TextObject") for word in _words(element)]
    rules = [rule for element in page.iter("{*}PathObject") for rule in _rules(element)]
    return page_parts(words, rules)


def _words(element: etree._Element) -> Iterator[Word]:
    """The pieces of text of an object, at the left end of their base line, in millimetres."""
    left, top, *_ = _numbers(element.get("Boundary"), 4)
    a, b, c, d, e, f = _numbers(element.get("CTM") or "1 0 0 1 0 0", 6)
    size = _numbers(element.get("Size"), 1)[0] * abs(d or 1)
    for code in element.iter("{*}TextCode"):
        x, y = _numbers(code.get("X"), 1)[0], _numbers(code.get("Y"), 1)[0]
        if text := (code.text or "").strip():
            yield Word(left + a * x + c * y + e, top + b * x + d * y + f, size, text)


def _rules(element: etree._Element) -> Iterator[Rule]:
    """The straight lines of a path; curves are none."""
    left, top, *_ = _numbers(element.get("Boundary"), 4)
    data = element.find("{*}AbbreviatedData")
    tokens = (data.text or "").split() if data is not None else []
    start = at = (0.0, 0.0)
    index = 0
    while index < len(tokens):
        sign = tokens[index]
        if sign in {"M", "L", "S"} and index + 2 < len(tokens):
            x, y = _numbers(" ".join(tokens[index + 1 : index + 3]), 2)
            if sign == "L":
                yield Rule(left + at[0], top + at[1], left + x, top + y)
            else:
                start = (x, y)
            at = (x, y)
            index += 3
        elif sign == "C":
            yield Rule(left + at[0], top + at[1], left + start[0], top + start[1])
            at = start
            index += 1
        else:
            index += 1


def _numbers(text: str | None, count: int) -> list[float]:
    """That many numbers; those that are missing or none are zero."""
    numbers: list[float] = []
    for part in (text or "").split()[:count]:
        try:
            numbers.append(float(part))
        except ValueError:
            numbers.append(0.0)
    return numbers + [0.0] * (count - len(numbers))
