"""How signals before reviews go with their outcomes, as the API and the page answer it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from giants.domain.exposure import METHODOLOGIES
from giants.domain.prediction import RULES_ID, SignalName, cases_of
from giants.domain.signals import signals_methodology
from giants.store.queries.explain import compiled
from giants.store.queries.filed import reviewed_companies
from giants.web.answers import notes
from giants.web.answers_prediction import (
    ApartItem,
    LiftItem,
    MeasureItem,
    PredictionAnswer,
    ShareItem,
    YearItem,
)
from giants.web.context import Context
from schemas.codes import Caveat

CAVEATS: Final = (
    Caveat.ASSOCIATION,
    Caveat.SMALL_NUMBERS,
    Caveat.SIGNAL_NOT_FINDING,
    Caveat.AS_FILED,
    Caveat.PUBLICATION_LAG,
    Caveat.PATENT_COVERAGE,
    Caveat.MAPPING_OWN_WORK,
)
MEANINGS: Final[Mapping[SignalName, str]] = MappingProxyType(
    {
        SignalName.FOCUS_DRIFT: "focus drift in at least one technology",
        SignalName.FILINGS_DRYING_UP: "filings drying up",
        SignalName.ELEVATION_CANDIDATE: "a candidate for a higher title (expected to keep this one)",
        SignalName.BAND_FELL: "a band as filed lower than three years before, or gone",
        SignalName.UNRATED: "no technology rated as filed",
        SignalName.LOW_CONFIDENCE: "confidence as filed below 0.5: a small portfolio",
    }
)


def prediction(context: Context) -> PredictionAnswer:
    """Hold every signal against the outcomes of all settled reviews; computed once for many readers."""
    return context.answers.get("prediction", lambda: _prediction(context))


def _prediction(context: Context) -> PredictionAnswer:
    from giants.domain.prediction.measures import measures_of  # noqa: PLC0415 - NumPy is for this alone

    version = context.taxonomy()
    methodology = METHODOLOGIES[context.settings.methodology]
    found = cases_of(reviewed_companies(context.database), compiled(version), methodology)
    measures = measures_of(found.cases)
    return PredictionAnswer(
        lost=ShareItem.model_validate(measures.lost),
        enough=measures.enough,
        tried=measures.tried,
        years=tuple(
            YearItem(review_year=year, reviews=reviews, lost=lost) for year, reviews, lost in measures.by_year
        ),
        uncovered=ApartItem(reviews=found.uncovered[0], lost=found.uncovered[1]),
        undated=ApartItem(reviews=found.undated[0], lost=found.undated[1]),
        signals=tuple(
            MeasureItem(
                signal=one.signal,
                meaning=MEANINGS[one.signal],
                precision=ShareItem.model_validate(one.precision),
                recall=ShareItem.model_validate(one.recall),
                passed_with=ShareItem.model_validate(one.passed_with),
                lift=LiftItem.model_validate(one.lift),
                p=one.p,
                stands_out=one.stands_out,
            )
            for one in measures.signals
        ),
        taxonomy=version.taxonomy,
        taxonomy_version=version.version,
        methodology=f"{RULES_ID}+{signals_methodology(methodology)}",
        caveats=notes(CAVEATS),
    )
