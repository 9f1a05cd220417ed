"""PDF notices: ruled tables page by page, or numbered lines where a table has no rules."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any

import orjson

from giants.sources.base import Context
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.files import Input
from giants.sources.lists.adapters import PDF_MAGIC, ListSource
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, Cells, Items, Text

# What the process that reads a file may use.
MEMORY_BYTES_MAX = 3_000_000_000
PROCESSOR_SECONDS_MAX = 600
PAGES_MAX = 2_000
OUTPUT_LINE_BYTES_MAX = 1_000_000
_COMMAND = (sys.executable, "-m", "giants.sources.lists.pdf_worker")


class ListPdf(ListSource):
    """A notice as a PDF file; scanned pages, which hold pictures and no text, are refused."""

    name = "list-pdf"
    formats = "PDF with tables"

    def sniff(self, source: Input) -> bool:
        """Whether the file begins as a PDF does."""
        return PDF_MAGIC in source.head[:1_024]

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The lines and rows of all pages; `line` counts both through the document."""
        found = 0
        tables = 0
        last = (0, 0)
        for found, output in enumerate(_outputs(source.name, content), start=1):
            page = output["page"]
            if "text" in output:
                yield Text(found, output["text"])
                continue
            if (page, output["table"]) != last:
                last = (page, output["table"])
                tables += 1
            yield Cells(found, tuple(output["cells"][:CELLS_OF_ROW_MAX]), tables, f"page {page}")
        if not found:
            raise UnreadableFileError(source.name, "holds no text: pages that are pictures cannot be read")


def _outputs(name: str, content: bytes) -> Iterator[dict[str, Any]]:
    """What the process for PDF files says; raises `UnreadableFileError` where it did not come to its end."""
    with tempfile.TemporaryFile(prefix="giants-") as document:
        document.write(content)
        document.seek(0)
        with subprocess.Popen(
            _COMMAND, stdin=document, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as worker:
            try:
                yield from _until_end(name, worker)
            finally:
                worker.kill()


def _until_end(name: str, worker: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    stdout: IO[bytes] | None = worker.stdout
    while stdout is not None and (line := stdout.readline(OUTPUT_LINE_BYTES_MAX + 1)):
        if len(line) > OUTPUT_LINE_BYTES_MAX:
            raise TooLargeError(name, "a row of the PDF", OUTPUT_LINE_BYTES_MAX)
        output = orjson.loads(line)
        if "end" in output:
            return
        if "error" in output:
            raise UnreadableFileError(name, output["error"])
        yield output
    if worker.wait() in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise UnreadableFileError(
            name, f"the PDF keeps its reader busy for more than {PROCESSOR_SECONDS_MAX} seconds"
        )
    raise UnreadableFileError(name, "the PDF is damaged, protected, or needs too much memory")
