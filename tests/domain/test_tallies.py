"""Portfolios from families (C-03, C-06, C-14)."""

from giants.domain.tallies import portfolios_of
from giants.domain.taxonomy_diff import Portfolio
from schemas.facts import Family


def family(
    id_: str, version: int = 1, *, of: str = "a", cpc: str = "G01S13/02", withdrawn: bool = False
) -> Family:
    return Family(
        family_id=id_,
        version=version,
        assignees=tuple(of.split("|")),
        cpc=tuple(cpc.split("|")),
        withdrawn=withdrawn,
    )


def portfolios(*families: Family) -> list[Portfolio]:
    return list(portfolios_of(families, lambda assignee: None if assignee == "nobody" else assignee.lower()))


def test_symbols_are_a_set_in_a_family_and_counted_over_families() -> None:
    two = portfolios(family("f1", cpc="G01S13/02|G01S 13/02|H04B10/25"), family("f2", cpc="G01S13/02"))
    assert two == [Portfolio("a", 2, 2, {"G01S13/02": 2, "H04B10/25": 1})]


def test_a_family_counts_fully_for_each_company_and_once_for_one_of_two_names() -> None:
    found = portfolios(family("f1", of="A|b|a"))
    assert [(one.company_id, one.families, dict(one.tallies)) for one in found] == [
        ("a", 1, {"G01S13/02": 1}),
        ("b", 1, {"G01S13/02": 1}),
    ]


def test_the_newest_version_of_a_family_counts_in_any_order() -> None:
    old, new = family("f1", 1, cpc="G01S13/02"), family("f1", 2, cpc="G01S15/00")
    assert portfolios(old, new) == portfolios(new, old) == [Portfolio("a", 1, 1, {"G01S15/00": 1})]


def test_a_withdrawn_family_and_one_of_nobody_count_for_none() -> None:
    assert portfolios(family("f1"), family("f1", 2, withdrawn=True), family("f2", of="nobody")) == []


def test_a_text_that_is_no_symbol_is_left_out_and_the_family_still_counts() -> None:
    assert portfolios(family("f1", cpc="H04B|nonsense")) == [Portfolio("a", 1, 0, {})]
