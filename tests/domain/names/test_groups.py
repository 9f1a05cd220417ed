from datetime import date

import pytest

from giants.domain.names.groups import GROUP_TOKENS, TokenReading, group_hints, group_token_of
from schemas.changes import NameUse


def use(name: str, cause: str = "designation") -> NameUse:
    return NameUse(name=name, cause=cause, ref="r-1@1", since=date(2025, 1, 1))


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("中航隆盛(洛阳)科技有限责任公司", "中航"),
        ("中航隆盛（洛阳）科技有限责任公司", "中航"),
        ("北京中科海讯数字科技股份有限公司", "中科"),
        ("北京市中科海讯数字科技股份有限公司", "中科"),
        # Inside a brand a token is an ordinary word, or a part of two.
        ("北京星河动力航天科技股份有限公司", None),
        ("华中航运设备有限公司", None),
        ("洛阳隆盛科技有限责任公司", None),
        ("", None),
    ],
)
def test_a_token_counts_only_where_the_brand_begins(name: str, token: str | None) -> None:
    found = group_token_of(name)
    assert (found.token if found else None) == token


def test_a_token_that_a_rename_brought_is_told_as_such() -> None:
    """N-08: the change of name signals a shift of affiliation."""
    old, new = use("洛阳隆盛科技有限责任公司"), use("中航隆盛(洛阳)科技有限责任公司", "rename")
    for names in ((new, old), (old, new)):
        (hint,) = group_hints(names)
        assert (hint.token.token, hint.use, hint.came_by_rename) == ("中航", new, True)


def test_a_token_that_was_there_before_came_by_no_rename() -> None:
    (hint,) = group_hints((use("北京中科新名科技有限公司", "rename"), use("北京中科旧名科技有限公司")))
    assert not hint.came_by_rename
    (hint,) = group_hints((use("北京中科新名科技有限公司"),))
    assert not hint.came_by_rename


def test_names_without_a_token_hint_at_nothing() -> None:
    assert group_hints((use("洛阳隆盛科技有限责任公司"),)) == ()
    assert group_hints(()) == ()


def test_the_table_is_small_sourced_and_free_of_overlaps() -> None:
    tokens = [one.token for one in GROUP_TOKENS]
    assert len(set(tokens)) == len(tokens)
    assert not [(a, b) for a in tokens for b in tokens if a != b and a.startswith(b)]
    assert all(one.source and one.url.startswith("http") for one in GROUP_TOKENS)
    assert [one.token for one in GROUP_TOKENS if one.reading is TokenReading.PUBLISHED] == ["中航"]
