"""What live portfolios carry: symbols of no known edition, and what each entry brings."""

from giants.domain.taxonomy import EntryKind, Taxonomy
from giants.domain.taxonomy_live import SymbolCount, UnknownSymbol, unknown_symbols
from giants.domain.taxonomy_report import Shared, report_on
from schemas.facts import TaxonomyVersion, Technology

CHIPS = Technology(
    id="chips",
    name="Chips",
    cpc=("H01L21/00", "H01L23/52"),
    children={"H01L23/52": ("H01L23/522",)},
    successors={"H10P50/00": "H01L21/00"},
    editions={"H10P50/00": "2026.01"},
)
LAYERS = Technology(id="layers", name="Layers", cpc=("H01L21/02",))
TAXONOMY = Taxonomy.compile(
    TaxonomyVersion(taxonomy="t", version=1, edition="2025.05", technologies=(CHIPS, LAYERS))
)
KNOWN = {"H01L21/02", "H01L23/522", "A01B1/00"}


def test_symbols_of_no_edition_are_named_most_frequent_first_with_who_takes_them() -> None:
    counts = [
        SymbolCount("A01B1/00", 5, 2),
        SymbolCount("H10W72/20", 3, 1),
        SymbolCount("H10P50/283", 7, 2),
        SymbolCount("H10W90/00", 3, 2),
    ]
    found = unknown_symbols(counts, ("2025.05",), KNOWN.__contains__, TAXONOMY)
    assert found.symbols == (
        UnknownSymbol("H10P50/283", 7, 2, ("chips",)),
        UnknownSymbol("H10W72/20", 3, 1, ()),
        UnknownSymbol("H10W90/00", 3, 2, ()),
    )
    assert (found.instances, found.unknown_instances, found.untaken_instances) == (18, 13, 6)
    assert found.by_subclass() == {"H10P": 7, "H10W": 6}


def test_contributions_of_a_technology_add_up_to_its_matching_instances() -> None:
    tallies = {"H01L21/02": 4, "H01L21/67": 1, "H01L23/522": 2, "H10P50/283": 3, "A01B1/00": 9}
    report = report_on(TAXONOMY, tallies)
    assert (report.instances, report.matching) == (19, {"chips": 10, "layers": 4})
    chips = [
        (one.entry.symbol, one.entry.kind, one.symbols, one.instances, one.alone)
        for one in report.contributions["chips"]
    ]
    assert chips == [
        ("H01L21/00", EntryKind.LISTED, 2, 5, 1),
        ("H01L23/52", EntryKind.LISTED, 1, 2, 2),
        ("H10P50/00", EntryKind.SUCCESSOR, 1, 3, 3),
    ]
    assert report.shared == (Shared(("chips", "layers"), 4, (0.4, 1.0)),)


def test_an_entry_that_brings_nothing_is_shown_as_such() -> None:
    (layers,) = report_on(TAXONOMY, {}).contributions["layers"]
    assert (layers.symbols, layers.instances, layers.alone) == (0, 0, 0)
