from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.english_matching import evaluate, read_rows, total
from giants.domain.names import english
from giants.domain.names.english import (
    APPLY_MIN,
    FORMS_OF_A_KEY_MAX,
    MATCHES_MAX,
    PROPOSE_MIN,
    EnglishCompany,
    EnglishMatcher,
    Match,
)
from giants.domain.names.english_form import BRAND_LETTERS_MAX, derived_forms, english_form, plain_words
from giants.domain.names.errors import TooManyNamesError
from tests.domain.names.strategies import legal_names

DJI = EnglishCompany("dji", ("深圳市大疆创新科技有限公司",), ("SZ DJI Technology Co., Ltd.",))
JIAERLING = EnglishCompany("jiaerling", ("宁波佳尔灵气动机械有限公司",))
LONGSHENG = EnglishCompany(
    "longsheng", ("洛阳隆盛科技有限责任公司",), ("Luoyang Longsheng Technology Co., Ltd.",)
)
WOLONG_ENERGY = EnglishCompany(
    "wolong-energy", ("卧龙新能源集团股份有限公司",), ("Wolong New Energy Group Co., Ltd.",)
)
WOLONG_ELECTRIC = EnglishCompany(
    "wolong-electric", ("卧龙电气集团股份有限公司",), ("Wolong Electric Group Co., Ltd.",)
)
MATCHER = EnglishMatcher([DJI, JIAERLING, LONGSHENG, WOLONG_ENERGY, WOLONG_ELECTRIC])


def best(assignee: str) -> Match:
    return MATCHER.match(assignee)[0]


@pytest.mark.parametrize(
    ("assignee", "company_id"),
    [
        ("SZ DJI TECHNOLOGY CO LTD", "dji"),
        ("SZ DJI TECHNOLOGY CO., LTD", "dji"),
        ("SHENZHEN DJI TECHNOLOGIES COMPANY LIMITED", "dji"),
        ("SHEN ZHEN DJI TECH CO LTD", "dji"),
        ("SHENZHEN CITY D J I TECHNOLOGY", "dji"),
        ("NINGBO JIAERLING PNEUMATIC MACHINERY CO LTD", "jiaerling"),
        ("NINGBO JIA'ERLING PNEUMATIC MACH CO LTD", "jiaerling"),
        ("LUO YANG LONG SHENG TECH CO LTD", "longsheng"),
        ("WOLONG NEW ENERGY GRP CO LTD", "wolong-energy"),
    ],
)
def test_abbreviated_assignees_are_applied(assignee: str, company_id: str) -> None:
    match = best(assignee)
    assert match.company_id == company_id
    assert match.confidence >= APPLY_MIN
    assert match.reasons


@pytest.mark.parametrize(
    "assignee",
    [
        "DJI TECHNOLOGY SHANGHAI CO LTD",
        "LUOYANG LONGSHEN TECHNOLOGY CO LTD",
        "LUOYANG LONGSHENG PHARMACEUTICAL CO LTD",
        "WOLONG GROUP CO LTD",
        "WUHAN LONGSHENG TECHNOLOGY CO LTD",
    ],
)
def test_what_may_be_another_company_is_not_applied(assignee: str) -> None:
    """N-14, N-16: siblings and namesakes stay apart until a person says otherwise."""
    assert all(match.confidence < APPLY_MIN for match in MATCHER.match(assignee))


@pytest.mark.parametrize(
    "assignee",
    ["", "...", "BOEING CO", "CO LTD", "洛阳隆盛科技有限责任公司", "TECHNOLOGY CO LTD", "SHENZHEN CO LTD"],
)
def test_strangers_and_names_without_a_name_have_no_match(assignee: str) -> None:
    assert MATCHER.match(assignee) == []


def test_a_match_tells_the_name_that_it_matched_and_why() -> None:
    assert best("SZ DJI TECHNOLOGY CO LTD") == Match(
        "dji", 1.0, "SZ DJI Technology Co., Ltd.", ("recorded name",)
    )
    assert best("NINGBO JIAERLING PNEUMATIC MACH CO LTD").matched_name == "宁波佳尔灵气动机械有限公司"
    assert "brand from pinyin" in best("NINGBO JIAERLING PNEUMATIC MACH CO LTD").reasons


def test_a_mistyped_letter_is_proposed_with_the_reason() -> None:
    match = best("LUOYANG LONGSHEMG TECHNOLOGY CO LTD")
    assert PROPOSE_MIN <= match.confidence < APPLY_MIN
    assert "brand differs in a letter" in match.reasons


def test_a_name_that_two_companies_recorded_is_left_to_a_person() -> None:
    twins = [
        EnglishCompany(str(number), ("甲乙电子有限公司",), ("Jiayi Electronics Co., Ltd.",))
        for number in range(2)
    ]
    matches = EnglishMatcher(twins).match("JIAYI ELECTRONICS CO LTD")
    assert [match.company_id for match in matches] == ["0", "1"]
    assert all(match.confidence < APPLY_MIN and "several fit as well" in match.reasons for match in matches)


def test_a_brand_of_very_many_companies_tells_none_apart() -> None:
    many = [
        EnglishCompany(str(number), (), (f"Huaxing {word} Co., Ltd.",))
        for number, word in enumerate(f"x{number}" for number in range(FORMS_OF_A_KEY_MAX + 1))
    ]
    assert EnglishMatcher(many).match("HUAXING TECHNOLOGY CO LTD") == []


def test_more_companies_than_are_indexed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "COMPANIES_MAX", 2)
    with pytest.raises(TooManyNamesError, match="more than 2 names"):
        EnglishMatcher([DJI, LONGSHENG, JIAERLING])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SZ DJI TECHNOLOGY CO LTD", "Shenzhen DJI Technologies Inc."),
        ("XI AN HUAXIA OPTOELECTRONICS", "Xi'an Huaxia Photoelectric Co., Ltd."),
        ("INNER MONGOLIA LANTAI INDUSTRIAL CO", "Neimenggu Lantai Industry Ltd"),
        ("HARBIN AGREE AUTOMATION EQPT", "Haerbin Agree Automation Equipments Co., Ltd."),
        ("Huaxia Science & Technology", "HUAXIA SCI AND TECH"),
        ("Huaxia Biotech Co.", "Huaxia Bio-Technology Co."),
    ],
)
def test_spellings_of_one_company_have_one_form(one: str, other: str) -> None:
    first, second = english_form(one), english_form(other)
    assert (first.places, first.brand, first.trade, first.structure) == (
        second.places,
        second.brand,
        second.trade,
        second.structure,
    )


def test_shanxi_and_shaanxi_are_two_places() -> None:
    assert english_form("Shanxi Huaxia Co").places == {"山西"}
    assert english_form("Shaanxi Huaxia Co").places == {"陕西"}


def test_a_derived_form_has_pinyin_places_and_translated_trades() -> None:
    form, other = derived_forms("宁波佳尔灵气动机械有限公司")
    assert (form.brand, other.brand) == ("jiaerling", "chiaerhling")
    assert form.places == {"宁波"}
    assert form.trade == {"pneumatic", "machinery"}
    moved, _ = derived_forms("中航隆盛(洛阳)科技集团有限公司")
    assert moved.brand == "zhonghanglongsheng"
    assert moved.places == {"洛阳"}
    assert moved.structure == {"group"}
    assert {form.brand for form in derived_forms("绿盟科技有限公司")} == {"lvmeng", "lumeng"}
    assert derived_forms("中国电子有限公司")[0].structure == {"china"}
    assert derived_forms("上海有限公司") == ()


def test_beginnings_of_words_are_understood_where_they_mean_one_thing() -> None:
    assert plain_words("semicondu") == ("semiconductor",)
    assert plain_words("batteries") == ("battery",)
    assert plain_words("electr") == ()
    assert plain_words("longsheng") == ()


@given(st.text(max_size=600))
def test_any_assignee_is_matched_within_bounds(assignee: str) -> None:
    matches = MATCHER.match(assignee)
    assert len(matches) <= MATCHES_MAX
    assert all(PROPOSE_MIN <= match.confidence <= 1 for match in matches)
    assert len(english_form(assignee).brand) <= BRAND_LETTERS_MAX


@given(st.lists(legal_names(), min_size=1, max_size=6, unique=True), st.data())
def test_matches_do_not_depend_on_the_order_of_the_companies(names: list[str], data: st.DataObject) -> None:
    companies = [EnglishCompany(name, (name,)) for name in names]
    forms = [form for name in names for form in derived_forms(name)]
    assignee = " ".join([forms[0].brand, *sorted(forms[0].trade)]) if forms else "huaxing"
    shuffled = data.draw(st.permutations(companies))
    assert EnglishMatcher(shuffled).match(assignee) == EnglishMatcher(companies).match(assignee)


def test_what_is_applied_is_right_on_names_of_listed_companies(data_dir: Path) -> None:
    """The labelled set of bench/english_matching.py, on the part that nothing was tuned on."""
    tallies = evaluate(read_rows(data_dir / "companies" / "a_share_names.csv"), "test")
    applied, proposed = total(tallies, APPLY_MIN), total(tallies, PROPOSE_MIN)
    recorded = tallies[APPLY_MIN, "recorded"]
    assert applied.correct / applied.reported > 0.995
    # One ending of nine is INC, another kind of firm than most names on record, and is only proposed.
    assert recorded.found / recorded.queries > 0.65
    assert proposed.correct / proposed.reported > 0.85
    assert proposed.found > applied.found


@pytest.mark.parametrize("written", ["ONOFF ELECTRIC INC", "Onoff Electric GmbH", "ON OFF ELECTRIC CORP"])
def test_a_legal_form_of_another_kind_is_proposed_and_never_applied(written: str) -> None:
    onoff = EnglishCompany("onoff", (), ("Onoff Electric Co., Ltd.",))
    (match,) = EnglishMatcher([onoff]).match(written)
    assert PROPOSE_MIN <= match.confidence < APPLY_MIN
    assert any(reason.startswith("other kind of firm") for reason in match.reasons)


@pytest.mark.parametrize(
    "written", ["ONOFF ELECTRIC", "ONOFF ELECTRIC LTD", "Onoff Electric Corporation Limited"]
)
def test_a_legal_form_of_the_same_kind_or_none_is_applied(written: str) -> None:
    onoff = EnglishCompany("onoff", (), ("Onoff Electric Co., Ltd.",))
    assert EnglishMatcher([onoff]).match(written)[0].confidence >= APPLY_MIN
