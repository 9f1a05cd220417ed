"""Children of entries: compiled from a scheme, kept in the compact form, taken by the entries that say so."""

import tomllib

import pytest

from giants.domain.scheme import Row, Scheme
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_children import CompiledChildren, packed, toml_lines, unpacked
from giants.domain.taxonomy_expand import children_in, with_children
from giants.domain.taxonomy_file import TaxonomyFileError, parents_of, parse_taxonomy
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
SCHEME = Scheme.from_rows(
    Row(symbol, level, title, "line")
    for symbol, level, title in (line.split("\t") for line in LIST.splitlines())
)
FILE = """
taxonomy = "t"
version = 1
edition = "2025.05"
children = true

[[technologies]]
id = "radar"
name = "Radar"

[technologies.cpc]
"G01S13/02" = "primary"
"G01S13/66" = { reason = "tracking", children = false }
"G01S15/00" = "all"
"""
OTHER = TaxonomyVersion(
    taxonomy="t",
    version=1,
    technologies=(
        Technology(id="radar", name="Radar", cpc=("G01S13/02",), retired={"G01S14/00": "G01S13/02"}),
        Technology(id="all", name="All", cpc=("G01S13/00",)),
    ),
)


def compiled(text: str = FILE) -> str:
    edition, parents = parents_of(text.encode(), "own.toml")
    return text + "\n".join(toml_lines(children_in(SCHEME, edition, parents)))


def test_an_entry_takes_its_children_and_not_what_stands_beside_them() -> None:
    expanded = with_children(OTHER, SCHEME, "2025.05", number=2)
    assert (expanded.version, expanded.edition) == (2, "2025.05")
    assert expanded.technologies[0].cpc == ("G01S13/02",)
    assert expanded.technologies[0].retired == {"G01S14/00": "G01S13/02"}
    taxonomy = Taxonomy.compile(expanded)
    assert (
        taxonomy.technologies_of("G01S13/06") == taxonomy.technologies_of("G01S2013/07") == ("all", "radar")
    )
    assert taxonomy.technologies_of("G01S13/66") == ("all",)
    entry = taxonomy.entry_of("G01S13/06", "radar")
    assert entry is not None
    assert (entry.symbol, sorted(entry.children)) == ("G01S13/02", ["G01S13/06", "G01S2013/07"])


def test_a_whole_group_gains_only_the_breakdown_codes_between_its_subgroups() -> None:
    expanded = with_children(OTHER, SCHEME, None, number=2)
    assert expanded.technologies[1].children == {"G01S13/00": ("G01S2013/07",)}


def test_a_file_says_which_of_its_entries_take_children() -> None:
    assert parents_of(FILE.encode(), "own.toml") == ("2025.05", frozenset({"G01S13/02"}))
    wide = FILE.replace('"all"', '{ reason = "all", children = true }')
    assert parents_of(wide.encode(), "own.toml")[1] == {"G01S13/02", "G01S15/00"}
    assert parents_of(FILE.replace("children = true\n", "").encode(), "own.toml")[1] == frozenset()


def test_a_compiled_file_takes_them_and_a_child_is_no_listed_entry() -> None:
    technology = parse_taxonomy(compiled().encode(), "own.toml").version.technologies[0]
    assert technology.cpc == ("G01S13/02", "G01S13/66", "G01S15/00")
    assert technology.children == {"G01S13/02": ("G01S13/06", "G01S2013/07")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FILE, "1 entries take children, but none are compiled: `giants taxonomy compile own.toml`"),
        (compiled().replace("2025.05", "2025.08", 1), "compiled from 2025.05, expected 2025.08"),
        (
            compiled().replace('"G01S15/00" = "all"', '"G01S15/02" = "new"'),
            "the children of 1 entries, such as G01S15/02, are not compiled",
        ),
        (compiled().replace('"G01S13/02" = "06', '"G01S" = "06'), "not a CPC symbol: got 'G01S'"),
    ],
)
def test_children_that_would_be_lost_are_refused(text: str, told: str) -> None:
    with pytest.raises(TaxonomyFileError, match=told):
        parse_taxonomy(text.encode(), "own.toml")


def test_a_file_without_an_edition_cannot_be_compiled() -> None:
    with pytest.raises(TaxonomyFileError, match="no edition is named"):
        parents_of(FILE.replace('edition = "2025.05"', "").encode(), "own.toml")


def test_the_compact_form_says_the_same() -> None:
    children = ("G01S13/06", "G01S2013/07", "H01Q1/3233")
    assert packed("G01S13/02", children) == "06 2013/07 H01Q1/3233"
    assert unpacked("G01S13/02", "06 2013/07 H01Q1/3233") == children


def test_long_lists_are_wrapped_and_read_back() -> None:
    many = tuple(f"G01S13/{number}" for number in range(1000, 1200))
    text = "\n".join(toml_lines(CompiledChildren("2025.05", {"G01S13/02": many, "G01S13/66": ()})))
    tables = tomllib.loads(text)["compiled"]
    assert tables["childless"] == ["G01S13/66"]
    assert unpacked("G01S13/02", tables["children"]["G01S13/02"]) == many
    assert max(map(len, text.splitlines())) <= 112
