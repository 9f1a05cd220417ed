"""The shipped mapping of 74 technologies: sizes of the catalogue (T-03, T-04), and the CPC scheme itself."""

import re
import sys
from collections import Counter
from importlib.resources import files

import pytest

from giants.domain.scheme import Scheme
from giants.domain.taxonomy import SHIPPED, Taxonomy, shipped_taxonomy, shipped_taxonomy_file
from giants.domain.taxonomy_check import Report, check_taxonomy
from giants.domain.taxonomy_children import recompiled
from giants.domain.taxonomy_expand import children_in
from giants.domain.taxonomy_file import parents_of
from giants.domain.taxonomy_overlap import overlaps_of

FILE = shipped_taxonomy_file()
TAXONOMY = Taxonomy.compile(shipped_taxonomy())
SIZES = {technology.id: len(technology.cpc) for technology in FILE.version.technologies}
IC = "advanced-integrated-circuit-design-and-fabrication"


def test_there_are_74_technologies_in_nine_categories() -> None:
    categories = Counter(technology.category for technology in FILE.version.technologies)
    assert len(SIZES) == 74
    assert sorted(categories.values()) == [3, 4, 8, 8, 9, 9, 10, 10, 13]


def test_ten_technologies_came_in_december_2025() -> None:
    assert FILE.since.keys() == SIZES.keys()
    assert Counter(FILE.since.values()) == {"2024-08 or before": 64, "2025-12": 10}


def test_ids_are_slugs_of_the_names() -> None:
    for technology in FILE.version.technologies:
        assert technology.id == re.sub(r"[^a-z0-9]+", "-", technology.name.lower()).strip("-")


def test_sizes_run_from_one_to_26_and_only_integrated_circuits_have_26() -> None:
    assert SIZES[IC] == 26
    assert max(size for id_, size in SIZES.items() if id_ != IC) < 26
    assert min(SIZES.values()) == 1
    assert [
        technology.cpc
        for technology in FILE.version.technologies
        if technology.id == "gravitational-force-sensors"
    ] == [("G01V7/00",)]


def test_advanced_optical_communication_holds_the_codes_that_are_published() -> None:
    published = {"H04B10/00", "H04J14/00", "H01S5/00", "G02B6/00"}
    assert published <= set(TAXONOMY.technologies["advanced-optical-communication"].cpc)


def test_every_entry_stands_in_normal_form_and_has_a_reason() -> None:
    for id_, entries in TAXONOMY.entries.items():
        technology = TAXONOMY.technologies[id_]
        assert [entry.symbol for entry in entries] == [
            *technology.cpc,
            *technology.retired,
            *technology.successors,
        ]
        assert all(entry.edition for entry in entries)
        assert all(FILE.reasons[id_, entry.symbol] for entry in entries)


def test_the_note_says_whose_mapping_it_is() -> None:
    assert FILE.version.note is not None
    assert "own mapping" in FILE.version.note


def test_every_overlap_is_explained_and_every_explanation_is_of_an_overlap() -> None:
    explained = [tuple(sorted(overlap.technologies)) for overlap in FILE.overlaps]
    assert sorted(explained) == sorted(overlaps_of(TAXONOMY))


@pytest.mark.parametrize(
    ("symbol", "technologies"),
    [
        ("H04B10/2519", ["advanced-optical-communication"]),
        ("H04B10/70", ["advanced-optical-communication", "quantum-communication"]),
        ("H01L29/778", [IC]),
        ("H10P50/283", [IC]),
        ("H10W72/251", [IC]),
        ("H01L29/66969", [IC]),
        ("H01L45/06", [IC]),
        ("H01L31/0687", ["photovoltaics"]),
        ("B64C2201/141", ["drones-swarming-and-collaborative-robots"]),
        ("G06K9/00604", ["computer-vision"]),
        ("H01L39/223", ["advanced-magnets-and-superconductors", "quantum-computing"]),
    ],
)
def test_symbols_old_and_new_find_their_technologies(symbol: str, technologies: list[str]) -> None:
    assert list(TAXONOMY.technologies_of(symbol)) == technologies


@pytest.mark.parametrize("symbol", ["F03D1/0675", "F03D7/02", "C04B35/01", "C04B35/48", "A01K47/00"])
def test_wind_turbines_ceramics_and_beehives_are_outside_the_taxonomy(symbol: str) -> None:
    assert TAXONOMY.technologies_of(symbol) == ()


@pytest.fixture(scope="module")
def report(scheme_202505: Scheme, scheme_202208: Scheme) -> Report:
    return check_taxonomy(FILE, scheme_202505, scheme_202208)


def test_entries_exist_retired_ones_are_retired_and_titles_fit_their_reasons(report: Report) -> None:
    assert report.findings == ()


def test_every_technology_takes_at_least_what_it_lists_and_coverage_is_printed(report: Report) -> None:
    for id_, coverage in report.coverage.items():
        sys.stdout.write(f"{coverage.symbols:6,} symbols  {coverage.listed:2} entries  {id_}\n")
        assert coverage.symbols >= coverage.listed
    sys.stdout.write(
        f"{report.mapped_symbols:,} of {report.scheme_symbols:,} symbols of the scheme are mapped\n"
    )
    assert report.coverage["gravitational-force-sensors"].symbols == 10
    assert 0 < report.mapped_symbols < report.scheme_symbols // 5


def test_the_shipped_file_is_as_it_is_compiled(scheme_202505: Scheme) -> None:
    text = files("giants.domain").joinpath("data", SHIPPED).read_text()
    edition, parents = parents_of(text.encode(), SHIPPED)
    assert edition == "2025.05"
    assert text == recompiled(text, children_in(scheme_202505, edition, parents))
