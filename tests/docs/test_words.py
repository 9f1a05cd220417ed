"""Words that were given up do not come back: neither in names of the program nor in headings of the pages.

The words that took their place are in `docs/glossary.md`.
"""

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate import FOLDER
from tests.deploy.files import ROOT

PACKAGES = ("schemas", "giants", "agents", "streams")
# Each with the word that is used now.
RETIRED = {
    "keeper": "state store",
    "lane": "record queue",
    "parcel": "delivery batch",
    "refold": "replay",
    "tether": "parent watch",
    "troupe": "process group",
    "twin": "decoder",
    "zombie": "foreign write, fencing",
}
# Words of prose that are no names.
NO_NAMES = {"beside", "room", "tell", "told", "untold"}
# The published option of `giants rebuild`.
PUBLISHED = {"beside"}
RETIRED_IN_HEADINGS = RETIRED | {
    "beat": "group commit",
    "house": "architecture",
    "room": "package",
    "must know": "limitations",
    "with care": "caveats",
}
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def python_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def names_in(source: str) -> Iterator[str]:
    """The identifiers of a module."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            yield token.string


def retired_in(name: str) -> set[str]:
    """The retired words of which a name is made, also in the plural."""
    parts = {part.lower() for part in _PART.findall(name)}
    return {word for word in RETIRED if {word, f"{word}s", f"{word}ed"} & parts}


def test_names_are_no_prose() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files()
        for name in {*names_in(path.read_text(encoding="utf-8"))} - PUBLISHED
        if NO_NAMES & {part.lower() for part in _PART.findall(name)}
    }
    assert not sorted(found)


def headings(page: str) -> list[str]:
    in_code, found = False, []
    for line in page.splitlines():
        in_code ^= line.startswith("```")
        if line.startswith("#") and not in_code:
            found.append(line.lstrip("# ").lower())
    return found


def test_names_are_made_of_words_that_are_in_use() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name} ({', '.join(RETIRED[word] for word in words)})"
        for path in python_files()
        for name in {*names_in(path.read_text(encoding="utf-8")), path.stem}
        if (words := retired_in(name))
    }
    assert not sorted(found)


@pytest.mark.parametrize(
    "page", sorted([*FOLDER.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda page: str(page.relative_to(ROOT))
)
def test_headings_are_made_of_words_that_are_in_use(page: Path) -> None:
    found = [
        heading
        for heading in headings(page.read_text(encoding="utf-8"))
        for word in RETIRED_IN_HEADINGS
        if re.search(rf"\b{word}s?\b", heading)
    ]
    assert not found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_lanes", {"lane"}),
        ("StateKeeper", {"keeper"}),
        ("DUE_PARCELS_MAX", {"parcel"}),
        ("tethered", {"tether"}),
        ("planet", set()),
    ],
)
def test_a_retired_word_is_found_in_any_spelling(name: str, words: set[str]) -> None:
    assert retired_in(name) == words


def test_every_term_of_the_glossary_is_defined_once() -> None:
    rows = re.findall(r"^\| ([^|]+?) \|", (FOLDER / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    terms = [term for row in rows if row not in ("term", "---") for term in row.split(", ")]
    assert len(terms) > 80
    assert not {term for term in terms if terms.count(term) > 1}
