from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names import (
    SimilarCharacters,
    SimilarCharactersError,
    default_similar_characters,
    read_similar_characters,
)
from giants.domain.names.similar import TABLE_LINE_CHARACTERS_MAX, TABLE_LINES_MAX

characters = st.sampled_from("甲乙丙丁戊己庚辛")


@pytest.mark.parametrize(
    "pair", ["尓尔", "己已", "已巳", "未末", "土士", "日曰", "晟晨", "晟昇", "泰秦", "迅讯"]
)
def test_pairs_that_officials_confuse_are_similar_both_ways(pair: str) -> None:
    table = default_similar_characters()
    assert table.similar(pair[0], pair[1])
    assert table.similar(pair[1], pair[0])


def test_characters_that_nobody_confuses_are_not_similar() -> None:
    table = default_similar_characters()
    assert not table.similar("佳", "灵")
    assert not table.similar("尔", "尔")


def test_the_table_is_small_and_holds_single_ideographs() -> None:
    pairs = list(default_similar_characters().pairs())
    assert 150 <= len(pairs) == len(default_similar_characters()) <= 500
    assert all(len(a) == len(b) == 1 and a < b for a, b in pairs)


@given(st.lists(st.tuples(characters, characters).filter(lambda pair: pair[0] != pair[1])))
def test_similarity_is_symmetric_and_similar_characters_share_a_representative(
    pairs: list[tuple[str, str]],
) -> None:
    table = SimilarCharacters(pairs)
    representatives = table.representatives()
    for a, b in pairs:
        assert table.similar(a, b)
        assert table.similar(b, a)
        assert representatives[a] == representatives[b]
    assert SimilarCharacters(table.pairs()).representatives() == representatives


def test_a_users_table_adds_pairs_of_enough_similarity() -> None:
    lines = [
        "char\tsimilar\tclip_similarity\n",
        "# note\n",
        "\n",
        "埃\t挨\t0.9655\r\n",
        "埃\t换\t0.9586\n",
        "甲\t甲\t1\n",
    ]
    pairs = list(read_similar_characters(lines))
    assert pairs == [("埃", "挨")]
    table = default_similar_characters().with_pairs(pairs)
    assert table.similar("挨", "埃")
    assert table.similar("尓", "尔")
    assert list(read_similar_characters(lines, similarity_min=0.95)) == [("埃", "挨"), ("埃", "换")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["甲\t乙"], "line 1: got '甲\\t乙', expected three tab-separated cells"),
        (["甲\t乙\t0.97", "甲\t乙\tmuch"], "line 2: got 'much', expected a similarity between 0 and 1"),
        (["甲\t乙\t0.97", "甲\t乙\t1.2"], "line 2: got '1.2', expected a similarity between 0 and 1"),
        (["甲\t乙\t0.97", "甲\t乙\tnan"], "line 2: got 'nan', expected a similarity between 0 and 1"),
        (["甲乙\t丙\t0.97"], "line 1: got '甲乙\\t丙', expected one character"),
        (
            ["甲" * (TABLE_LINE_CHARACTERS_MAX + 1)],
            f"expected at most {TABLE_LINE_CHARACTERS_MAX} characters",
        ),
        (["\n"] * (TABLE_LINES_MAX + 1), f"line {TABLE_LINES_MAX + 1}: got 'one more line'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_line(lines: list[str], message: str) -> None:
    with pytest.raises(SimilarCharactersError) as caught:
        list(read_similar_characters(lines))
    assert message in str(caught.value)


@pytest.mark.parametrize("similarity_min", [-0.1, 1.1])
def test_a_threshold_outside_0_to_1_is_refused(similarity_min: float) -> None:
    with pytest.raises(SimilarCharactersError, match="between 0 and 1"):
        list(read_similar_characters([], similarity_min=similarity_min))


def test_a_public_table_of_similar_characters_is_read_whole(data_dir: Path) -> None:
    with (data_dir / "chars" / "confused_chinese_shape.tsv").open(encoding="utf-8") as lines:
        table = default_similar_characters().with_pairs(read_similar_characters(lines))
    assert table.similar("埃", "挨")
    assert not table.similar("埃", "换")
    assert table.similar("尓", "尔")
