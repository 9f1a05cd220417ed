"""A taxonomy read with the dot-indented children of its entries (C-10)."""

import pytest

from giants.domain.scheme import Row, Scheme
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_expand import ExpansionError, with_children
from schemas.base import TECHNOLOGY_SYMBOLS_MAX
from schemas.facts import TaxonomyVersion, Technology

LIST = """\
G01S\t\tRADIO
G01S13/00\t0\tradar
G01S13/02\t1\tprimary
G01S13/06\t2\tposition
G01S2013/07\t2\tbreakdown
G01S13/66\t1\ttracking
G01S15/00\t0\tsonar
"""
SCHEME = Scheme.from_rows(Row(*line.split("\t"), where="line") for line in LIST.splitlines())


def version(*cpc: str) -> TaxonomyVersion:
    radar = Technology(id="radar", name="Radar", cpc=cpc, retired={"G01S14/00": "G01S13/00"})
    return TaxonomyVersion(taxonomy="t", version=1, technologies=(radar,))


def test_a_subgroup_takes_its_children_and_nothing_beside_them() -> None:
    expanded = with_children(version("G01S13/02"), SCHEME, number=2)
    assert expanded.version == 2
    assert expanded.technologies[0].cpc == ("G01S13/02", "G01S13/06", "G01S2013/07")
    compiled = Taxonomy.compile(expanded)
    assert compiled.technologies_of("G01S13/06") == ("radar",)
    assert compiled.technologies_of("G01S13/66") == compiled.technologies_of("G01S13/00") == ()


def test_a_whole_group_stays_one_entry_and_gains_its_breakdown_codes() -> None:
    assert with_children(version("G01S13/00"), SCHEME, number=2).technologies[0].cpc == (
        "G01S13/00",
        "G01S2013/07",
    )


def test_retired_entries_and_entries_of_no_scheme_stay() -> None:
    expanded = with_children(version("G01S99/00"), SCHEME, number=2).technologies[0]
    assert expanded.cpc == ("G01S99/00",)
    assert expanded.retired == {"G01S14/00": "G01S13/00"}


def test_a_technology_that_grows_beyond_the_contract_is_refused() -> None:
    rows = [Row("G01S13/00", "0", "radar", "line"), Row("G01S13/02", "1", "primary", "line")]
    rows += [
        Row(f"G01S13/{number}", "2", "child", "line") for number in range(1000, 1000 + TECHNOLOGY_SYMBOLS_MAX)
    ]
    with pytest.raises(
        ExpansionError, match=f"radar with its children has {TECHNOLOGY_SYMBOLS_MAX + 1} entries"
    ):
        with_children(version("G01S13/02"), Scheme.from_rows(rows), number=2)
