"""Taxonomies as files: the readable TOML form, with a reason for each entry, and the contract's JSON.

A TOML file holds the fields of a taxonomy version, and one table a technology:

    taxonomy = "ctt74"
    version = 1
    note = "whose mapping this is"

    [[technologies]]
    id = "inertial-navigation-systems"
    name = "Inertial navigation systems"
    since = "2024-08 or before"

    [technologies.cpc]
    "G01C19/00" = "gyroscopes"
    "G01C21/10" = { reason = "navigation by speed or acceleration", children = false }

    [technologies.retired."G01C19/00"]  # what these symbols became; "-" where they have no successor
    reason = "gyroscopic effect"
    symbols = ["G01P9/00"]

    [technologies.successors."G01C19/00"]  # what later editions split from it
    edition = "2026.01"
    reason = "gyroscopes"
    symbols = ["G01C20/00"]

    [[overlaps]]
    technologies = ["inertial-navigation-systems", "quantum-sensors"]
    reason = "why both take some symbols"

With `children = true` at the top, each exact entry takes its dot-indented children unless it says otherwise;
without it none does unless it says so. What they are in the edition that the file names is compiled into its
last tables by `giants taxonomy compile` (`giants.domain.taxonomy_children`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from giants.domain.cpc import CpcError, SymbolError, normalize_symbol
from giants.domain.taxonomy_children import CompiledChildren, unpacked
from giants.domain.taxonomy_tables import Compiled, File, Overlap, TechnologyTable
from giants.errors import plain_fault
from schemas.facts import TaxonomyVersion

# What is larger would not fit into a record of the topic either; the shipped file has some 200 KB.
TAXONOMY_FILE_BYTES_MAX = 8_000_000
PROBLEMS_SHOWN_MAX = 5


class TaxonomyFileError(CpcError):
    """A taxonomy file cannot be understood."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"taxonomy file {where}: {what}")


@dataclass(frozen=True, slots=True)
class TaxonomyFile:
    """A taxonomy version with what only its file says.

    `reasons` maps (technology id, symbol as listed) to the reason of the entry, `notes` to what else it says;
    `since` maps technology ids to when the technology came into the source's list; `parents` are the entries,
    in normal form, that take their children. A JSON file has none of these, nor overlaps.
    """

    version: TaxonomyVersion
    reasons: Mapping[tuple[str, str], str]
    since: Mapping[str, str]
    overlaps: tuple[Overlap, ...]
    notes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    parents: frozenset[str] = frozenset()


def parse_taxonomy(data: bytes, where: str) -> TaxonomyFile:
    """Read a taxonomy from the bytes of a TOML file, or of a JSON fact of the contract.

    `where` names the file in errors. Raises `TaxonomyFileError`, also where children that an entry takes were
    not compiled.
    """
    if len(data) > TAXONOMY_FILE_BYTES_MAX:
        raise TaxonomyFileError(where, f"got {len(data)} bytes, expected at most {TAXONOMY_FILE_BYTES_MAX}")
    try:
        if data.lstrip()[:1] == b"{":
            return TaxonomyFile(TaxonomyVersion.model_validate_json(data), reasons={}, since={}, overlaps=())
        return _from_tables(File.model_validate(tomllib.loads(data.decode())), where)
    except ValidationError as error:
        raise TaxonomyFileError(where, _problems(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TaxonomyFileError(where, f"expected TOML, or JSON of the contract: {error}") from error


def parents_of(data: bytes, where: str) -> tuple[str, frozenset[str]]:
    """Give the edition that a TOML file is listed in and the entries, in normal form, that take children.

    Raises `TaxonomyFileError`, also for a file that names no edition.
    """
    try:
        file = File.model_validate(tomllib.loads(data.decode()))
        parents = _parents(file)
    except ValidationError as error:
        raise TaxonomyFileError(where, _problems(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, SymbolError) as error:
        raise TaxonomyFileError(where, f"expected TOML: {error}") from error
    if file.edition is None:
        raise TaxonomyFileError(where, "no edition is named, expected one such as edition = '2025.05'")
    return file.edition, parents


def _parents(file: File) -> frozenset[str]:
    return frozenset(
        normalize_symbol(text)
        for table in file.technologies
        for text in table.with_children(by_default=file.children)
    )


def _from_tables(file: File, where: str) -> TaxonomyFile:
    try:
        parents = _parents(file)
        children = _unpacked(file.compiled)
    except SymbolError as error:
        raise TaxonomyFileError(where, str(error)) from error
    if parents:
        _refuse_uncompiled(file, parents, children, where)
    # The same validation as a fact of the topic gets: a file can hold nothing that the topic would refuse.
    version = TaxonomyVersion.model_validate(
        {
            "taxonomy": file.taxonomy,
            "version": file.version,
            "effective_on": file.effective_on,
            "note": file.note,
            "edition": file.edition,
            "retired_edition": file.retired_edition,
            "technologies": [
                {
                    "id": table.id,
                    "name": table.name,
                    "category": table.category,
                    "note": table.note,
                    "cpc": tuple(table.cpc),
                    "children": _children_of(table, file, children),
                    "retired": table.retired_symbols(),
                    "successors": table.successor_symbols(),
                    "editions": table.editions(),
                    "companions": table.companions,
                }
                for table in file.technologies
            ],
        }
    )
    tables = file.technologies
    return TaxonomyFile(
        version,
        reasons={place: reason for table in tables for place, reason in table.reasons().items()},
        since={table.id: table.since for table in tables if table.since is not None},
        overlaps=file.overlaps,
        notes={place: note for table in tables for place, note in table.notes().items()},
        parents=parents,
    )


def _unpacked(compiled: Compiled | None) -> CompiledChildren | None:
    if compiled is None:
        return None
    by_symbol: dict[str, tuple[str, ...]] = dict.fromkeys(compiled.childless, ())
    by_symbol.update((symbol, unpacked(symbol, text)) for symbol, text in compiled.children.items())
    return CompiledChildren(compiled.edition, by_symbol)


def _refuse_uncompiled(
    file: File, parents: frozenset[str], children: CompiledChildren | None, where: str
) -> None:
    """Refuse children that would be lost in silence."""
    remedy = f"`giants taxonomy compile {where}` writes them"
    if children is None:
        raise TaxonomyFileError(
            where, f"{len(parents)} entries take children, but none are compiled: {remedy}"
        )
    if children.edition != file.edition:
        raise TaxonomyFileError(
            where, f"children are compiled from {children.edition}, expected {file.edition}: {remedy}"
        )
    missing = sorted(parents - children.by_symbol.keys())
    if missing:
        raise TaxonomyFileError(
            where, f"the children of {len(missing)} entries, such as {missing[0]}, are not compiled: {remedy}"
        )


def _children_of(
    table: TechnologyTable, file: File, children: CompiledChildren | None
) -> dict[str, tuple[str, ...]]:
    if children is None:
        return {}
    below = {
        text: children.by_symbol[normalize_symbol(text)]
        for text in table.with_children(by_default=file.children)
    }
    return {text: found for text, found in below.items() if found}


def _problems(error: ValidationError) -> str:
    """Say in one line what pydantic found, with the place of each problem."""
    problems = error.errors(include_url=False)
    shown: list[str] = []
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        place = ".".join(str(part) for part in problem["loc"]) or "file"
        shown.append(f"{place}: {plain_fault(problem)} (got {problem['input']!r:.60})")
    rest = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")
