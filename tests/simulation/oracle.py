"""The oracle: what the outputs must say in the end, computed at once from the set of facts.

It knows no frames, no deltas, no tallies that are kept, no order: of each identity the prevailing fact, the
registry's own batch computation, and then sums.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import orjson
from pydantic import BaseModel

from giants.decoding import facts
from giants.decoding.families import digest_of, family_event
from giants.domain.events import Family as FamilyEvent
from giants.domain.events import Origin, ProgrammeStatus
from giants.domain.names.hints import name_hints
from giants.domain.registry import Finding, FindingCode, Severity, recompute_all
from giants.domain.signals import (
    RULES,
    Evidence,
    FiledFamily,
    SignalRules,
    caveats_of,
    sentence_of,
)
from giants.domain.taxonomy import Taxonomy
from giants.kafka.log import Headers
from schemas.changes import CompanySnapshot
from schemas.codes import Caveat, SignalKind
from schemas.facts import Family, ProgrammeFact, TaxonomyVersion
from tests.domain.signals.naive import Expected, expected_signals
from tests.oracles import exposure as oracle
from tests.oracles.inventions import Filed, one_invention_once
from tests.simulation.history import TAXONOMY

# A family as the event of its record, since two records of one version are ranked by their bytes.
Fact = BaseModel | FamilyEvent
METHODOLOGY = "exposure-2"  # the default
INVENTION_FAMILIES_MAX = 50
_NOW = Origin(0)
_CAVEATS = [
    Caveat.NOT_A_VERDICT,
    Caveat.FLOOR_NOT_CEILING,
    Caveat.SCORE_DERIVED,
    Caveat.BANDS_ASSUMED,
    Caveat.MAPPING_OWN_WORK,
    Caveat.CONFIDENCE_NOT_PROBABILITY,
]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the compacted topics must hold: bytes by company, and the findings in force."""

    companies: Mapping[bytes, bytes]
    exposures: Mapping[bytes, bytes]
    signals: Mapping[bytes, bytes]
    findings: tuple[Finding, ...]
    lists: Mapping[bytes, bytes]


@dataclass(slots=True)
class _Portfolio:
    filed: list[FiledFamily] = field(default_factory=list)
    symbols: Counter[str] = field(default_factory=Counter)

    @property
    def families(self) -> int:
        return len(self.filed)

    @property
    def classified(self) -> int:
        return sum(bool(family.symbols) for family in self.filed)


def understood(kind: str, value: bytes | None, headers: Headers) -> Fact | None:
    """Give the fact that an input record holds, or None where it has to be refused."""
    try:
        fact = facts.read_fact(kind, value, dict(headers).get(facts.SCHEMA_VERSION_HEADER))
    except facts.FactError:
        return None
    foreign = isinstance(fact, TaxonomyVersion) and fact.taxonomy != TAXONOMY
    if isinstance(fact, Family):
        return family_event(fact, _NOW, digest_of(value or b""))
    return None if foreign else fact


def truth(
    known: Iterable[Fact],
    rules: SignalRules = RULES,
    methodology: str = METHODOLOGY,
    most_together: int = INVENTION_FAMILIES_MAX,
) -> Truth:
    """Give the outcome of a set of facts, with signals by the rules and ratings by the methodology given.

    Families that hang together by their publications are one invention, unless they are more than
    `most_together`.
    """
    all_facts = list(known)
    programme = recompute_all(fact for fact in all_facts if isinstance(fact, ProgrammeFact))
    companies = {
        id_.encode(): orjson.dumps(snapshot.model_dump(mode="json"))
        for id_, snapshot in programme.snapshots().items()
    }
    taxonomy = _taxonomy_in_force(fact for fact in all_facts if isinstance(fact, TaxonomyVersion))
    families = _families_in_force(fact for fact in all_facts if isinstance(fact, Family | FamilyEvent))
    filed = [Filed(one.family_id, one.version, one.publications) for one in families if not one.withdrawn]
    found = one_invention_once(filed, most_together)
    elsewhere = {one.family_id for one in found if one.under != one.family_id}
    counted = [one for one in families if one.family_id not in elsewhere]
    portfolios = _portfolios(counted, programme.assignments())
    exposures = (
        {id_.encode(): _exposure(id_, one, taxonomy, methodology) for id_, one in portfolios.items()}
        if taxonomy is not None
        else {}
    )
    year = programme.today.year if programme.today else 0
    signals = {}
    for id_, snapshot in programme.snapshots().items():
        of_company = portfolios.get(id_, _Portfolio()).filed
        standing = _standing(snapshot)
        signalled = expected_signals(of_company, standing, year, taxonomy, rules, methodology=methodology)
        if signalled:
            signals[id_.encode()] = _signals(id_, signalled, rules, methodology)
    lists = {
        id_.encode(): orjson.dumps(one.model_dump(mode="json"))
        for id_, one in programme.list_snapshots().items()
    }
    of_families = (Finding(FindingCode(one.code), Severity(one.severity), *one[2:]) for one in found)
    findings = (*programme.findings(), *of_families)
    return Truth(companies, exposures, signals, findings, lists)


def _standing(snapshot: CompanySnapshot) -> ProgrammeStatus:
    return ProgrammeStatus(
        snapshot.status,
        snapshot.sub_state,
        snapshot.tier,
        snapshot.next_review_year,
        name_hints(snapshot.name, snapshot.names),
    )


def _signals(company_id: str, found: Expected, rules: SignalRules, methodology: str) -> bytes:
    named = {caveat for kind, _ in found for caveat in caveats_of(SignalKind(kind))}
    return orjson.dumps(
        {
            "company_id": company_id,
            "signals": [
                {
                    "signal": kind,
                    "technology": technology or None,
                    "evidence": evidence,
                    "text": sentence_of(msgspec.convert(evidence, Evidence), technology),
                }
                for (kind, technology), evidence in found.items()
            ],
            "methodology": f"{rules.id}+{methodology}",
            "caveats": sorted(named, key=list(Caveat).index),
        }
    )


def _families_in_force(families: Iterable[Family | FamilyEvent]) -> Collection[FamilyEvent]:
    best: dict[str, FamilyEvent] = {}
    for family in families:
        event = family if isinstance(family, FamilyEvent) else _published(family)
        known = best.get(event.family_id)
        if known is None or (event.version, event.digest) > (known.version, known.digest):
            best[event.family_id] = event
    return best.values()


def _published(family: Family) -> FamilyEvent:
    """A family whose record was its model's JSON."""
    return family_event(family, _NOW, digest_of(family.model_dump_json(by_alias=True).encode()))


def _taxonomy_in_force(taxonomies: Iterable[TaxonomyVersion]) -> Taxonomy | None:
    ranked = [
        (event.version, event.digest, version)
        for version in taxonomies
        if (event := facts.taxonomy_event(version, _NOW))
    ]
    return Taxonomy.compile(max(ranked, key=lambda one: one[:2])[2]) if ranked else None


def _portfolios(families: Iterable[FamilyEvent], companies: Mapping[str, str]) -> dict[str, _Portfolio]:
    portfolios: dict[str, _Portfolio] = {}
    for family in families:
        found = (next((key for key in keys if key in companies), None) for keys in family.assignees)
        owners = {companies[key] for key in found if key is not None}
        for owner in owners if not family.withdrawn else ():
            portfolio = portfolios.setdefault(owner, _Portfolio())
            portfolio.filed.append(FiledFamily(family.filed_year, family.symbols))
            portfolio.symbols.update(family.symbols)
    return portfolios


def _takes_itself(entry: str, symbol: str) -> bool:
    """Whether an entry takes a symbol without its children: the same, or of the same whole group."""
    group, _, subgroup = entry.partition("/")
    return entry == symbol or (subgroup == "00" and symbol.startswith(f"{group}/"))


def _exposure(company_id: str, portfolio: _Portfolio, taxonomy: Taxonomy, methodology: str) -> bytes:
    evidence = oracle.evidence(methodology, portfolio.families, portfolio.classified)
    instances = portfolio.symbols.total()
    additional = sum(count for symbol, count in portfolio.symbols.items() if oracle.is_additional(symbol))
    matched = []
    for technology in sorted(taxonomy.technologies):
        entries = taxonomy.entries[technology]
        taken = {
            symbol: count
            for symbol, count in portfolio.symbols.items()
            if any(entry.takes(symbol) for entry in entries)
        }
        if taken:
            indexing = sum(count for symbol, count in taken.items() if oracle.is_additional(symbol))
            children = sum(
                count
                for symbol, count in taken.items()
                if not any(_takes_itself(entry.symbol, symbol) for entry in entries)
            )
            matched.append(
                oracle.exposure(
                    technology,
                    sum(taken.values()),
                    instances,
                    evidence,
                    indexing=(indexing, additional),
                    children=children,
                )
            )
    return orjson.dumps(
        {
            "company_id": company_id,
            "families": portfolio.families,
            "classified": portfolio.classified,
            "instances": instances,
            "confidence": oracle.published_confidence(evidence),
            "taxonomy": taxonomy.id,
            "taxonomy_version": taxonomy.version,
            "methodology": methodology,
            "technologies": matched,
            "caveats": [
                *_CAVEATS,
                *([Caveat.FEW_CLASSIFIED] if 2 * portfolio.classified < portfolio.families else []),
                *([] if matched else [Caveat.OUT_OF_TAXONOMY]),
            ],
        }
    )
