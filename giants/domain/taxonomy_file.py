"""Taxonomies as files: the readable TOML form, with a reason for each entry, and the contract's JSON.

A TOML file holds the fields of a taxonomy version and one table a technology:

    taxonomy = "ctt74"
    version = 1
    effective_on = 2025-12-01
    note = "whose mapping this is"

    [[technologies]]
    id = "gravitational-force-sensors"
    name = "Gravitational-force sensors"
    category = "Sensing, timing and navigation"
    since = "2024-08"

    [technologies.cpc]
    "G01V7/00" = "measuring gravitational fields"

    [technologies.retired]
    "G01V99/00" = { successor = "G01V20/00", reason = "why it belonged" }

    [[overlaps]]
    technologies = ["a", "b"]
    reason = "why both take some symbols"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from giants.domain.cpc import CpcError
from schemas.base import TECHNOLOGIES_MAX, TECHNOLOGY_SYMBOLS_MAX, Id, Name, Slug, Text
from schemas.facts import TaxonomyVersion, Technology

# A file of the largest taxonomy that the contract takes stays below this.
TAXONOMY_FILE_BYTES_MAX = 64_000_000
OVERLAPS_MAX = 10_000
PROBLEMS_SHOWN_MAX = 5

Reason = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]


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


class _RetiredEntry(_Strict):
    successor: Id | None = None
    reason: Reason


class _TechnologyTable(_Strict):
    id: Slug
    name: Name
    category: Name = "uncategorised"
    since: Name | None = None
    cpc: dict[Id, Reason] = Field(min_length=1, max_length=TECHNOLOGY_SYMBOLS_MAX)
    retired: dict[Id, _RetiredEntry] = Field(default={}, max_length=TECHNOLOGY_SYMBOLS_MAX)


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
    ids to when the technology came into the source's list. Both are empty for a JSON file.
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
    technologies = tuple(
        Technology(
            id=table.id,
            name=table.name,
            category=table.category,
            cpc=tuple(table.cpc),
            retired={symbol: entry.successor for symbol, entry in table.retired.items()},
        )
        for table in file.technologies
    )
    version = TaxonomyVersion.model_validate(
        {
            "taxonomy": file.taxonomy,
            "version": file.version,
            "effective_on": file.effective_on,
            "note": file.note,
            "technologies": technologies,
        }
    )
    reasons = {
        (table.id, symbol): reason for table in file.technologies for symbol, reason in table.cpc.items()
    }
    reasons |= {
        (table.id, symbol): entry.reason
        for table in file.technologies
        for symbol, entry in table.retired.items()
    }
    since = {table.id: table.since for table in file.technologies if table.since is not None}
    return TaxonomyFile(version, reasons, since, file.overlaps)


def _problems(error: ValidationError) -> str:
    """Say in one line what pydantic found, with the place of each problem."""
    problems = error.errors(include_url=False, include_context=False)
    shown: list[str] = []
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        place = ".".join(str(part) for part in problem["loc"]) or "file"
        shown.append(f"{place}: {problem['msg']} (got {problem['input']!r:.60})")
    rest = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")
