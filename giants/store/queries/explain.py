"""How a rating was made: the symbols that match, their families, every number on the way (X-03 … X-17)."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache, cached

from giants.domain.exposure import METHODOLOGIES, METHODOLOGY, Methodology, confidence, rate
from giants.domain.sensitivity import PairCounts, Scored, dependence_of, is_additional, sensitivity_of
from giants.domain.taxonomy import Taxonomy
from giants.store.client import Database
from giants.store.epochs import shown_rows
from schemas import changes
from schemas.changes import Cause
from schemas.codes import Band, Profile
from schemas.facts import TaxonomyVersion

FAMILIES_SHOWN_MAX: Final = 20
# The symbol '' counts the portfolio as a whole: every family has it once.
_CARRIED: Final = """
SELECT symbol, count() AS families, countIf(notEmpty(symbols)) AS classified
FROM portfolio_rows FINAL ARRAY JOIN arrayPushFront(symbols, '') AS symbol
WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
GROUP BY symbol
"""
_FAMILIES: Final = """
SELECT symbol, groupArraySorted({most:UInt32})(family_id) AS family_ids
FROM portfolio_rows FINAL ARRAY JOIN symbols AS symbol
WHERE epoch = {epoch:UInt32} AND company_id = {id:String} AND symbol IN {symbols:Array(String)}
GROUP BY symbol
"""
# Duplicate rows of a change are equal.
_LAST: Final = """
SELECT cause_kind, cause_ref FROM rating_changes_rows
WHERE epoch = {epoch:UInt32} AND company_id = {id:String} AND technology = {technology:String}
ORDER BY seq DESC LIMIT 1
"""
_RATED_BY: Final = """
SELECT methodology FROM exposures_rows FINAL WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
"""
TAXONOMIES_CACHED: Final = 4


@dataclass(frozen=True, slots=True)
class SymbolItem:
    """A CPC symbol that the technology takes: through which entry, in how many families, some of them."""

    symbol: str
    entry: str
    takes_whole_group: bool
    retired: bool
    families: int
    family_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the rating of a pair is made.

    `alignment` is None for an empty portfolio; score, band and profile are None below the floor.
    """

    company_id: str
    technology: str
    technology_name: str
    category: str
    families: int
    classified: int
    instances: int
    matching: int
    symbols: tuple[SymbolItem, ...]
    alignment: float | None
    confidence: float
    score: float | None
    band: Band | None
    profile: Profile | None
    sensitivity: changes.Sensitivity | None
    depends: str | None
    taxonomy: str
    taxonomy_version: int
    methodology: str
    last_cause: Cause | None


def explain(
    database: Database, version: TaxonomyVersion, company_id: str, technology: str
) -> Explanation | None:
    """How a company is rated in a technology; None where the taxonomy has no such technology."""
    taxonomy = compiled(version)
    definition = taxonomy.technologies.get(technology)
    if definition is None:
        return None
    rows = shown_rows(database, _CARRIED, {"id": company_id})
    carried = {row["symbol"]: row["families"] for row in rows}
    families = carried.pop("", 0)
    classified = next((row["classified"] for row in rows if not row["symbol"]), 0)
    methodology = methodology_of(database, company_id)
    evidence = methodology.evidence(families, classified)
    instances = sum(carried.values())
    symbols = _matching(database, taxonomy, company_id, technology, carried)
    matching = sum(symbol.families for symbol in symbols)
    rating = rate(matching, instances, evidence)
    sensitivity = _sensitivity(_counts(taxonomy, technology, symbols, carried), evidence)
    return Explanation(
        company_id=company_id,
        technology=technology,
        technology_name=definition.name,
        category=definition.category,
        families=families,
        classified=classified,
        instances=instances,
        matching=matching,
        symbols=symbols,
        alignment=matching / instances if instances else None,
        confidence=confidence(evidence),
        score=rating.score if rating else None,
        band=rating.band if rating else None,
        profile=rating.profile if rating else None,
        sensitivity=sensitivity,
        depends=depends_of(rating.band if rating else None, sensitivity),
        taxonomy=taxonomy.id,
        taxonomy_version=taxonomy.version,
        methodology=methodology.id,
        last_cause=_last_cause(database, company_id, technology),
    )


def depends_of(band: str | None, sensitivity: changes.Sensitivity | None) -> str | None:
    """Where the band of a pair depends on the choices of the method; None where on none of them."""
    return None if band is None or sensitivity is None else dependence_of(Band(band), sensitivity)


def _counts(
    taxonomy: Taxonomy, technology: str, symbols: Sequence[SymbolItem], carried: Mapping[str, int]
) -> PairCounts:
    """What the sensitivity of a pair rests on, from the symbols of the portfolio and those that match."""
    return PairCounts(
        sum(one.families for one in symbols),
        sum(carried.values()),
        sum(one.families for one in symbols if is_additional(one.symbol)),
        sum(families for symbol, families in carried.items() if is_additional(symbol)),
        sum(one.families for one in symbols if technology in taxonomy.by_children_alone(one.symbol)),
    )


def _sensitivity(counts: PairCounts, evidence: int) -> changes.Sensitivity | None:
    found = sensitivity_of(counts, evidence)
    if found is None:
        return None
    return changes.Sensitivity(
        without_indexing=_scored_band(found.without_indexing),
        without_children=_scored_band(found.without_children),
        limits_lower=found.limits_lower,
        limits_higher=found.limits_higher,
    )


def _scored_band(scored: Scored | None) -> changes.ScoredBand | None:
    return None if scored is None else changes.ScoredBand(score=scored[0], band=scored[1])


@cached(LRUCache(TAXONOMIES_CACHED), key=id, lock=threading.Lock())
def compiled(version: TaxonomyVersion) -> Taxonomy:
    """A taxonomy ready for matching; the last ones are cached, by the identity of their version."""
    return Taxonomy.compile(version)


def _matching(
    database: Database, taxonomy: Taxonomy, company_id: str, technology: str, carried: Mapping[str, int]
) -> tuple[SymbolItem, ...]:
    """The company's symbols that the technology takes, those of most families first."""
    taken = {
        symbol: families
        for symbol, families in carried.items()
        if technology in taxonomy.technologies_of(symbol)
    }
    if not taken:
        return ()
    asked = {"id": company_id, "symbols": sorted(taken), "most": FAMILIES_SHOWN_MAX}
    shown = shown_rows(database, _FAMILIES, asked)
    family_ids = {row["symbol"]: tuple(row["family_ids"]) for row in shown}
    found = []
    for symbol in sorted(taken, key=lambda symbol: (-taken[symbol], symbol)):
        entry = taxonomy.entry_of(symbol, technology)
        if entry is not None:
            found.append(
                SymbolItem(
                    symbol,
                    entry.symbol,
                    entry.whole_group,
                    entry.retired,
                    taken[symbol],
                    family_ids.get(symbol, ()),
                )
            )
    return tuple(found)


def methodology_of(database: Database, company_id: str) -> Methodology:
    """The methodology by which a company is rated, the default one while it is not."""
    rows = shown_rows(database, _RATED_BY, {"id": company_id})
    return METHODOLOGIES.get(rows[0]["methodology"], METHODOLOGY) if rows else METHODOLOGY


def _last_cause(database: Database, company_id: str, technology: str) -> Cause | None:
    rows = shown_rows(database, _LAST, {"id": company_id, "technology": technology})
    return Cause(kind=rows[0]["cause_kind"], ref=rows[0]["cause_ref"]) if rows else None
