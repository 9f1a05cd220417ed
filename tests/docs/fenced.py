"""The fenced examples of the pages, as a reader copies them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docs.generate import FOLDER

ROOT: Final = FOLDER.parent
PAGES: Final = (ROOT / "README.md", *sorted(FOLDER.rglob("*.md")))
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INCLUDE: Final = re.compile(r'--8<-- "(.+)"\n')


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced block: its page, its language, and its text with what it includes."""

    page: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines of a shell without their remarks; a line that ends in a backslash goes on."""
        whole = self.text.replace("\\\n", " ")
        return [line for line in (one.partition("  #")[0].strip() for one in whole.splitlines()) if line]


def examples() -> list[Example]:
    """Every fenced block of README and documentation."""
    return [
        Example(str(page.relative_to(ROOT)), language, _included(text))
        for page in PAGES
        for language, text in _FENCE.findall(page.read_text(encoding="utf-8"))
    ]


def _included(text: str) -> str:
    return _INCLUDE.sub(lambda found: Path(FOLDER, found[1]).read_text(encoding="utf-8"), text)
