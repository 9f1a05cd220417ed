"""The real companies of the demo go by their real batches; their portfolios are marked as illustrations."""

from giants.demo.named import named
from giants.domain.cpc import normalize_symbol
from giants.domain.registry import recompute_all
from schemas.facts import Announcement, Family


def test_batches_are_those_that_the_sources_name() -> None:
    batches = {
        entry.name: fact.batch
        for fact in named().programme()
        if isinstance(fact, Announcement)
        for entry in fact.entries
    }
    assert batches == {
        "宁波佳尓灵气动机械有限公司": 2,
        "上海闻泰电子科技有限公司": 3,
        "上海捷诺生物科技股份有限公司": 3,
        "河南中原辊轴有限公司": 3,
        "宝鸡市赛孚石油机械有限公司": 3,
        "洛阳隆盛科技有限责任公司": 6,
    }


def test_every_family_is_marked_and_its_symbols_are_in_normal_form() -> None:
    families = list(named().families())
    assert len(families) == sum(portfolio.families for portfolio in named().portfolios)
    assert all(family.family_id.startswith("ILLUSTRATION-") for family in families)
    symbols = {symbol for family in families for symbol in family.cpc}
    assert {normalize_symbol(symbol) for symbol in symbols} == symbols


def test_the_eight_names_of_the_lists_and_records_are_six_companies() -> None:
    snapshots = recompute_all(
        fact for fact in named().programme() if not isinstance(fact, Family)
    ).snapshots()
    found = {snapshot.name: snapshot for snapshot in snapshots.values()}
    assert set(found) == {
        "宁波佳尔灵气动机械有限公司",
        "上海闻泰电子科技有限公司",
        "上海捷诺生物科技股份有限公司",
        "河南中原辊轴股份有限公司",
        "宝鸡市赛孚石油机械有限公司",
        "中航隆盛(洛阳)科技有限责任公司",
    }
    assert all(snapshot.name_en for snapshot in found.values())
