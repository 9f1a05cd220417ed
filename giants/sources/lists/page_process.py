"""Runs the process that reads pages (`page_worker`), and turns what it says into lines and rows."""

import base64
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any, Literal

import orjson

from giants.sources.base import PREVIEWED_PAGES_MAX, Context, PagePicture
from giants.sources.errors import TooLargeError, UnreadableFileError
from giants.sources.lists.grid import CELLS_OF_ROW_MAX, Cells, Items, Spot, Text, Unread

# What the process that reads a file may use.
MEMORY_BYTES_MAX = 4_000_000_000
PROCESSOR_SECONDS_MAX = 600
# Text recognition has as much more, page by page.
RECOGNITION_SECONDS_MAX = 6_000
PAGES_MAX = 2_000
OUTPUT_LINE_BYTES_MAX = 2_000_000
PICTURES = "--pictures"
ERROR = "error"

# One line of output: what it is ("text", "cells", "unread", "picture") with its content, the page, the
# table on that page (from 1), its confidences, and its box.
Output = dict[str, Any]


def page_items(name: str, content: bytes, what: Literal["pdf", "picture"], context: Context) -> Items:
    """The lines and rows of all pages; `line` counts both through the document.

    Keeps the pictures of the pages where the options ask for them. Raises `UnreadableFileError`.
    """
    line = tables = 0
    last = (0, 0)
    unread: list[Unread] = []
    for output in _outputs(name, content, what, with_pictures=context.options.with_pictures):
        page = output["page"]
        if "picture" in output:
            if len(context.understanding.pages) < PREVIEWED_PAGES_MAX:
                picture = PagePicture(name, page, base64.b64decode(output["picture"]))
                context.understanding.pages.append(picture)
            continue
        line += 1
        spot = Spot(page, tuple(output["box"])) if "box" in output else None
        if "unread" in output:
            unread.append(Unread(line, f"page {page} {output['unread']}"))
        elif "text" in output:
            yield Text(line, output["text"], output.get("confidence"), spot)
        else:
            if (page, output["table"]) != last:
                last = (page, output["table"])
                tables += 1
            cells = tuple(output["cells"][:CELLS_OF_ROW_MAX])
            confidences = output.get("confidences")
            yield Cells(line, cells, tables, f"page {page}", confidences and tuple(confidences), spot)
    if len(unread) == line:
        raise UnreadableFileError(name, unread[0].reason if unread else "holds no text")
    yield from unread


def _outputs(name: str, content: bytes, what: str, *, with_pictures: bool) -> Iterator[Output]:
    """What the process says; raises `UnreadableFileError` where it did not come to its end."""
    command = [sys.executable, "-m", "giants.sources.lists.page_worker", what]
    with tempfile.TemporaryFile(prefix="giants-") as document:
        document.write(content)
        document.seek(0)
        with subprocess.Popen(
            [*command, *([PICTURES] if with_pictures else [])],
            stdin=document,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as worker:
            try:
                yield from _until_end(name, worker)
            finally:
                worker.kill()


def _until_end(name: str, worker: "subprocess.Popen[bytes]") -> Iterator[Output]:
    stdout: IO[bytes] | None = worker.stdout
    while stdout is not None and (line := stdout.readline(OUTPUT_LINE_BYTES_MAX + 1)):
        if len(line) > OUTPUT_LINE_BYTES_MAX:
            raise TooLargeError(name, "a row of a page", OUTPUT_LINE_BYTES_MAX)
        output = orjson.loads(line)
        if "end" in output:
            return
        if ERROR in output:
            raise UnreadableFileError(name, output[ERROR])
        yield output
    if worker.wait() in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise UnreadableFileError(
            name, f"keeps its reader busy for more than {PROCESSOR_SECONDS_MAX} seconds"
        )
    raise UnreadableFileError(name, "is damaged, protected, or needs too much memory")
