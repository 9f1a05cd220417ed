"""A folder of mixed documents: which of them are lists, of which kind, and what each says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from giants.sources.base import Kind, Options
from giants.sources.catalogue import open_source
from giants.sources.errors import TooLargeError, UnreadableFileError, WrongKindError
from giants.sources.hints import hints_of
from schemas.facts import Announcement, Review

FILES_MAX: Final = 5_000
_LIST_KINDS: Final = (Kind.ANNOUNCEMENTS, Kind.REVIEWS, Kind.NAMES)
# What programs leave beside documents.
_PASSED_OVER: Final = ("~$", ".")

ListFact = Announcement | Review


@dataclass(frozen=True, slots=True)
class Recognised:
    """A document of a folder: what it states, or the reason why it is set aside.

    `kind` and `options` read it again; rows that were not taken are counted.
    """

    path: Path
    name: str
    kind: Kind
    options: Options
    lists: tuple[ListFact, ...] = ()
    names: int = 0
    proposed: int = 0
    not_taken: int = 0
    set_aside: str | None = None


def recognise(folder: Path, options: Options) -> Iterator[Recognised]:
    """Every document of a folder and of the folders in it, by name; raises `TooLargeError`.

    A document that says the same as one before it, in another format, is set aside.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_passed_over(path, folder))
    if len(files) > FILES_MAX:
        raise TooLargeError(str(folder), "the number of files", FILES_MAX)
    said: dict[object, str] = {}
    for path in files:
        found = _document(path, path.relative_to(folder), options)
        same = next((said[what] for what in map(_said, found.lists) if what in said), None)
        if same is not None:
            found = replace(found, set_aside=f"says the same as {same}")
        else:
            said |= {_said(fact): found.name for fact in found.lists}
        yield found


def _is_passed_over(path: Path, folder: Path) -> bool:
    return any(part.startswith(_PASSED_OVER) for part in path.relative_to(folder).parts)


def _document(path: Path, within: Path, options: Options) -> Recognised:
    """A document, read as the kind that it turns out to be."""
    hints = hints_of(within)
    options = replace(options, hints=hints.hints)
    kind = Kind.ANNOUNCEMENTS
    if hints.speaks_of_renames:
        kind = Kind.NAMES
    elif hints.speaks_of_reviews:
        kind = Kind.REVIEWS
    tried: list[Kind] = []
    while True:
        tried.append(kind)
        try:
            return _read(path, within, kind, options)
        except WrongKindError as error:
            held = next((other for other in _LIST_KINDS if other.value == error.held), None)
            if held is None or held in tried:
                return _set_aside(path, within, kind, options, f"holds {error.held}")
            kind = held
        except UnreadableFileError as error:
            return _set_aside(path, within, kind, options, error.reason)


def _set_aside(path: Path, within: Path, kind: Kind, options: Options, reason: str) -> Recognised:
    return Recognised(path, within.as_posix(), kind, options, set_aside=reason)


def _read(path: Path, within: Path, kind: Kind, options: Options) -> Recognised:
    facts: list[BaseModel] = []
    proposed = not_taken = 0
    with open_source(kind.value, path, options) as reading:
        for row in reading:
            if row.fact is not None:
                facts.append(row.fact)
            proposed += row.is_proposed
            not_taken += row.problem is not None and not row.is_proposed
    lists = tuple(fact for fact in facts if isinstance(fact, Announcement | Review))
    names = len(facts) - len(lists)
    return Recognised(path, within.as_posix(), kind, options, lists, names, proposed, not_taken)


def _said(fact: ListFact) -> object:
    """What a list says, without its id and where it comes from."""
    what = (fact.kind, fact.batch) if isinstance(fact, Announcement) else fact.review_year
    companies = (
        tuple(entry.name for entry in fact.entries)
        if isinstance(fact, Announcement)
        else (fact.passed, fact.failed)
    )
    return what, fact.authority, fact.stage, fact.published_on, companies
