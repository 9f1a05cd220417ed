from collections import Counter

import pytest

from giants.domain.authorities import (
    AUTHORITIES,
    AUTHORITY_BY_CODE,
    SENSITIVE_AUTHORITIES,
    AuthorityType,
    authority,
    is_sensitive,
)
from giants.domain.regions import PREFECTURES_OF
from schemas.base import AuthorityCode


def test_there_are_37_authorities_of_five_types() -> None:
    """P-20, acceptance 1: 22 + 5 + 4 + 5 + 1 = 37."""
    assert Counter(each.type for each in AUTHORITIES) == {
        AuthorityType.PROVINCE: 22,
        AuthorityType.AUTONOMOUS_REGION: 5,
        AuthorityType.MUNICIPALITY: 4,
        AuthorityType.PLANNING_CITY: 5,
        AuthorityType.CORPS: 1,
    }
    assert len(AUTHORITIES) == 37


def test_every_code_of_the_contract_is_one_authority() -> None:
    assert list(AUTHORITY_BY_CODE) == list(AuthorityCode)
    assert all(authority(code).code is code for code in AuthorityCode)


def test_the_two_authorities_of_xinjiang_are_sensitive() -> None:
    """P-22."""
    assert {AuthorityCode.XJ, AuthorityCode.XPCC} == SENSITIVE_AUTHORITIES
    assert {each.code for each in AUTHORITIES if each.sensitive} == SENSITIVE_AUTHORITIES
    assert is_sensitive(AuthorityCode.XPCC)
    assert not is_sensitive(AuthorityCode.ZJ)
    assert not is_sensitive(None)


def test_planning_cities_and_the_corps_lie_in_the_jurisdiction_of_another() -> None:
    parents = {each.code: each.parent for each in AUTHORITIES if each.parent is not None}
    assert parents == {
        AuthorityCode.DL: AuthorityCode.LN,
        AuthorityCode.NB: AuthorityCode.ZJ,
        AuthorityCode.XM: AuthorityCode.FJ,
        AuthorityCode.QD: AuthorityCode.SD,
        AuthorityCode.SZ: AuthorityCode.GD,
        AuthorityCode.XPCC: AuthorityCode.XJ,
    }
    assert authority(AuthorityCode.ZJ).excludes == (AuthorityCode.NB,)
    assert authority(AuthorityCode.JS).excludes == ()


@pytest.mark.parametrize(
    ("code", "name_zh", "name_en"),
    [
        (
            AuthorityCode.ZJ,
            "浙江省经济和信息化厅",
            "Zhejiang Department of Economy and Information Technology",
        ),
        (
            AuthorityCode.SH,
            "上海市经济和信息化委员会",
            "Shanghai Commission of Economy and Information Technology",
        ),
        (AuthorityCode.NB, "宁波市经济和信息化局", "Ningbo Bureau of Economy and Information Technology"),
        (
            AuthorityCode.XPCC,
            "新疆生产建设兵团工业和信息化局",
            "Xinjiang Production and Construction Corps Bureau of Industry and Information Technology",
        ),
    ],
)
def test_names_are_those_of_the_departments(code: AuthorityCode, name_zh: str, name_en: str) -> None:
    assert authority(code).name_zh == name_zh
    assert authority(code).name_en == name_en


def test_names_and_sites_are_unique_and_whole() -> None:
    for field in ("name_zh", "name_en", "jurisdiction_zh", "jurisdiction_en"):
        values = [getattr(each, field) for each in AUTHORITIES]
        assert len(set(values)) == 37
        assert all(values)
    sites = [site for each in AUTHORITIES for site in each.sites]
    assert len(sites) == len(set(sites)) == 36
    assert all(site.endswith(".gov.cn") for site in sites)


def test_provinces_hold_their_cities_and_planning_cities_hold_themselves() -> None:
    assert "杭州" in PREFECTURES_OF[AuthorityCode.ZJ]
    assert "宁波" not in PREFECTURES_OF[AuthorityCode.ZJ]
    assert PREFECTURES_OF[AuthorityCode.NB] == ("宁波",)
    assert len(PREFECTURES_OF[AuthorityCode.JS]) == 13
