"""The companies that the catalogue names (§14, §16.8, §16.9), and what names must never do."""

from itertools import pairwise, permutations

import pytest

from giants.domain.names import lookup_keys
from giants.domain.registry import recompute_all
from giants.domain.registry.identity import NODES_OF_COMPANY_MAX
from schemas.facts import ProgrammeFact
from tests.domain.registry.build import (
    MIIT,
    SUPPLEMENTARY,
    Told,
    correction,
    designation,
    english,
    kinds,
    notice,
    rename,
    review,
)

MISREAD, NINGBO = "宁波佳尓灵气动机械有限公司", "宁波佳尔灵气动机械有限公司"
LUOYANG, LUOYANG_AVIC = "洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司"
HENAN_LIMITED, HENAN = "河南中原辊轴有限公司", "河南中原辊轴股份有限公司"
BAOJI, BAOJI_SHORT = "宝鸡市赛孚石油机械有限公司", "宝鸡赛孚石油机械有限公司"


def test_a_misread_name_is_put_right_when_all_four_conditions_hold() -> None:
    told = Told(designation("b2", 2, MISREAD), correction("c-1", MISREAD, NINGBO))
    company = told.company(NINGBO)
    assert company.name == NINGBO
    assert [(use.name, use.cause, use.ref) for use in company.names] == [
        (MISREAD, "designation", "b2@1"),
        (NINGBO, "correction", "c-1@1"),
    ]
    assert kinds(told.outcomes[-1]) == ["renamed"]


@pytest.mark.parametrize(("not_found", "confirmed"), [(False, True), (True, False), (False, False)])
def test_a_correction_without_its_evidence_is_refused(not_found: bool, confirmed: bool) -> None:
    told = Told(
        designation("b2", 2, MISREAD),
        correction("c-1", MISREAD, NINGBO, not_found=not_found, confirmed=confirmed),
    )
    assert told.company(MISREAD).name == MISREAD
    (finding,) = told.registry.findings()
    assert finding.code == "correction_refused"
    assert ("not_found_under_original" in finding.detail) is not not_found
    assert ("confirmed_little_giant" in finding.detail) is not confirmed


@pytest.mark.parametrize(
    "wrong",
    [
        "宁波佳尓灵气动器材厂",  # more than two characters
        "宁波佳尓灵气动机械",  # a deletion is no misreading
        "宁波佳尓灵气动火腿有限公司",  # two characters that look unlike
    ],
)
def test_what_is_no_misreading_is_refused(wrong: str) -> None:
    told = Told(designation("b2", 2, wrong), correction("c-1", wrong, NINGBO))
    assert told.codes() == ["correction_refused"]
    assert NINGBO not in {use.name for company in told.companies for use in company.names}


def test_a_correction_is_refused_when_the_batch_has_the_corrected_name_too() -> None:
    told = Told(
        designation("b2", 2, MISREAD), designation("b2-more", 2, NINGBO), correction("c-1", MISREAD, NINGBO)
    )
    assert len(told.companies) == 2
    assert "otherwise_absent" in told.registry.findings()[0].detail


@pytest.mark.parametrize("batch", [1, 5])
def test_a_correction_is_refused_when_any_batch_has_the_corrected_name(batch: int) -> None:
    facts: tuple[ProgrammeFact, ...] = (
        designation("b2", 2, MISREAD),
        correction("c-1", MISREAD, NINGBO),
        designation(f"b{batch}", batch, NINGBO),
    )
    for order in permutations(facts):
        told = Told(*order)
        assert {company.name for company in told.companies} == {MISREAD, NINGBO}
        (finding,) = told.registry.findings()
        assert f"batch {batch} names {NINGBO}" in finding.detail


def test_a_correction_falls_when_a_later_list_shows_that_both_exist() -> None:
    told = Told(designation("b2", 2, MISREAD), correction("c-1", MISREAD, NINGBO))
    assert len(told.companies) == 1
    told.tell(designation("b2-more", 2, NINGBO))
    assert {company.name for company in told.companies} == {MISREAD, NINGBO}
    assert told.codes() == ["correction_refused"]


def test_likeness_never_merges_and_a_rename_does() -> None:
    told = Told(designation("b6", 6, LUOYANG), designation("b7", 7, LUOYANG_AVIC))
    first, second = told.company(LUOYANG), told.company(LUOYANG_AVIC)
    assert first.company_id != second.company_id
    outcome = told.tell(rename("r-1", LUOYANG, LUOYANG_AVIC))
    company = told.company(LUOYANG)
    assert [one.company_id for one in told.companies] == [first.company_id]
    assert company.name == LUOYANG_AVIC
    assert company.batches == (6, 7)
    assert company.merged_from == (second.company_id,)
    assert outcome.snapshots[second.company_id] is None
    merged = next(change for change in outcome.changes if change.company_id == second.company_id)
    assert (merged.kind, merged.current, merged.merged_into) == ("merged", None, first.company_id)
    assert set(outcome.assignments.values()) == {first.company_id}
    assert {use.name: use.cause for use in company.names} == {LUOYANG: "designation", LUOYANG_AVIC: "rename"}


def test_the_same_company_comes_out_when_the_rename_is_known_first() -> None:
    facts = (
        designation("b6", 6, LUOYANG),
        designation("b7", 7, LUOYANG_AVIC),
        rename("r-1", LUOYANG, LUOYANG_AVIC),
    )
    assert Told(*facts).companies == Told(*reversed(facts)).companies


def test_a_corporate_form_changes_without_a_fact_of_its_own_and_the_newest_is_shown() -> None:
    told = Told(designation("b3", 3, HENAN_LIMITED), review("r-24", 2024, HENAN, authority="HA"))
    company = told.company(HENAN)
    assert len(told.companies) == 1
    assert company.name == HENAN
    assert {use.name: use.cause for use in company.names}[HENAN] == "corporate_form"
    assert kinds(told.outcomes[-1]) == ["renamed", "review-passed"]


def test_a_listing_difference_keeps_the_fuller_name() -> None:
    told = Told(designation("b3", 3, BAOJI), review("r-24", 2024, BAOJI_SHORT, authority="SN"))
    company = told.company(BAOJI)
    assert company.name == BAOJI
    assert {use.name: use.cause for use in company.names}[BAOJI_SHORT] == "listing_difference"
    assert company.status == "active"
    assert company.sub_state == "maintained"


def test_a_name_stands_in_the_spelling_of_its_evidence_whatever_later_lists_write() -> None:
    simplified, traditional = "长沙示例大众零部件有限公司", "長沙示例大眾零部件有限公司"
    told = Told(
        designation("b7", 7, simplified, authority="HN"), designation("b8", 8, traditional, authority="HN")
    )
    (company,) = told.companies
    assert company.name == simplified
    assert [(use.name, use.ref) for use in company.names] == [(simplified, "b7@1")]


DAY = "2024-09-02"
BY_DESIGNATION = designation("b6", 6, HENAN_LIMITED, on=DAY, authority="HA")
BY_REVIEW = review("r-24", 2024, HENAN, on=DAY, authority="HA", complete=False)
BY_SUPPLEMENT = designation("a-blog", 6, HENAN, on=DAY, source=SUPPLEMENTARY)


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ((BY_DESIGNATION, BY_REVIEW), HENAN_LIMITED),
        ((BY_DESIGNATION, BY_SUPPLEMENT), HENAN_LIMITED),
        ((BY_DESIGNATION, rename("r-1", HENAN_LIMITED, HENAN, on=DAY)), HENAN),
        ((BY_DESIGNATION, notice("z-notice", 6, HENAN, on=DAY, authority="HA")), HENAN_LIMITED),
    ],
)
def test_of_names_of_one_day_that_of_the_weightier_fact_is_shown(
    facts: tuple[ProgrammeFact, ...], shown: str
) -> None:
    assert [company.name for company in Told(*facts).companies] == [shown]
    assert [company.name for company in Told(*reversed(facts)).companies] == [shown]


def test_names_of_one_rule_that_stand_in_one_list_are_two_companies() -> None:
    told = Told(designation("b3", 3, HENAN_LIMITED, HENAN))
    assert {company.name for company in told.companies} == {HENAN_LIMITED, HENAN}
    assert told.registry.assignments() == {
        lookup_keys(name)[0]: told.company(name).company_id for name in (HENAN_LIMITED, HENAN)
    }


def test_a_company_is_split_when_a_later_list_holds_both_its_names_and_united_when_that_is_revised() -> None:
    told = Told(designation("b3", 3, HENAN_LIMITED), review("r-24", 2024, HENAN, authority="HA"))
    before = told.companies
    outcome = told.tell(designation("b7", 7, HENAN_LIMITED, HENAN))
    assert {company.name: company.batches for company in told.companies} == {
        HENAN_LIMITED: (3, 7),
        HENAN: (7,),
    }
    gone = next(change for change in outcome.changes if change.current is None)
    assert gone.merged_into == told.company(HENAN_LIMITED).company_id
    told.tell(designation("b7", 7, revision=2))
    assert told.companies == before


def test_two_subsidiaries_of_one_group_stay_two_companies() -> None:
    told = Told(designation("b6", 6, "中航光电(洛阳)精密机械有限公司", "中航光电(沈阳)精密机械有限公司"))
    assert len(told.companies) == 2


def test_a_rename_between_two_names_of_one_list_is_refused() -> None:
    told = Told(designation("b6", 6, LUOYANG, LUOYANG_AVIC), rename("r-1", LUOYANG, LUOYANG_AVIC))
    assert len(told.companies) == 2
    assert told.codes() == ["rename_refused"]
    assert told.registry.findings()[0].ref == "r-1@1"


def test_renames_to_one_name_do_not_bring_two_names_of_one_list_together() -> None:
    """Two companies that went into a third are a merger of firms, which is never consolidated (N-14)."""
    told = Told(
        designation("b6", 6, LUOYANG, HENAN),
        rename("r-1", LUOYANG, LUOYANG_AVIC, on="2025-01-01"),
        rename("r-2", HENAN, LUOYANG_AVIC, on="2025-02-01"),
    )
    assert {company.name for company in told.companies} == {LUOYANG_AVIC, HENAN}
    assert [finding.ref for finding in told.registry.findings()] == ["r-2@1"]


def test_what_one_name_stands_beside_holds_for_all_names_of_its_company() -> None:
    told = Told(
        designation("b6", 6, LUOYANG),
        designation("b7", 7, LUOYANG_AVIC, HENAN),
        rename("r-1", LUOYANG, LUOYANG_AVIC, on="2025-01-01"),
        rename("r-2", HENAN, LUOYANG, on="2025-02-01"),
    )
    assert {company.name for company in told.companies} == {LUOYANG_AVIC, HENAN}
    assert [finding.ref for finding in told.registry.findings()] == ["r-2@1"]


def test_a_rename_in_a_circle_leaves_one_company_with_its_latest_name() -> None:
    told = Told(
        designation("b6", 6, LUOYANG),
        rename("r-1", LUOYANG, LUOYANG_AVIC, on="2025-01-01"),
        rename("r-2", LUOYANG_AVIC, LUOYANG, on="2025-06-01"),
    )
    assert [company.name for company in told.companies] == [LUOYANG]


def test_a_rename_that_is_taken_back_parts_the_companies_again() -> None:
    told = Told(designation("b6", 6, LUOYANG), designation("b7", 7, LUOYANG_AVIC))
    apart = told.companies
    told.tell(rename("r-1", LUOYANG, LUOYANG_AVIC))
    outcome = told.tell(rename("r-1", LUOYANG, LUOYANG, revision=2))
    assert told.companies == apart
    reborn = [change for change in outcome.changes if change.previous is None]
    assert [(change.kind, change.seq) for change in reborn] == [("designated", 3)]


def test_the_names_of_a_company_are_bounded() -> None:
    names = [LUOYANG, *(f"洛阳第{number}科技有限公司" for number in range(NODES_OF_COMPANY_MAX + 1))]
    renames = [rename(f"r-{number:04}", *pair) for number, pair in enumerate(pairwise(names))]
    state = recompute_all([designation("b6", 6, LUOYANG), *renames])
    (company,) = state.snapshots().values()
    assert len(company.names) == NODES_OF_COMPANY_MAX
    assert [finding.code for finding in state.findings()] == ["rename_refused"]


def test_a_parent_and_its_subsidiary_are_entities_of_their_own() -> None:
    """E-02 and E-03: what they own, and who owns them, is not recorded here (N-14, W-12)."""
    subsidiaries = ("上海闻泰电子科技有限公司", "上海捷诺生物科技股份有限公司")
    parents = ("闻泰通讯股份有限公司", "中国生物技术股份有限公司")
    told = Told(designation("b3", 3, *subsidiaries), review("r-24", 2024, *parents, complete=False))
    assert {company.name for company in told.companies} == set(subsidiaries)
    assert told.codes() == ["unknown_company", "unknown_company"]


def test_the_authority_of_the_early_batches_is_never_guessed_from_the_name() -> None:
    """E-05: Ningbo is an authority, and the list of batch 2 does not say so (P-12)."""
    told = Told(designation("b2", 2, NINGBO, source=MIIT, complete=True))
    assert told.company(NINGBO).authority is None
    assert "authority_unknown" in told.company(NINGBO).caveats
    told.tell(review("r-23", 2023, NINGBO, authority="NB"))
    assert told.company(NINGBO).authority == "NB"
    assert told.company(NINGBO).designations[0].authority is None


def test_two_companies_of_like_english_names_are_two() -> None:
    """E-04 is a real company, E-09 a hypothetical one of the worked example."""
    real = "北京星河动力航天科技股份有限公司"
    told = Told(
        designation("b5", 5, real, "北京银河光学方案有限公司", authority="BJ"),
        english("e-1", real, "Beijing Galactic Energy Aerospace Technology Co. Ltd."),
        english("e-2", "北京银河光学方案有限公司", "Galactic Light Solutions Co. Ltd."),
    )
    found = told.registry.assignments()
    assert found["@beijing galactic energy aerospace technology co ltd"] == told.company(real).company_id
    assert found["@galactic light solutions co ltd"] != told.company(real).company_id
