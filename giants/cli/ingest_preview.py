"""A web page that shows documents beside what was understood (`giants ingest --dry-run --preview FILE`).

The page stands alone: pictures are inside it, and it loads nothing.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from giants.sources.base import SeenRow, Understanding
from giants.terminal.output import CommandError

_TEMPLATE: Final = files("giants.cli") / "ingest_preview.html"


@dataclass(frozen=True, slots=True)
class Preview:
    """One file: what was understood of it, or the reason why it was refused."""

    file: str
    read_as: str = ""
    understanding: Understanding | None = None
    refused: str | None = None

    @property
    def pages(self) -> list["Page"]:
        """The pages with a picture, each with its rows."""
        understanding = self.understanding or Understanding()
        rows: dict[tuple[str, int], list[SeenRow]] = {}
        for row in understanding.seen:
            if row.page is not None:
                rows.setdefault((row.document, row.page), []).append(row)
        return [
            Page(
                page.document,
                page.page,
                base64.b64encode(page.jpeg).decode(),
                rows.get((page.document, page.page), []),
            )
            for page in understanding.pages
        ]

    @property
    def other_rows(self) -> list[SeenRow]:
        """Rows of which there is no picture."""
        understanding = self.understanding or Understanding()
        shown = {(page.document, page.page) for page in understanding.pages}
        return [row for row in understanding.seen if (row.document, row.page) not in shown]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its picture as JPEG in base64, and its rows."""

    document: str
    number: int
    picture: str
    rows: list[SeenRow]


def write_preview(path: Path, previews: Sequence[Preview]) -> None:
    """Write the page; ends the command where the file cannot be written."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(previews=previews)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
