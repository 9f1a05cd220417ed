"""Ratings by filing date, as the API and the pages answer them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from giants.domain.exposure import few_classified
from giants.domain.filed import AsFiled, FiledPair, as_filed, ends_of_years, filed_methodology, undated
from giants.domain.rating import Rating
from giants.store.queries.dashboard_programme import newest_day
from giants.store.queries.explain import compiled, methodology_of
from giants.store.queries.filed import dated_families
from giants.web import answers_filed
from giants.web.answers import RATING_CAVEATS, ExposureAnswer, PairItem, notes
from giants.web.answers_filed import AsFiledAnswer, FiledYear
from giants.web.context import Context
from giants.web.errors import NotFoundError
from giants.web.reading import of_company
from schemas.changes import CompanySnapshot
from schemas.codes import Caveat

# Digits after the point, as those of exposures.
_ALIGNMENT_DIGITS: Final = 6
_SCORE_DIGITS: Final = 4
_CONFIDENCE_DIGITS: Final = 7
FILED_CAVEATS: Final = (*RATING_CAVEATS, Caveat.AS_FILED, Caveat.PUBLICATION_LAG)


def exposure_as_filed(context: Context, company: CompanySnapshot, day: date | None) -> ExposureAnswer:
    """The ratings of the families filed by the end of a day, or of all that have a filing date."""
    version = context.taxonomy()
    methodology = methodology_of(context.database, company.company_id)
    families = dated_families(context.database, company.company_id)
    (found,) = as_filed(families, [day or date.max], compiled(version), methodology)
    definitions = {technology.id: technology for technology in version.technologies}
    missing = (
        () if families else (Caveat.NO_PATENTS,),
        (Caveat.FEW_CLASSIFIED,) if few_classified(found.families, found.classified) else (),
    )
    return ExposureAnswer(
        **of_company(company),
        as_of=day,
        basis="filed",
        undated=undated(families),
        families=found.families,
        classified=found.classified,
        instances=found.instances,
        confidence=round(found.confidence, _CONFIDENCE_DIGITS),
        taxonomy=version.taxonomy,
        taxonomy_version=version.version,
        methodology=filed_methodology(methodology),
        technologies=tuple(
            PairItem(name=definitions[technology].name, category=definitions[technology].category, **numbers)
            for technology, numbers in _best_first(found)
        ),
        caveats=notes(FILED_CAVEATS, *missing),
    )


def years_as_filed(context: Context, company: CompanySnapshot, technology: str | None) -> AsFiledAnswer:
    """The ratings at the end of every year, from the first filing to the newest day that is known.

    Raises `NotFoundError` where the taxonomy has no such technology.
    """
    version = context.taxonomy()
    if technology is not None and technology not in compiled(version).technologies:
        raise NotFoundError("technology", technology)
    methodology = methodology_of(context.database, company.company_id)
    families = dated_families(context.database, company.company_id)
    until = newest_day(context.database) or company.since
    found = as_filed(families, ends_of_years(families, until), compiled(version), methodology)
    matched = {one for year in found for one in year.pairs if technology in (None, one)}
    return AsFiledAnswer(
        **of_company(company),
        undated=undated(families),
        taxonomy=version.taxonomy,
        taxonomy_version=version.version,
        methodology=filed_methodology(methodology),
        names={one.id: one.name for one in version.technologies if one.id in matched},
        years=tuple(
            FiledYear(
                year=year.on.year,
                on=year.on,
                families=year.families,
                classified=year.classified,
                instances=year.instances,
                confidence=round(year.confidence, _CONFIDENCE_DIGITS),
                technologies=tuple(
                    answers_filed.FiledPair(**numbers) for id_, numbers in _best_first(year) if id_ in matched
                ),
            )
            for year in found
        ),
        caveats=notes(FILED_CAVEATS, () if families else (Caveat.NO_PATENTS,)),
    )


def _best_first(found: AsFiled) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The pairs of a day by score, those below the floor last."""

    def order(item: tuple[str, FiledPair]) -> tuple[float, int, str]:
        technology, pair = item
        return (-(pair.rating.score if pair.rating else 0.0), -pair.matching, technology)

    for technology, pair in sorted(found.pairs.items(), key=order):
        rating: Rating | None = pair.rating
        yield (
            technology,
            {
                "technology": technology,
                "matching": pair.matching,
                "alignment": round(pair.alignment, _ALIGNMENT_DIGITS),
                "score": round(rating.score, _SCORE_DIGITS) if rating else None,
                "band": rating.band if rating else None,
                "profile": rating.profile if rating else None,
            },
        )
