"""The made-up portfolios have the shape that is claimed."""

from statistics import mean, median

from giants.demo.portfolios import Portfolios
from giants.domain.cpc import normalize_symbol
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy

COMPANIES = [f"测试{number}有限公司" for number in range(400)]
TAXONOMY = shipped_taxonomy()


def portfolios(seed: int = 7) -> Portfolios:
    return Portfolios(COMPANIES, 10_000, TAXONOMY, seed)


def test_the_number_of_families_is_exact_and_sizes_are_skewed() -> None:
    drawn = portfolios()
    assert len(drawn) == sum(1 for _ in drawn) == 10_000
    assert len(drawn.sizes) == len(COMPANIES)
    assert median(drawn.sizes) < 0.6 * mean(drawn.sizes)
    assert max(drawn.sizes) > 10 * mean(drawn.sizes)


def test_a_seed_gives_the_same_families_again_and_another_seed_gives_others() -> None:
    assert list(portfolios()) == list(portfolios())
    assert list(portfolios(7)) != list(portfolios(8))


def test_every_symbol_is_one_of_cpc_and_part_of_them_is_in_the_taxonomy() -> None:
    taxonomy = Taxonomy.compile(TAXONOMY)
    symbols = [symbol for family in portfolios() for symbol in family.cpc]
    assert all(normalize_symbol(symbol) == symbol for symbol in set(symbols))
    within = sum(bool(taxonomy.technologies_of(symbol)) for symbol in symbols)
    assert 0.2 < within / len(symbols) < 0.6


def test_families_are_known_by_distinct_ids_and_belong_to_companies_of_the_programme() -> None:
    families = list(portfolios())
    assert len({family.family_id for family in families}) == len(families)
    assert {name for family in families for name in family.assignees} <= set(COMPANIES)
    assert any(len(family.assignees) == 2 for family in families)
    assert any(family.withdrawn for family in families)
