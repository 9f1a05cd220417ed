"""A snapshot of all companies, page by page: where a reader without a valid cursor begins."""

from dataclasses import dataclass
from typing import Final

import orjson

from giants.store.client import Database, Row
from giants.store.epochs import shown_rows
from giants.store.queries.pages import bounded
from schemas.changes import CompanySnapshot, ExposureSnapshot

# Two steps: which companies, so that no other bodies are decompressed.
_NEXT: Final = """
SELECT company_id FROM companies_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id > {after:String}
ORDER BY company_id LIMIT {limit:UInt32}
"""
_COMPANIES: Final = """
SELECT company_id, body FROM companies_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id BETWEEN {first:String} AND {last:String}
ORDER BY company_id
"""
_EXPOSURES: Final = """
SELECT company_id, families, classified, instances, confidence, taxonomy, taxonomy_version, methodology,
       technology, matching, alignment, score, band, profile, sensitivity, caveats
FROM exposures_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id BETWEEN {first:String} AND {last:String}
"""
_OF_PAIRS: Final = ("technology", "matching", "alignment", "score", "band", "profile", "sensitivity")


@dataclass(frozen=True, slots=True)
class Whole:
    """A company with its exposure; None where no patent family is known."""

    company: CompanySnapshot
    exposure: ExposureSnapshot | None


def companies_after(database: Database, company_id: str, limit: int) -> tuple[list[Whole], str | None]:
    """The next companies by id with their exposures, and after which id to go on; None after the last.

    A company that was merged meanwhile is left out, so a page before the last may have fewer than `limit`.
    """
    ids = shown_rows(database, _NEXT, {"after": company_id, "limit": bounded(limit)})
    if not ids:
        return [], None
    span = {"first": ids[0]["company_id"], "last": ids[-1]["company_id"]}
    rows = shown_rows(database, _COMPANIES, span, raw=("body",))
    exposures = {row["company_id"]: _exposure(row) for row in shown_rows(database, _EXPOSURES, span)}
    wholes = [
        Whole(CompanySnapshot.model_validate_json(row["body"]), exposures.get(row["company_id"]))
        for row in rows
    ]
    return wholes, span["last"] if len(ids) == bounded(limit) else None


def _exposure(row: Row) -> ExposureSnapshot:
    """A row as a message; its technologies are validated at once, which is faster than one by one."""
    of_pairs = zip(*(row[column] for column in _OF_PAIRS), strict=True)
    technologies = [dict(zip(_OF_PAIRS, values, strict=True)) for values in of_pairs]
    for one in technologies:
        one["sensitivity"] = orjson.loads(one["sensitivity"]) if one["sensitivity"] else None
    return ExposureSnapshot.model_validate(row | {"technologies": technologies})
