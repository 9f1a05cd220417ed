"""Matching of symbols to technologies (C-08 … C-10, T-09), against a naive reading of the same rules."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.cpc import split_symbol
from giants.domain.taxonomy import PROBLEMS_SHOWN_MAX, Entry, EntryKind, Taxonomy, TaxonomyError
from schemas.facts import TaxonomyVersion, Technology

# Few subclasses and close numbers, so that random symbols meet each other and each other's prefixes.
CLOSE_SYMBOLS = st.builds(
    lambda subclass, group, subgroup: f"{subclass}{group}/{subgroup}",
    st.sampled_from(["H04B", "H04J"]),
    st.sampled_from([1, 10, 11, 100, 2210]),
    st.sampled_from(["00", "25", "2519", "02"]),
)


def taxonomy(**technologies: tuple[str, ...]) -> Taxonomy:
    return Taxonomy.compile(version(*(technology(id_, *cpc) for id_, cpc in technologies.items())))


def technology(id_: str, *cpc: str, retired: dict[str, str | None] | None = None) -> Technology:
    return Technology(id=id_, name=id_, cpc=cpc, retired=retired or {})


def version(*technologies: Technology, number: int = 1) -> TaxonomyVersion:
    return TaxonomyVersion(
        taxonomy="test", version=number, effective_on=date(2026, 1, 1), technologies=technologies
    )


@pytest.mark.parametrize("symbol", ["H04B10/00", "H04B10/25", "H04B10/2519", "H04B10/07955"])
def test_an_entry_ending_in_00_takes_every_symbol_of_its_main_group(symbol: str) -> None:
    assert taxonomy(optical=("H04B10/00",)).technologies_of(symbol) == ("optical",)


@pytest.mark.parametrize(
    "symbol", ["H04B1/00", "H04B100/00", "H04J10/25", "H04B11/00", "H04B1/0007", "H04B2210/00"]
)
def test_a_group_is_its_subclass_and_its_number_not_a_prefix(symbol: str) -> None:
    assert taxonomy(optical=("H04B10/00",)).technologies_of(symbol) == ()


def test_any_other_entry_takes_exactly_its_symbol() -> None:
    compiled = taxonomy(optical=("H04B10/25",))
    assert compiled.technologies_of("H04B10/25") == ("optical",)
    for near in ("H04B10/2519", "H04B10/00", "H04B10/2", "H04B10/250"):
        assert compiled.technologies_of(near) == ()


def test_a_symbol_may_belong_to_several_technologies_and_their_ids_come_sorted() -> None:
    compiled = taxonomy(zeta=("H04B10/00",), alpha=("H04B10/70",), mid=("H04B10/70", "H04B10/00"))
    assert compiled.technologies_of("H04B10/70") == ("alpha", "mid", "zeta")
    assert compiled.technologies_of("H04B10/25") == ("mid", "zeta")


def test_an_unmapped_symbol_belongs_to_none() -> None:
    assert taxonomy(optical=("H04B10/00",)).technologies_of("F03D1/06") == ()


def test_entries_are_read_in_any_printed_form() -> None:
    compiled = taxonomy(optical=("h04b 10/00", "H04J  14/00"))
    assert compiled.technologies_of("H04B10/25") == compiled.technologies_of("H04J14/02") == ("optical",)


def test_a_retired_entry_matches_the_same_way_and_names_its_successor() -> None:
    compiled = Taxonomy.compile(
        version(technology("optics", "H10F10/00", retired={"H01L31/00": "H10F10/00", "H01L27/142": None}))
    )
    assert compiled.technologies_of("H01L31/0687") == ("optics",)
    assert compiled.technologies_of("H01L27/142") == ("optics",)
    assert compiled.technologies_of("H01L27/146") == ()
    entry = compiled.entry_of("H01L31/0687", "optics")
    assert entry == Entry("optics", "H01L31/00", EntryKind.PREDECESSOR, "H10F10/00")


def test_the_entry_of_a_symbol_is_the_most_specific_one() -> None:
    compiled = taxonomy(optical=("H04B10/00", "H04B10/70"))
    assert compiled.entry_of("H04B10/70", "optical") == Entry("optical", "H04B10/70")
    assert compiled.entry_of("H04B10/25", "optical") == Entry("optical", "H04B10/00")
    assert compiled.entry_of("H04B11/00", "optical") is None
    assert compiled.entry_of("H04B10/25", "radar") is None


def test_a_symbol_of_a_later_edition_matches_and_names_the_entry_that_it_was_split_from() -> None:
    chips = Technology(
        id="chips",
        name="Chips",
        cpc=("H01L21/00", "H01L23/52"),
        children={"h01l 23/52": ("H01L23/522",)},
        retired={"H01L28/00": None},
        successors={"H10P50/00": "H01L21/00"},
        editions={"H10P50/00": "2026.01"},
    )
    compiled = Taxonomy.compile(
        version(chips).model_copy(update={"edition": "2025.05", "retired_edition": "2022.08"})
    )
    for symbol in ("H10P50/283", "H01L23/522", "H01L28/40", "H01L21/3065"):
        assert compiled.technologies_of(symbol) == ("chips",), symbol
    assert compiled.technologies_of("H01L23/528") == ()
    assert [(entry.symbol, entry.kind, entry.edition) for entry in compiled.entries["chips"]] == [
        ("H01L21/00", EntryKind.LISTED, "2025.05"),
        ("H01L23/52", EntryKind.LISTED, "2025.05"),
        ("H01L28/00", EntryKind.PREDECESSOR, "2022.08"),
        ("H10P50/00", EntryKind.SUCCESSOR, "2026.01"),
    ]
    split = compiled.entry_of("H10P50/283", "chips")
    assert split is not None
    assert (split.counterpart, split.successor, split.retired) == ("H01L21/00", None, False)


def test_children_of_what_is_not_listed_are_refused() -> None:
    chips = Technology(id="chips", name="Chips", cpc=("H01L21/00",), children={"H01L23/52": ("H01L23/522",)})
    with pytest.raises(TaxonomyError, match="chips, children of H01L23/52: H01L23/52 is not listed"):
        Taxonomy.compile(version(chips))


def test_an_entry_listed_twice_counts_once() -> None:
    compiled = taxonomy(optical=("H04B10/00", "H04B 10/00"))
    assert compiled.entries["optical"] == (Entry("optical", "H04B10/00"),)


def test_a_compiled_taxonomy_knows_its_id_version_and_technologies() -> None:
    compiled = taxonomy(optical=("H04B10/00",), radar=("G01S13/00",))
    assert (compiled.id, compiled.version, list(compiled.technologies)) == ("test", 1, ["optical", "radar"])


def test_entries_that_are_no_symbols_refuse_the_version_and_are_all_named() -> None:
    bad = version(
        technology("optical", "H04B10/00", "H04B"),
        technology("radar", "G01S", retired={"nonsense": None, "G01S13/02": "also nonsense"}),
    )
    with pytest.raises(TaxonomyError) as refused:
        Taxonomy.compile(bad)
    assert len(refused.value.problems) == 4
    for told in (
        "taxonomy test version 1",
        "optical, cpc",
        "'H04B'",
        "radar, predecessor",
        "successor of G01S13/02",
    ):
        assert told in str(refused.value)


def test_a_message_about_many_bad_entries_stays_short() -> None:
    bad = version(technology("radar", *(f"bad{number}" for number in range(1_000))))
    with pytest.raises(TaxonomyError, match=rf"and {1_000 - PROBLEMS_SHOWN_MAX} more") as refused:
        Taxonomy.compile(bad)
    assert len(str(refused.value)) < 5_000


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.lists(CLOSE_SYMBOLS, min_size=1, max_size=6), min_size=1
    ),
    st.lists(CLOSE_SYMBOLS, max_size=6),
    CLOSE_SYMBOLS,
)
def test_matching_equals_a_naive_reading_of_the_rule(
    mapping: dict[str, list[str]], retired: list[str], symbol: str
) -> None:
    technologies = [technology(id_, *cpc) for id_, cpc in mapping.items()]
    technologies.append(technology("d", "G01V7/00", retired=dict.fromkeys(retired)))
    compiled = Taxonomy.compile(version(*technologies))

    naive = sorted(
        id_ for id_, cpc in [*mapping.items(), ("d", retired)] if any(takes(entry, symbol) for entry in cpc)
    )

    assert list(compiled.technologies_of(symbol)) == naive
    assert [id_ for id_ in compiled.technologies if compiled.entry_of(symbol, id_)] == [
        id_ for id_ in compiled.technologies if id_ in naive
    ]


def takes(entry: str, symbol: str) -> bool:
    listed, asked = split_symbol(entry), split_symbol(symbol)
    if listed.subgroup == "00":
        return (listed.subclass, listed.main_group) == (asked.subclass, asked.main_group)
    return listed == asked
