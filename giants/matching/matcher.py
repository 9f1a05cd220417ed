"""Queries matched with the companies of an index: candidates scored, explained, and judged by thresholds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Final

from giants.domain.authorities import AUTHORITIES
from giants.domain.names.english import OTHER_KIND_MAX
from giants.domain.names.normal import is_chinese, normal_form
from giants.domain.names.places import PLACES
from giants.matching.chinese import MatchContext, compare_chinese
from giants.matching.index import CompanyIndex, Entry, OneCompany
from giants.matching.latin import (
    INITIALS,
    LatinParts,
    compare_latin,
    compare_reading,
    initials_of,
    latin_parts,
)
from giants.matching.model import (
    CANDIDATES_SHOWN_MAX,
    NAME_CHARACTERS_MAX,
    Answer,
    Candidate,
    Feature,
    Outcome,
    Query,
    Thresholds,
    Verdict,
)
from giants.matching.parts import chinese_parts, roots_of
from schemas.base import AuthorityCode

# Two companies within this distance are not told apart, so neither is a match without a person.
MARGIN_MIN: Final = 0.03
OTHER_USCC_MAX: Final = 0.65
_EXACT: Final = 0.995


class Matcher:
    """Answers queries from an index."""

    def __init__(self, index: CompanyIndex | OneCompany, thresholds: Thresholds | None = None) -> None:
        self.index: Final = index
        self.thresholds: Final = thresholds or Thresholds()

    def answers(self, queries: Iterable[Query]) -> Iterator[Answer]:
        """The answers of queries, in their order, one at a time."""
        return (self.match(query) for query in queries)

    def match(self, query: Query, shown_max: int = CANDIDATES_SHOWN_MAX) -> Answer:
        """The companies that a query may mean, best first, none under the review threshold."""
        best: dict[str, Candidate] = {}
        for candidate in self._candidates(query):
            known = best.get(candidate.company_id)
            if known is None or candidate.score > known.score:
                best[candidate.company_id] = candidate
        ranked = sorted(best.values(), key=lambda one: (-one.score, one.company_id))
        shown = tuple(one for one in ranked if one.score >= self.thresholds.review)
        return Answer(query, verdict_of(shown, self.thresholds), shown[:shown_max])

    def _candidates(self, query: Query) -> Iterator[Candidate]:
        hint = place_roots(query.place) if query.place else frozenset[AuthorityCode]()
        if query.uscc:
            yield from self._of_uscc(query)
        for name in query.names:
            if is_chinese(name[:NAME_CHARACTERS_MAX]):
                found = self._chinese(name[:NAME_CHARACTERS_MAX], hint)
            else:
                found = self._latin(name[:NAME_CHARACTERS_MAX])
            for entry, features in found:
                yield _with_uscc(_candidate(entry, name, features), query, entry)

    def _of_uscc(self, query: Query) -> Iterator[Candidate]:
        for entry in self.index.by_uscc(query.uscc or ""):
            is_same = normal_form(query.name) == normal_form(entry.name)
            features = [Feature("uscc", Outcome.AGREES, 1.0, f"{query.uscc} in both")]
            if not is_same:
                features.append(Feature("name", Outcome.DIFFERS, 0.99, f"recorded as {entry.name}"))
            yield _candidate(entry, query.name, tuple(features))

    def _chinese(
        self, name: str, hint: frozenset[AuthorityCode]
    ) -> Iterator[tuple[Entry, tuple[Feature, ...]]]:
        parts = chinese_parts(name)
        for entry in self.index.chinese(parts):
            if entry.parts is not None:
                shared = self.index.companies_of_core(entry.parts.core)
                context = MatchContext(hint, entry.company.authority, shared)
                features = compare_chinese(parts, entry.parts, context)
                if features:
                    yield entry, features

    def _latin(self, name: str) -> Iterator[tuple[Entry, tuple[Feature, ...]]]:
        parts = latin_parts(name)
        initials = initials_of(name)
        for entry in self.index.latin(name, parts):
            if entry.english_key is not None and entry.english_key == parts.key:
                yield entry, (Feature("name", Outcome.AGREES, 1.0, "same English name"),)
                continue
            for form in entry.forms:
                is_derived = entry.parts is not None
                is_rare = self.index.companies_of_brand(form.brand) == 1
                yield entry, compare_latin(parts, form, is_derived=is_derived, is_rare_brand=is_rare)
            yield from self._readings(entry, parts, initials)

    def _readings(
        self, entry: Entry, parts: LatinParts, initials: str | None
    ) -> Iterator[tuple[Entry, tuple[Feature, ...]]]:
        if entry.reading is None:
            return
        if features := compare_reading(parts, entry.reading):
            yield entry, features
        if initials is not None and initials == entry.reading.initials:
            detail = f"first letters of {entry.reading.full[0]}"
            yield entry, (Feature("initials", Outcome.AGREES, INITIALS, detail),)


def verdict_of(ranked: tuple[Candidate, ...], thresholds: Thresholds) -> Verdict:
    """What candidates come to, best first."""
    if not ranked:
        return Verdict.NONE
    if ranked[0].score < thresholds.match:
        return Verdict.REVIEW
    if len(ranked) == 1 or ranked[0].score - ranked[1].score >= MARGIN_MIN:
        return Verdict.MATCH
    # A name that is exactly recorded is that company's, however near another comes.
    if ranked[0].score >= _EXACT > ranked[1].score:
        return Verdict.MATCH
    return Verdict.AMBIGUOUS


def _candidate(entry: Entry, name: str, features: tuple[Feature, ...]) -> Candidate:
    score = prod(feature.factor for feature in features)
    # The factor of another kind of firm is a ceiling, not a weight.
    kind = next((one for one in features if one.name == "legal form" and one.factor == OTHER_KIND_MAX), None)
    if kind is not None:
        score = min(score / OTHER_KIND_MAX, OTHER_KIND_MAX)
    return Candidate(entry.company.company_id, round(score, 4), name, entry.name, features)


def _with_uscc(candidate: Candidate, query: Query, entry: Entry) -> Candidate:
    """Two codes of the register are two firms, however alike the names are."""
    if not query.uscc or not entry.company.uscc or query.uscc == entry.company.uscc:
        return candidate
    detail = f"{query.uscc}, not {entry.company.uscc}"
    feature = Feature("uscc", Outcome.DIFFERS, OTHER_USCC_MAX, detail)
    score = min(candidate.score, OTHER_USCC_MAX)
    return replace(candidate, score=score, features=(*candidate.features, feature))


@lru_cache(maxsize=4_096)
def place_roots(place: str) -> frozenset[AuthorityCode]:
    """The province of a place given beside a name, in Chinese, English or as a code; none if unknown."""
    wanted = place.strip().casefold()
    for authority in AUTHORITIES:
        said = (authority.code, authority.jurisdiction_zh, authority.jurisdiction_en)
        if wanted in {one.casefold() for one in said}:
            return frozenset({authority.parent or authority.code})
    parts = chinese_parts(place) if is_chinese(place) else None
    found = parts.places if parts else tuple(PLACES[base] for base in latin_parts(place).form.places)
    if parts and not found and normal_form(place) in PLACES:
        found = (PLACES[normal_form(place)],)
    return roots_of(found)
