"""HTML pages: headings and paragraphs become lines, tables become rows with their spans filled."""

import re

from lxml import etree, html

from giants.sources.base import Context
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.files import Input
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, ROWS_MAX, Cells, Items, Text
from giants.sources.lists.text_rows import lone_name, numbered_rows
from giants.sources.text import decoded, detect_encoding

# A page is held whole, at some hundred times the size of its tags.
PAGE_BYTES_MAX = 16_000_000
PAGE_TAGS_MAX = 2_000_000

_BLOCKS = frozenset(
    {
        "title",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "caption",
        "li",
        "div",
        "td",
        "th",
        "center",
        "section",
        "article",
    }
)
_HEADINGS = frozenset({"title", "h1", "h2", "h3", "h4", "h5", "h6", "caption"})
_BREAKING = frozenset({"br", "p", "div", "li", "tr"})
_SOURCE_SPACE = re.compile(r"[ \t\r\n\f]+")
_SILENT = frozenset({"script", "style", "noscript", "template"})
# Where government sites write the day of publication for machines.
_DAY_NAMES = frozenset({"pubdate", "publishdate", "publicationdate", "others"})


class ListHtml(ListSource):
    """A notice as a web page."""

    name = "list-html"
    formats = "HTML page with tables"

    def sniff(self, source: Input) -> bool:
        """Whether the file is markup, and not XML of some other kind."""
        head = source.head[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return head.startswith(b"<") and (not head.startswith(b"<?xml") or b"<html" in head)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The lines and rows of the page in reading order."""
        if len(content) > PAGE_BYTES_MAX:
            raise TooLargeError(source.name, "the page", PAGE_BYTES_MAX)
        if content.count(b"<") > PAGE_TAGS_MAX:
            raise TooLargeError(source.name, "the number of tags of the page", PAGE_TAGS_MAX)
        encoding = source.encoding or _declared(content)
        try:
            text = decoded(source.name, content, encoding)
        except UnreadableFileError:
            # Pages that say gb2312 often hold gbk, and pages that say nothing anything.
            text = decoded(source.name, content, source.encoding)
        context.understanding.encoding = encoding or detect_encoding(source.name, content, None, whole=True)
        parser = html.HTMLParser(
            no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8"
        )
        try:
            page = html.document_fromstring(text.encode("utf-8"), parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError) as error:
            raise UnreadableFileError(source.name, f"is no HTML page: {error}") from None
        return _Page(source.name, page).items()


def _declared(content: bytes) -> str | None:
    """The encoding that the page itself names."""
    head = content[:4_000].lower()
    _, found, rest = head.partition(b"charset=")
    name = (
        rest.lstrip(b"\"' ")[:20].split(b'"')[0].split(b"'")[0].split(b">")[0].strip(b" /;") if found else b""
    )
    declared = name.decode("ascii", errors="ignore")
    return "gb18030" if declared in {"gb2312", "gbk"} else declared or None


class _Page:
    """One page on its way to items."""

    def __init__(self, name: str, page: html.HtmlElement) -> None:
        self._name = name
        self._page = page
        self._tables = 0
        self._divided = _divided(page)

    def items(self) -> Items:
        """Innermost tables are tables; those that only arrange the page are walked through."""
        pending: list[html.HtmlElement | Text] = [self._page]
        while pending:
            part = pending.pop()
            if isinstance(part, Text):
                if part.text.strip():
                    yield part
            elif not isinstance(part.tag, str) or part.tag in _SILENT:
                continue
            elif part.tag == "table" and part not in self._divided:
                self._tables += 1
                yield from self._table(part)
            elif part in self._divided:
                pending.extend(reversed(_pieces(part)))
            elif part.tag == "meta":
                if (part.get("name") or "").lower() in _DAY_NAMES:
                    pending.append(Text(_line(part), part.get("content") or ""))
            else:
                pending.extend(reversed(_lines(part)))

    def _table(self, table: html.HtmlElement) -> Items:
        spans: dict[int, tuple[str, int]] = {}
        for caption in table.iter("caption"):
            yield Text(_line(caption), _text(caption))
        for row in table.iter("tr"):
            cells = _filled(row, spans)
            if any(cell and cell.strip() for cell in cells):
                yield Cells(_line(row), tuple(cells), self._tables, f"table {self._tables}")


def _divided(page: html.HtmlElement) -> set[html.HtmlElement]:
    """The elements that hold blocks or tables, and so are walked through; others are one line or one table.

    What stands inside an innermost table belongs to its cells.
    """
    innermost = [table for table in page.iter("table") if table.find(".//table") is None]
    in_cells = {element for table in innermost for element in table.iterdescendants()}
    divided: set[html.HtmlElement] = set()
    for block in page.iter("table", *_BLOCKS):
        parent = None if block in in_cells else block.getparent()
        while parent is not None and parent not in divided:
            divided.add(parent)
            parent = parent.getparent()
    return divided


def _pieces(element: html.HtmlElement) -> list[html.HtmlElement | Text]:
    """The children of an element and the text between them."""
    pieces: list[html.HtmlElement | Text] = [Text(_line(element), element.text or "")]
    for child in element:
        pieces += [child, Text(_line(child), child.tail or "")]
    return pieces


def _filled(row: html.HtmlElement, spans: dict[int, tuple[str, int]]) -> list[str | None]:
    """The cells of a row; a cell that spans rows says the same in each, one that spans columns only once."""
    cells: list[str | None] = []
    elements = iter([cell for cell in row if cell.tag in {"td", "th"}])
    cell = next(elements, None)
    while len(cells) < CELLS_OF_ROW_MAX and (cell is not None or any(index >= len(cells) for index in spans)):
        index = len(cells)
        if index in spans:
            text, left = spans.pop(index)
            cells.append(text)
            if left > 1:
                spans[index] = (text, left - 1)
            continue
        if cell is None:
            cells.append(None)
            continue
        text = _text(cell)
        for offset in range(_span(cell, "colspan", CELLS_OF_ROW_MAX)):
            cells.append(text if offset == 0 else None)
            if (rows := _span(cell, "rowspan", ROWS_MAX)) > 1:
                spans[index + offset] = (text if offset == 0 else "", rows - 1)
        cell = next(elements, None)
    return cells


def _span(cell: html.HtmlElement, attribute: str, limit: int) -> int:
    text = (cell.get(attribute) or "1").strip()
    return max(1, min(int(text), limit)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _lines(element: html.HtmlElement) -> list[Text]:
    """The lines of a paragraph; headings, and paragraphs of which no line is a company's, are one line.

    A title is often broken in the middle of a phrase to look well.
    """
    text = _text(element)
    lines = [Text(_line(element), line) for line in text.split("\n") if line.strip()]
    if element.tag not in _HEADINGS and any(numbered_rows(line) or lone_name(line) for line in lines):
        return lines
    return [Text(_line(element), text.replace("\n", " "))]


def _text(element: html.HtmlElement) -> str:
    """The text of an element as a browser shows it: lines end at `br` and at blocks, nowhere else."""
    parts: list[str] = []
    for event, part in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        is_block = part.tag in _BREAKING
        if event == "start":
            parts += ["\n" if is_block else "", _one_line(part.text)]
        elif event == "end":
            parts.append("\n" if is_block and part.tag != "br" else "")
        if event != "start" and part is not element:
            parts.append(_one_line(part.tail))
    lines = (line.strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _one_line(text: str | None) -> str:
    """Line breaks in the source of a page are spaces; the space that joins nothing is written by nobody."""
    return _SOURCE_SPACE.sub(" ", text or "")


def _line(element: html.HtmlElement) -> int:
    return element.sourceline or 1
