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

    [technologies.retired."G01C19/00"]  # what these symbols became; "-" where they have no successor
    reason = "gyroscopic effect"
    symbols = ["G01P9/00"]

    [[overlaps]]
    technologies = ["inertial-navigation-systems", "quantum-sensors"]
    reason = "why both take some symbols"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from giants.domain.cpc import CpcError
from schemas.base import TECHNOLOGIES_MAX, TECHNOLOGY_SYMBOLS_MAX, Id, Name, Slug, Text
from schemas.facts import TaxonomyVersion

# What is larger would not fit into a record of the topic either; the shipped file has some 120 KB.
TAXONOMY_FILE_BYTES_MAX = 8_000_000
OVERLAPS_MAX = 10_000
REASON_CHARACTERS_MAX = 300
PROBLEMS_SHOWN_MAX = 5
NO_SUCCESSOR = "-"

Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX, strip_whitespace=True)
]


class TaxonomyFileError(CpcError):
    """A taxonomy file cannot be understood."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"taxonomy file {where}: {what}")


class _Strict(BaseModel):
    """A file is written by hand: a field that is not known is a slip of the pen, not a newer version."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Overlap(_Strict):
    """Two technologies that take some of the same symbols, and why (T-09)."""

    technologies: tuple[Slug, Slug]
    reason: Reason


class _Retired(_Strict):
    reason: Reason
    symbols: tuple[Id, ...] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)


class _TechnologyTable(_Strict):
    id: Slug
    name: Name
    category: Name = "uncategorised"
    since: Name | None = None
    cpc: dict[Id, Reason] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)
    retired: dict[Id, _Retired] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)

    def retired_symbols(self) -> dict[str, str | None]:
        """Each retired symbol with its successor."""
        return {
            symbol: None if successor == NO_SUCCESSOR else successor
            for successor, group in self.retired.items()
            for symbol in group.symbols
        }

    def reasons(self) -> dict[tuple[str, str], str]:
        """The reason of each entry, current or retired."""
        current = {(self.id, symbol): reason for symbol, reason in self.cpc.items()}
        return current | {
            (self.id, symbol): group.reason for group in self.retired.values() for symbol in group.symbols
        }


class _File(_Strict):
    taxonomy: Slug
    version: int
    effective_on: object = None
    note: Text | None = None
    technologies: tuple[_TechnologyTable, ...] = Field(min_length=1, max_length=TECHNOLOGIES_MAX)
    overlaps: tuple[Overlap, ...] = Field(default=(), max_length=OVERLAPS_MAX)


@dataclass(frozen=True, slots=True)
class TaxonomyFile:
    """A taxonomy version with what only its file says.

    `reasons` maps (technology id, symbol as listed) to the reason of the entry; `since` maps technology
    ids to when the technology came into the source's list. A JSON file has neither, nor overlaps.
    """

    version: TaxonomyVersion
    reasons: Mapping[tuple[str, str], str]
    since: Mapping[str, str]
    overlaps: tuple[Overlap, ...]


def parse_taxonomy(data: bytes, where: str) -> TaxonomyFile:
    """Read a taxonomy from the bytes of a TOML file, or of a JSON fact of the contract.

    `where` names the file in errors. Raises `TaxonomyFileError`.
    """
    if len(data) > TAXONOMY_FILE_BYTES_MAX:
        raise TaxonomyFileError(where, f"got {len(data)} bytes, expected at most {TAXONOMY_FILE_BYTES_MAX}")
    try:
        if data.lstrip()[:1] == b"{":
            return TaxonomyFile(TaxonomyVersion.model_validate_json(data), reasons={}, since={}, overlaps=())
        return _from_tables(_File.model_validate(tomllib.loads(data.decode())))
    except ValidationError as error:
        raise TaxonomyFileError(where, _problems(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TaxonomyFileError(where, f"expected TOML, or JSON of the contract: {error}") from error


def _from_tables(file: _File) -> TaxonomyFile:
    # The same validation as a fact of the topic gets: a file can hold nothing that the topic would refuse.
    version = TaxonomyVersion.model_validate(
        {
            "taxonomy": file.taxonomy,
            "version": file.version,
            "effective_on": file.effective_on,
            "note": file.note,
            "technologies": [
                {
                    "id": table.id,
                    "name": table.name,
                    "category": table.category,
                    "cpc": tuple(table.cpc),
                    "retired": table.retired_symbols(),
                }
                for table in file.technologies
            ],
        }
    )
    return TaxonomyFile(
        version,
        reasons={place: reason for table in file.technologies for place, reason in table.reasons().items()},
        since={table.id: table.since for table in file.technologies if table.since is not None},
        overlaps=file.overlaps,
    )


def _problems(error: ValidationError) -> str:
    """Say in one line what pydantic found, with the place of each problem."""
    problems = error.errors(include_url=False, include_context=False)
    shown: list[str] = []
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        place = ".".join(str(part) for part in problem["loc"]) or "file"
        shown.append(f"{place}: {problem['msg']} (got {problem['input']!r:.60})")
    rest = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")
