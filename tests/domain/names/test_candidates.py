import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.names import SimilarCharacters, TooManyNamesError, classify_variation
from giants.domain.names.candidates import CANDIDATES_MAX, NAMES_MAX, CandidateReason, suggest_candidates
from tests.domain.names.strategies import legal_names

OLD, NEW = "洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司"
WRONG, RIGHT = "宁波佳尓灵气动机械有限公司", "宁波佳尔灵气动机械有限公司"


def test_similar_characters_are_suggested_with_the_pairs() -> None:
    """E-05."""
    (candidate,) = suggest_candidates([RIGHT, "宁波海天精工股份有限公司", WRONG])
    assert {candidate.first, candidate.second} == {WRONG, RIGHT}
    assert candidate.reason is CandidateReason.SIMILAR_CHARACTERS
    assert candidate.detail == "尓 / 尔"


def test_a_rename_is_suggested_by_likeness_and_merged_by_nobody() -> None:
    """E-06, N-08: a person confirms it, and that is a rename fact."""
    (candidate,) = suggest_candidates([OLD, NEW])
    assert {candidate.first, candidate.second} == {OLD, NEW}
    assert candidate.reason is CandidateReason.LIKENESS
    assert candidate.detail in {"隆盛科技 / 中航隆盛科技", "中航隆盛科技 / 隆盛科技"}
    assert classify_variation(OLD, NEW) is None


def test_names_that_sound_alike_are_suggested() -> None:
    (candidate,) = suggest_candidates(["苏州恒瑞电子有限公司", "苏州衡锐电子有限公司"])
    assert candidate.reason is CandidateReason.SAME_PINYIN
    assert candidate.detail == "heng rui dian zi"


def test_better_leads_come_first() -> None:
    names = [OLD, NEW, WRONG, RIGHT, "苏州恒瑞电子有限公司", "苏州衡锐电子有限公司"]
    reasons = [candidate.reason for candidate in suggest_candidates(names)]
    assert reasons == [
        CandidateReason.SIMILAR_CHARACTERS,
        CandidateReason.SAME_PINYIN,
        CandidateReason.LIKENESS,
    ]


def test_names_that_rules_merge_are_not_suggested() -> None:
    names = ["宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司", "宝鸡赛孚石油机械股份有限公司"]
    assert list(suggest_candidates(names)) == []


def test_three_substitutions_are_not_a_lead_of_shape() -> None:
    similar = SimilarCharacters([("甲", "乙"), ("丙", "丁"), ("戊", "己")])
    reasons = [
        each.reason
        for each in suggest_candidates(["宁波甲丙戊机械有限公司", "宁波乙丁己机械有限公司"], similar)
    ]
    assert CandidateReason.SIMILAR_CHARACTERS not in reasons


def test_a_chain_of_similar_characters_is_not_similar() -> None:
    similar = SimilarCharacters([("甲", "乙"), ("乙", "丙")])
    found = {
        (each.first, each.second)
        for each in suggest_candidates(["宁波甲厂", "宁波乙厂", "宁波丙厂"], similar)
        if each.reason is CandidateReason.SIMILAR_CHARACTERS
    }
    assert found == {("宁波乙厂", "宁波甲厂"), ("宁波丙厂", "宁波乙厂")}


def test_companies_of_different_cities_are_not_alike() -> None:
    names = ["江苏常熟农村商业银行股份有限公司", "江苏江阴农村商业银行股份有限公司"]
    assert list(suggest_candidates(names)) == []


def test_a_place_that_one_name_leaves_out_does_not_matter() -> None:
    names = ["吉林省金冠电气股份有限公司", "金冠电气股份有限公司"]
    assert [each.reason for each in suggest_candidates(names)] == [CandidateReason.LIKENESS]


def test_names_without_chinese_characters_are_passed_over() -> None:
    assert list(suggest_candidates(["Onoff Electric", "Onoff Electrics", ""])) == []


def test_the_output_is_bounded_and_each_pair_comes_once() -> None:
    names = [f"宁波佳{a}{b}机械有限公司" for a in "尔尓己已巳未末土士日曰" for b in "泰秦迅讯晟晨昇千干于"]
    candidates = list(suggest_candidates(names))
    pairs = {(each.first, each.second) for each in candidates}
    assert 0 < len(candidates) == len(pairs) <= CANDIDATES_MAX
    assert list(suggest_candidates(names, candidates_max=3)) == candidates[:3]


def test_more_names_than_are_looked_at_are_refused() -> None:
    with pytest.raises(TooManyNamesError, match=f"more than {NAMES_MAX} names"):
        suggest_candidates("x" for _ in range(NAMES_MAX + 1))


@given(st.lists(legal_names(), max_size=12), st.data())
def test_candidates_do_not_depend_on_order_and_repetition_and_are_never_merged_by_rule(
    names: list[str], data: st.DataObject
) -> None:
    candidates = list(suggest_candidates(names))
    assert list(suggest_candidates(data.draw(st.permutations(names + names[:3])))) == candidates
    for each in candidates:
        assert classify_variation(each.first, each.second) is None
        assert 0 < each.score <= 1
        assert each.first < each.second
