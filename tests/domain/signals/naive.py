"""What the signals of a company must be, computed at once from its families: with fractions, kept nowhere."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import msgspec

from giants.domain.events import ProgrammeStatus
from giants.domain.signals import RULES, FiledFamily, SignalRules
from giants.domain.taxonomy import Taxonomy
from schemas.codes import SignalKind, Status, SubState
from tests.oracles import exposure as oracle

Expected = dict[tuple[str, str], dict[str, Any]]  # evidence by signal and technology ("" for none)


def expected_signals(
    families: Iterable[FiledFamily],
    standing: ProgrammeStatus | None,
    year: int,
    taxonomy: Taxonomy | None,
    rules: SignalRules = RULES,
    *,
    methodology: str = "exposure-2",
) -> Expected:
    """Evidence of each signal that has to be in force, in the order of subjects."""
    listed = list(families)
    # Hints of names depend on names alone, whatever the year and the status.
    hints = [msgspec.to_builtins(hint) for hint in standing.hints] if standing is not None else []
    found: Expected = {(hint["signal"], ""): hint for hint in hints}
    if standing is None or year == 0 or standing.status is Status.INACTIVE:
        return dict(sorted(found.items()))
    silence = _silence(listed, year, rules)
    if silence is not None:
        found[SignalKind.FILINGS_DRYING_UP, ""] = silence
    if standing.next_review_year is not None and standing.next_review_year - year <= rules.review_years_ahead:
        found[SignalKind.REVIEW_DUE, ""] = {"review_year": standing.next_review_year, "year": year}
    if taxonomy is not None:
        drifts = dict(_drifts(listed, year, taxonomy, rules))
        found |= {(SignalKind.FOCUS_DRIFT, technology): drift for technology, drift in drifts.items()}
        is_maintained = (standing.status, standing.sub_state) == (Status.ACTIVE, SubState.MAINTAINED)
        if is_maintained and standing.tier is None and silence is None:
            found |= {
                (SignalKind.ELEVATION_CANDIDATE, technology): strength
                for technology, strength in _strengths(listed, taxonomy, rules, methodology)
                if technology not in drifts
            }
    return {subject: {"signal": str(subject[0]), **evidence} for subject, evidence in sorted(found.items())}


def _silence(families: list[FiledFamily], year: int, rules: SignalRules) -> dict[str, Any] | None:
    silent_to = year - rules.unpublished_years
    silent_from = silent_to - rules.silent_years + 1
    regular_to = silent_from - 1
    regular_from = regular_to - rules.regular_span_years + 1
    dated = [family.year for family in families if family.year]
    regular = [filed for filed in dated if regular_from <= filed <= regular_to]
    undated = len(families) - len(dated)
    if (
        any(filed > regular_to for filed in dated)
        or len(set(regular)) < rules.regular_years_min
        or len(regular) < rules.regular_families_min
        or Fraction(undated, len(families)) > Fraction(1, rules.dated_per_undated_min)
    ):
        return None
    return {
        "silent_from": silent_from,
        "silent_to": silent_to,
        "regular_from": regular_from,
        "regular_to": regular_to,
        "regular_years": len(set(regular)),
        "regular_families": len(regular),
        "last_filed_year": max(dated),
        "families": len(families),
        "undated": undated,
    }


def _drifts(
    families: list[FiledFamily], year: int, taxonomy: Taxonomy, rules: SignalRules
) -> Iterator[tuple[str, dict[str, Any]]]:
    first = year - rules.window_years + 1
    window = [family for family in families if first <= family.year <= year]
    earlier_classified = _classified(families) - _classified(window)
    if _classified(window) < rules.window_families_min or earlier_classified < rules.earlier_families_min:
        return
    instances, window_instances = _instances(families), _instances(window)
    for technology in taxonomy.technologies:
        matching = _matching(families, technology, taxonomy)
        window_matching = _matching(window, technology, taxonomy)
        if not matching or not window_instances:
            continue
        alignment = Fraction(matching, instances)
        in_window = Fraction(window_matching, window_instances)
        if (
            alignment >= Fraction(1, rules.drift_instances_per_match_max)
            and alignment * window_instances >= rules.drift_matches_expected_min
            and in_window * rules.drift_fall <= alignment
        ):
            yield (
                technology,
                {
                    "window_from": first,
                    "window_to": year,
                    "window_families": len(window),
                    "window_instances": window_instances,
                    "window_matching": window_matching,
                    "window_alignment": round(float(in_window), 6),
                    "families": len(families),
                    "instances": instances,
                    "matching": matching,
                    "alignment": round(float(alignment), 6),
                    "taxonomy_version": taxonomy.version,
                    "classified": _classified(families),
                    "window_classified": _classified(window),
                },
            )


def _strengths(
    families: list[FiledFamily], taxonomy: Taxonomy, rules: SignalRules, methodology: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    instances = _instances(families)
    evidence = oracle.evidence(methodology, len(families), _classified(families))
    for technology in taxonomy.technologies:
        matching = _matching(families, technology, taxonomy)
        rating = oracle.rated(matching, instances, evidence)
        if rating is not None and rating.band in rules.elevation_bands:
            yield (
                technology,
                {
                    "families": len(families),
                    "instances": instances,
                    "matching": matching,
                    "alignment": round(matching / instances, 6),
                    "score": round(rating.score, 4),
                    "band": rating.band,
                    "taxonomy_version": taxonomy.version,
                    "classified": _classified(families),
                },
            )


def _classified(families: list[FiledFamily]) -> int:
    return sum(bool(family.symbols) for family in families)


def _instances(families: list[FiledFamily]) -> int:
    return sum(len(family.symbols) for family in families)


def _matching(families: list[FiledFamily], technology: str, taxonomy: Taxonomy) -> int:
    return sum(
        any(entry.takes(symbol) for entry in taxonomy.entries[technology])
        for family in families
        for symbol in family.symbols
    )
