"""The shipped mapping as an examiner tries it: what it must take for strong, and what it must not."""

import pytest

from giants.domain.scheme import Scheme
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.domain.taxonomy_diff import ratings_of
from schemas.codes import Band
from tests.domain.mapping import Case, portfolio, read_cases

TAXONOMY = Taxonomy.compile(shipped_taxonomy())
CASES = tuple(read_cases())
STRONG = {Band.STRONG, Band.VERY_STRONG}
IC = "advanced-integrated-circuit-design-and-fabrication"
IDS = [case.technology for case in CASES]

# Portfolios that the review of the first version found rated too high, by the technology that took them.
TAKEN_WRONGLY = {
    "electric-batteries": ("H02J7/0042 H02J7/02 H02J7/00", "H02J50/10 H02J7/02 H02J7/0047"),
    "novel-antibiotics-and-antivirals": ("A61K31/496 A61P35/00 C07D401/14", "A61K31/4709 A61P35/02"),
    "hypersonic-detection-and-tracking": ("G01S13/931 G01S13/726", "B64C30/00 B64C3/14", "G01S13/723"),
    "mesh-and-infrastructure-independent-networks": ("H04L67/12 H04W4/70", "H04L67/125 G16Y40/30"),
    "quantum-sensors": ("H10F30/225 G01S7/4865", "H10F30/225 H10F39/8033"),
    "quantum-computing": ("B82Y10/00 H10D30/43", "B82Y10/00 H10D62/121"),
    "photonic-sensors": ("G01N21/9501 G01N21/8851", "G01B11/25 G06T7/521"),
}
# … and those that it found rated too low.
MISSED = {
    "photovoltaics": ("H10F10/165 H10F77/219 H10F77/311 H10F77/703 Y02E10/547 Y02P70/50",),
    "hydrogen-and-ammonia-for-power": (
        "H01M4/8657 H01M4/9083 H01M4/92 H01M2008/1095 B01J23/42",
        "C25B1/04 C25B9/77 C25B11/075 C25B15/02 Y02E60/36",
        "F17C1/06 F17C1/16 F17C2221/012 F17C2203/0604 F17C2270/0168 Y02E60/32",
    ),
    "advanced-aircraft-engines": ("F01D5/187 F01D25/12 F05D2240/81 F05D2260/201 F01D9/065 F04D29/324",),
    "sonar-and-acoustic-sensors": ("G10K9/121 G10K11/008 B06B1/0655 G01S3/803 G01V1/3808 H04R1/44",),
    "small-satellites": ("B64G1/283 B64G1/285 B64G1/363 B64G1/413 F03H1/0012 B64G1/44 H02K7/02",),
    "radar": ("G01S7/4026 G01S7/4017 G01S7/4052 G01S13/931 H01Q1/3233",),
}
# Memory families as they are tagged since 2026.01, made up after real ones.
MEMORY_OF_2026 = (
    "H10P14/6682 H10P50/285 H10W20/095 H10W74/47",
    "B32B15/01 H10P14/418 H10W20/066",
    "H10W72/019 H10W72/29 H10W70/65",
    "H10P50/283 H10W20/085",
    "H10W20/0696",
    "H10P74/203",
    "H10P95/00",
    "H10W10/014 H10W46/301",
    "G11C13/0026 G11C13/0069 H10B63/30",
    "H10B53/30 H10D1/684 H10W20/0698",
    "H10N70/20 H10N70/8836 H10N70/826",
    "H10D89/713 H10D8/80",
    "H10W80/312 H10W90/26",
)


def families(lines: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(line.split()) for line in lines)


def band(technology: str, lines: tuple[frozenset[str], ...]) -> Band | None:
    rating = ratings_of(portfolio("composed", lines), TAXONOMY).get(technology)
    return None if rating is None else rating.band


def test_each_technology_has_one_case() -> None:
    assert sorted(IDS) == sorted(TAXONOMY.technologies)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_typical_portfolio_is_strong(case: Case) -> None:
    assert band(case.technology, case.typical) in STRONG, case.typical_of


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_portfolio_of_the_neighbouring_field_is_not(case: Case) -> None:
    assert band(case.technology, case.near_miss) not in STRONG, case.near_miss_of


@pytest.mark.parametrize("technology", TAKEN_WRONGLY)
def test_what_was_rated_too_high_is_at_most_weak(technology: str) -> None:
    assert band(technology, families(TAKEN_WRONGLY[technology])) in {None, Band.VERY_WEAK, Band.WEAK}


@pytest.mark.parametrize(
    ("technology", "line"), [(technology, line) for technology, lines in MISSED.items() for line in lines]
)
def test_what_was_rated_too_low_is_strong(technology: str, line: str) -> None:
    assert band(technology, families((line,))) in STRONG


@pytest.mark.parametrize("line", MEMORY_OF_2026)
def test_memory_families_as_tagged_in_2026_match(line: str) -> None:
    assert any(IC in TAXONOMY.technologies_of(symbol) for symbol in line.split())


def test_symbols_of_the_cases_are_of_an_edition_that_is_known(
    scheme_202505: Scheme, scheme_202208: Scheme
) -> None:
    symbols = {symbol for case in CASES for family in (*case.typical, *case.near_miss) for symbol in family}
    strange = {
        symbol
        for symbol in symbols
        if not (scheme_202505.exists(symbol) or scheme_202208.exists(symbol) or _of_another_edition(symbol))
    }
    assert strange == set()


def _of_another_edition(symbol: str) -> bool:
    entries = (TAXONOMY.entry_of(symbol, id_) for id_ in TAXONOMY.technologies_of(symbol))
    return any(entry is not None and not entry.listed for entry in entries)
