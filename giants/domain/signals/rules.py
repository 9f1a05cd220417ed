"""Which signals are in force: a pure function of a portfolio by year, a standing and a year (A-04, S-10).

Thresholds are *this project's own* and stand in `RULES`, a named version. There is no memory in them: a
signal that needed more to be cleared than to be raised would depend on the order in which facts came, and
two readers of the same facts could be told different things (design invariant 1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from giants.domain.events import ProgrammeStatus
from giants.domain.exposure import METHODOLOGY, Methodology, rate
from giants.domain.names.hints import ClusterPlace, GroupToken, JointStockForm, NameHint
from giants.domain.signals.counts import UNDATED, PortfolioByYear
from schemas.codes import Band, Caveat, SignalKind, Status, SubState

# Digits after the point that are published, as those of exposures.
_ALIGNMENT_DIGITS: Final = 6
_SCORE_DIGITS: Final = 4
NO_TECHNOLOGY: Final = ""


@dataclass(frozen=True, slots=True)
class SignalRules:
    """The constants of one version of the rules; years are calendar years, counted in whole ones."""

    id: str
    window_years: int  # the newest years that drift is looked for in, the current one included
    window_families_min: int  # classified families in the window
    earlier_families_min: int  # classified families outside of it
    drift_instances_per_match_max: int  # only technologies that hold a tenth of the portfolio can drift
    drift_matches_expected_min: int  # matches in the window if nothing had changed: fewer are chance
    drift_fall: int  # the window's alignment is at most all alignment divided by this
    unpublished_years: int  # the newest years never count as silence: patents come out after 18 months
    silent_years: int  # whole years without a family
    regular_span_years: int  # the years before the silence
    regular_years_min: int  # of those, years with a family
    regular_families_min: int  # families in the span
    dated_per_undated_min: int  # a silence is told only where at most a tenth of all families is undated
    review_years_ahead: int  # a review of the next calendar year begins within twelve months
    elevation_bands: frozenset[Band]  # ratings that make a candidate


RULES: Final = SignalRules(
    id="signals-2",
    window_years=3,
    window_families_min=10,
    earlier_families_min=10,
    drift_instances_per_match_max=10,
    drift_matches_expected_min=5,
    drift_fall=2,
    unpublished_years=2,
    silent_years=3,
    regular_span_years=5,
    regular_years_min=3,
    regular_families_min=5,
    dated_per_undated_min=10,
    review_years_ahead=1,
    elevation_bands=frozenset({Band.STRONG, Band.VERY_STRONG}),
)


def signals_methodology(methodology: Methodology) -> str:
    """What an answer names: the rules, and the method of the ratings that they rest on."""
    return f"{RULES.id}+{methodology.id}"


class FocusDrift(msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.FOCUS_DRIFT.value):
    """A technology's share of the newest filings is far below its share of all; see `schemas.signals`."""

    window_from: int
    window_to: int
    window_families: int
    window_instances: int
    window_matching: int
    window_alignment: float
    families: int
    instances: int
    matching: int
    alignment: float
    taxonomy_version: int
    classified: int | None = None  # None in what was announced by a release that did not count them
    window_classified: int | None = None  # as `classified`


class FilingsDryingUp(
    msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.FILINGS_DRYING_UP.value
):
    """Nothing was filed in whole years after years with many families; see `schemas.signals`."""

    silent_from: int
    silent_to: int
    regular_from: int
    regular_to: int
    regular_years: int
    regular_families: int
    last_filed_year: int
    families: int
    undated: int


class ReviewDue(msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.REVIEW_DUE.value):
    """The review year is this one or the next; see `schemas.signals`."""

    review_year: int
    year: int


class ElevationCandidate(
    msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.ELEVATION_CANDIDATE.value
):
    """A strong rating beside a title that passed a review; see `schemas.signals`."""

    families: int
    instances: int
    matching: int
    alignment: float
    score: float
    band: Band
    taxonomy_version: int
    classified: int | None = None


Evidence = (
    FocusDrift | FilingsDryingUp | ReviewDue | ElevationCandidate | GroupToken | JointStockForm | ClusterPlace
)


class Subject(NamedTuple):
    """What a signal of a company is about: its kind, and a technology or `NO_TECHNOLOGY`."""

    kind: SignalKind
    technology: str


_CAVEATS: Final[Mapping[SignalKind, tuple[Caveat, ...]]] = MappingProxyType(
    {
        SignalKind.FOCUS_DRIFT: (
            Caveat.SIGNAL_NOT_FINDING,
            Caveat.PATENT_COVERAGE,
            Caveat.MAPPING_OWN_WORK,
            Caveat.PUBLICATION_LAG,
        ),
        SignalKind.FILINGS_DRYING_UP: (
            Caveat.SIGNAL_NOT_FINDING,
            Caveat.PATENT_COVERAGE,
            Caveat.PUBLICATION_LAG,
        ),
        SignalKind.REVIEW_DUE: (Caveat.SIGNAL_NOT_FINDING,),
        SignalKind.ELEVATION_CANDIDATE: (
            Caveat.SIGNAL_NOT_FINDING,
            Caveat.NOT_MALIGN,
            Caveat.SCORE_DERIVED,
            Caveat.BANDS_ASSUMED,
            Caveat.MAPPING_OWN_WORK,
        ),
        SignalKind.GROUP_NAME: (Caveat.SIGNAL_NOT_FINDING, Caveat.STANDALONE_ENTITY, Caveat.NOT_MALIGN),
        SignalKind.JOINT_STOCK_FORM: (Caveat.SIGNAL_NOT_FINDING,),
        SignalKind.CLUSTER_PLACE: (Caveat.SIGNAL_NOT_FINDING,),
    }
)
_HINTS: Final[Mapping[type[NameHint], SignalKind]] = MappingProxyType(
    {
        GroupToken: SignalKind.GROUP_NAME,
        JointStockForm: SignalKind.JOINT_STOCK_FORM,
        ClusterPlace: SignalKind.CLUSTER_PLACE,
    }
)


def caveats_of(kind: SignalKind) -> tuple[Caveat, ...]:
    """What a reader must be told beside a signal of a kind (A-07)."""
    return _CAVEATS[kind]


def hints_of(standing: ProgrammeStatus | None) -> dict[Subject, Evidence]:
    """The signals that depend on names alone: whatever the status, and in every year."""
    hints = () if standing is None else standing.hints
    found: dict[Subject, Evidence] = {Subject(_HINTS[type(hint)], NO_TECHNOLOGY): hint for hint in hints}
    return dict(sorted(found.items()))


def signals_of(
    portfolio: PortfolioByYear,
    standing: ProgrammeStatus | None,
    year: int,
    taxonomy_version: int,
    methodology: Methodology = METHODOLOGY,
) -> dict[Subject, Evidence]:
    """The signals in force for a company, in the order of subjects.

    `year` is that of the newest day known, 0 where none is: then, and for a company whose title is not in
    force, there are none but hints of names. A portfolio that is counted under no taxonomy has no signals
    about technologies.
    """
    found: dict[Subject, Evidence] = hints_of(standing)
    if standing is None or not year or standing.status is Status.INACTIVE:
        return found
    for technology, drift in _drifts(portfolio, year, taxonomy_version):
        found[Subject(SignalKind.FOCUS_DRIFT, technology)] = drift
    dried = _drying_up(portfolio, year)
    if dried is not None:
        found[Subject(SignalKind.FILINGS_DRYING_UP, NO_TECHNOLOGY)] = dried
    due = standing.next_review_year
    if due is not None and due <= year + RULES.review_years_ahead:
        found[Subject(SignalKind.REVIEW_DUE, NO_TECHNOLOGY)] = ReviewDue(due, year)
    if dried is None and _may_rise(standing):
        for technology, strength in _strengths(portfolio, taxonomy_version, methodology):
            if Subject(SignalKind.FOCUS_DRIFT, technology) not in found:
                found[Subject(SignalKind.ELEVATION_CANDIDATE, technology)] = strength
    return dict(sorted(found.items())) if len(found) > 1 else found


def _drifts(portfolio: PortfolioByYear, year: int, taxonomy_version: int) -> Iterator[tuple[str, FocusDrift]]:
    """Technologies whose alignment in the window is at most half of that of all, compared as integers."""
    first, total = year - RULES.window_years + 1, portfolio.total
    window = portfolio.window(first, year)
    # A family without a symbol is no evidence of a focus, neither inside of the window nor outside.
    window_classified = sum([filings.classified for filings in window])
    earlier_classified = total.classified - window_classified
    if window_classified < RULES.window_families_min or earlier_classified < RULES.earlier_families_min:
        return
    window_instances = sum([filings.instances for filings in window])
    for technology, matching in total.matching.items():
        is_held = RULES.drift_instances_per_match_max * matching >= total.instances
        is_enough = matching * window_instances >= RULES.drift_matches_expected_min * total.instances
        if not (is_held and is_enough):
            continue
        window_matching = sum([filings.matching.get(technology, 0) for filings in window])
        if RULES.drift_fall * window_matching * total.instances <= matching * window_instances:
            yield (
                technology,
                FocusDrift(
                    window_from=first,
                    window_to=year,
                    window_families=sum([filings.families for filings in window]),
                    window_instances=window_instances,
                    window_matching=window_matching,
                    window_alignment=round(window_matching / window_instances, _ALIGNMENT_DIGITS),
                    families=total.families,
                    instances=total.instances,
                    matching=matching,
                    alignment=round(matching / total.instances, _ALIGNMENT_DIGITS),
                    taxonomy_version=taxonomy_version,
                    classified=total.classified,
                    window_classified=window_classified,
                ),
            )


def _drying_up(portfolio: PortfolioByYear, year: int) -> FilingsDryingUp | None:
    """Silence in whole years that had time to be published, and until now, after regular filings."""
    silent_to = year - RULES.unpublished_years
    regular_to = silent_to - RULES.silent_years
    regular_from = regular_to - RULES.regular_span_years + 1
    last_filed = max(portfolio.by_year, default=UNDATED)
    if not regular_from <= last_filed <= regular_to:
        return None
    regular = portfolio.window(regular_from, regular_to)
    regular_families = sum([filings.families for filings in regular])
    if len(regular) < RULES.regular_years_min or regular_families < RULES.regular_families_min:
        return None
    families = portfolio.total.families
    undated = portfolio.families_in(UNDATED, UNDATED)
    if RULES.dated_per_undated_min * undated > families:
        return None
    return FilingsDryingUp(
        silent_from=regular_to + 1,
        silent_to=silent_to,
        regular_from=regular_from,
        regular_to=regular_to,
        regular_years=len(regular),
        regular_families=regular_families,
        last_filed_year=last_filed,
        families=families,
        undated=undated,
    )


def _may_rise(standing: ProgrammeStatus) -> bool:
    """Whether a title is in force, passed a review and has no tier above it yet (S-13)."""
    return (
        standing.status is Status.ACTIVE
        and standing.sub_state is SubState.MAINTAINED
        and standing.tier is None
    )


def _strengths(
    portfolio: PortfolioByYear, taxonomy_version: int, methodology: Methodology
) -> Iterator[tuple[str, ElevationCandidate]]:
    """Technologies in which the portfolio is rated strong or better."""
    total = portfolio.total
    evidence = methodology.evidence(total.families, total.classified)
    for technology, matching in total.matching.items():
        rating = rate(matching, total.instances, evidence)
        if rating is not None and rating.band in RULES.elevation_bands:
            yield (
                technology,
                ElevationCandidate(
                    families=total.families,
                    instances=total.instances,
                    matching=matching,
                    alignment=round(matching / total.instances, _ALIGNMENT_DIGITS),
                    score=round(rating.score, _SCORE_DIGITS),
                    band=rating.band,
                    taxonomy_version=taxonomy_version,
                    classified=total.classified,
                ),
            )
