"""Everything as it is now, company by company: where a reader begins who has nothing, or too old a cursor."""

from dataclasses import dataclass

from giants.store.client import Database, Row
from giants.store.queries.pages import bounded
from schemas.changes import CompanySnapshot, ExposureSnapshot, TechnologyExposure
from schemas.codes import Band, Caveat, Profile


@dataclass(frozen=True, slots=True)
class Whole:
    """A company with its exposure; None where no patent family is known."""

    company: CompanySnapshot
    exposure: ExposureSnapshot | None


def companies_after(database: Database, company_id: str, limit: int) -> list[Whole]:
    """The next companies by id with their exposures; fewer than `limit` are the last."""
    rows = database.rows(
        "SELECT company_id, body FROM companies WHERE company_id > {after:String} "
        "ORDER BY company_id LIMIT {limit:UInt32}",
        {"after": company_id, "limit": bounded(limit)},
        raw=("body",),
    )
    if not rows:
        return []
    portfolios = database.rows(
        "SELECT * FROM portfolios WHERE company_id BETWEEN {first:String} AND {last:String}",
        {"first": rows[0]["company_id"], "last": rows[-1]["company_id"]},
    )
    exposures = {row["company_id"]: _exposure(row) for row in portfolios}
    return [
        Whole(CompanySnapshot.model_validate_json(row["body"]), exposures.get(row["company_id"]))
        for row in rows
    ]


def _exposure(row: Row) -> ExposureSnapshot:
    columns = ("technology", "matching", "alignment", "score", "band", "profile")
    return ExposureSnapshot(
        company_id=row["company_id"],
        families=row["families"],
        instances=row["instances"],
        confidence=row["confidence"],
        taxonomy=row["taxonomy"],
        taxonomy_version=row["taxonomy_version"],
        methodology=row["methodology"],
        technologies=tuple(
            TechnologyExposure(
                technology=technology,
                matching=matching,
                alignment=alignment,
                score=score,
                band=None if band is None else Band(band),
                profile=None if profile is None else Profile(profile),
            )
            for technology, matching, alignment, score, band, profile in zip(
                *(row[column] for column in columns), strict=True
            )
        ),
        caveats=tuple(Caveat(code) for code in row["caveats"]),
    )
