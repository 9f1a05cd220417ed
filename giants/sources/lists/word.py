"""Lists as Word documents: .docx; .doc and .wps through a converter that is installed; .rtf."""

import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from lxml import etree
from striprtf.striprtf import rtf_to_text

from giants.sources.base import Context
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, Cells, Items, Text
from giants.sources.lists.ole import is_old_workbook, is_ole
from giants.sources.workbook import DAMAGES, holds_member, scan_archive

CONVERSION_SECONDS_MAX = 120
_CONTENT = "word/document.xml"
_RTF_MAGIC = b"{\\rtf"
_CONVERTERS = ("soffice", "libreoffice")
_PLAIN_CONVERTER = "antiword"
_RTF_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")


class ListDocx(ListSource):
    """A notice as .docx."""

    name = "list-docx"
    formats = "Word document (.docx)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is a zip archive with a Word document in it."""
        return holds_member(source, _CONTENT, ".docx")

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """Paragraphs and rows in reading order."""
        return docx_items(source.name, content)


class ListDoc(ListSource):
    """A notice as .doc or .wps, read through LibreOffice or antiword where one is installed."""

    name = "list-doc"
    formats = "old Word or WPS document (.doc, .wps), where LibreOffice or antiword is installed"

    def sniff(self, source: Input) -> bool:
        """Whether the file is a container of old programs without a workbook in it."""
        return is_ole(source) and not is_old_workbook(source)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """What the converter makes of it."""
        converter = next(filter(None, map(shutil.which, _CONVERTERS)), None)
        if converter is not None:
            return docx_items(source.name, _converted(source.name, content, converter))
        if (plain := shutil.which(_PLAIN_CONVERTER)) is not None:
            return _plain_items(source.name, content, plain)
        raise UnreadableFileError(
            source.name,
            "is a document of old programs (.doc, .wps), which LibreOffice (soffice) or antiword turns into "
            "text, and neither is installed: install one, or save it as .docx",
        )


class ListRtf(ListSource):
    """A notice as rich text."""

    name = "list-rtf"
    formats = "rich text (.rtf)"

    def sniff(self, source: Input) -> bool:
        """Whether the file begins as rich text does."""
        return source.head.startswith(_RTF_MAGIC)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """Lines and rows; cells are told apart by the marks that close them."""
        code_page = _RTF_CODE_PAGE.search(content[:4_000])
        encoding = f"cp{code_page.group(1).decode()}" if code_page is not None else "cp936"
        context.understanding.encoding = encoding
        try:
            text = rtf_to_text(content.decode("latin-1"), encoding=encoding, errors="replace")
        except (ValueError, LookupError, KeyError, IndexError, RecursionError) as error:
            raise UnreadableFileError(source.name, f"the rich text is damaged: {error}") from None
        return _text_items(text, "|")


def docx_items(name: str, content: bytes) -> Items:
    """The paragraphs and rows of a Word document; raises `UnreadableFileError`."""
    scan_archive(name, io.BytesIO(content))
    try:
        yield from _blocks(docx.Document(io.BytesIO(content)))
    except (*DAMAGES, OpcError, BadZipFile, etree.LxmlError, RecursionError) as error:
        raise UnreadableFileError(name, f"the document is damaged: {type(error).__name__}: {error}") from None


def _blocks(document: Document) -> Items:
    tables = 0
    line = 0
    for block in document.iter_inner_content():
        if not isinstance(block, Table):
            line += 1
            if block.text.strip():
                yield Text(line, block.text)
            continue
        tables += 1
        above: set[object] = set()
        for row in block.rows:
            line += 1
            cells = [(cell._tc, cell.text) for cell in row.cells[:CELLS_OF_ROW_MAX]]
            seen = set(above)
            texts: list[str | None] = [""] * row.grid_cols_before
            for element, text in cells:
                texts.append(None if element in seen else text)
                seen.add(element)
            above = {element for element, _ in cells}
            yield Cells(line, tuple(texts), tables, f"table {tables}")


def _converted(name: str, content: bytes, converter: str) -> bytes:
    """The document as .docx, made by LibreOffice in a folder and profile of its own."""
    with tempfile.TemporaryDirectory(prefix="giants-") as folder:
        draft = Path(folder) / "document.doc"
        draft.write_bytes(content)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [converter, profile, "--headless", "--convert-to", "docx", "--outdir", folder, str(draft)]
        _run(name, command)
        made = draft.with_suffix(".docx")
        if not made.is_file():
            raise UnreadableFileError(name, f"{Path(converter).name} could not turn it into .docx")
        return made.read_bytes()


def _plain_items(name: str, content: bytes, converter: str) -> Items:
    with tempfile.NamedTemporaryFile(prefix="giants-", suffix=".doc") as draft:
        draft.write(content)
        draft.flush()
        text = _run(name, [converter, "-m", "UTF-8.txt", "-w", "0", draft.name])
    return _text_items(text.decode("utf-8", errors="replace"), "|")


def _run(name: str, command: list[str]) -> bytes:
    try:
        ran = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=CONVERSION_SECONDS_MAX
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreadableFileError(name, f"{Path(command[0]).name} could not read it: {error}") from None
    return ran.stdout


def _text_items(text: str, delimiter: str) -> Items:
    """Lines of text; those with delimiters are rows of one table until a line without them comes."""
    table = 0
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        is_row = delimiter in line
        table += is_row and not inside
        inside = is_row
        if is_row:
            cells = [cell.strip() for cell in line.strip().strip(delimiter).split(delimiter)]
            yield Cells(number, tuple(cells[:CELLS_OF_ROW_MAX]), table, f"table {table}")
        elif line.strip():
            yield Text(number, line)
