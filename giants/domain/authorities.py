"""The 37 authorities that nominate Little Giants (P-19, P-20): reference data.

Names are those that the authorities' own notices bear; English names are literal translations. An
authority is known by its jurisdiction, since the department that nominates differs from place to place
and over time (Shenzhen and Qingdao have a bureau for small firms). Sites are given where they are known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schemas.base import AuthorityCode


class AuthorityType(StrEnum):
    """The five kinds of jurisdiction (P-20)."""

    PROVINCE = "province"
    AUTONOMOUS_REGION = "autonomous_region"
    MUNICIPALITY = "municipality"
    PLANNING_CITY = "planning_city"
    CORPS = "corps"


@dataclass(frozen=True, slots=True)
class Authority:
    """One nominating authority.

    `parent` is the authority of the province around a planning city or the Corps, which announces a list
    of its own without them. `sensitive` marks the two that administer Xinjiang (P-22).
    """

    code: AuthorityCode
    type: AuthorityType
    name_zh: str
    name_en: str
    jurisdiction_zh: str
    jurisdiction_en: str
    sites: tuple[str, ...] = ()
    other_names_zh: tuple[str, ...] = ()
    parent: AuthorityCode | None = None
    sensitive: bool = False

    @property
    def excludes(self) -> tuple[AuthorityCode, ...]:
        """Authorities inside this jurisdiction that announce lists of their own."""
        return tuple(other.code for other in AUTHORITIES if other.parent is self.code)


_IIT = "Department of Industry and Information Technology"
_EIT = "Department of Economy and Information Technology"
_GXT, _JXT = "工业和信息化厅", "经济和信息化厅"

# Code, jurisdiction in Chinese and English, department in Chinese and English, sites.
_PROVINCES: Final = (
    (AuthorityCode.HE, "河北省", "Hebei", _GXT, _IIT, "gxt.hebei.gov.cn"),
    (AuthorityCode.SX, "山西省", "Shanxi", _GXT, _IIT, "gxt.shanxi.gov.cn"),
    (AuthorityCode.LN, "辽宁省", "Liaoning", _GXT, _IIT, "gxt.ln.gov.cn"),
    (AuthorityCode.JL, "吉林省", "Jilin", _GXT, _IIT, "gxt.jl.gov.cn"),
    (AuthorityCode.HL, "黑龙江省", "Heilongjiang", _GXT, _IIT, "gxt.hlj.gov.cn"),
    (AuthorityCode.JS, "江苏省", "Jiangsu", _GXT, _IIT, "gxt.jiangsu.gov.cn"),
    (AuthorityCode.ZJ, "浙江省", "Zhejiang", _JXT, _EIT, "jxt.zj.gov.cn"),
    (AuthorityCode.AH, "安徽省", "Anhui", _GXT, _IIT, "jx.ah.gov.cn"),
    (AuthorityCode.FJ, "福建省", "Fujian", _GXT, _IIT, "gxt.fujian.gov.cn"),
    (AuthorityCode.JX, "江西省", "Jiangxi", _GXT, _IIT, "gxt.jiangxi.gov.cn"),
    (AuthorityCode.SD, "山东省", "Shandong", _GXT, _IIT, "gxt.shandong.gov.cn"),
    (AuthorityCode.HA, "河南省", "Henan", _GXT, _IIT, "gxt.henan.gov.cn"),
    (AuthorityCode.HB, "湖北省", "Hubei", _JXT, _EIT, "jxt.hubei.gov.cn"),
    (AuthorityCode.HN, "湖南省", "Hunan", _GXT, _IIT, "gxt.hunan.gov.cn"),
    (AuthorityCode.GD, "广东省", "Guangdong", _GXT, _IIT, "gdii.gd.gov.cn"),
    (AuthorityCode.HI, "海南省", "Hainan", _GXT, _IIT, "iitb.hainan.gov.cn"),
    (AuthorityCode.SC, "四川省", "Sichuan", _JXT, _EIT, "jxt.sc.gov.cn"),
    (AuthorityCode.GZ, "贵州省", "Guizhou", _GXT, _IIT, "gxt.guizhou.gov.cn"),
    (AuthorityCode.YN, "云南省", "Yunnan", _GXT, _IIT, "gxt.yn.gov.cn"),
    (AuthorityCode.SN, "陕西省", "Shaanxi", _GXT, _IIT, "gxt.shaanxi.gov.cn"),
    (AuthorityCode.GS, "甘肃省", "Gansu", _GXT, _IIT, "gxt.gansu.gov.cn"),
    (AuthorityCode.QH, "青海省", "Qinghai", _GXT, _IIT, "gxt.qinghai.gov.cn"),
)
_REGIONS: Final = (
    (AuthorityCode.NM, "内蒙古自治区", "Inner Mongolia", _GXT, _IIT, "gxt.nmg.gov.cn"),
    (AuthorityCode.GX, "广西壮族自治区", "Guangxi", _GXT, _IIT, "gxt.gxzf.gov.cn"),
    (AuthorityCode.XZ, "西藏自治区", "Tibet", _JXT, _EIT, "jxt.xizang.gov.cn"),
    (AuthorityCode.NX, "宁夏回族自治区", "Ningxia", _GXT, _IIT, "gxt.nx.gov.cn"),
    (AuthorityCode.XJ, "新疆维吾尔自治区", "Xinjiang", _GXT, _IIT, "gxt.xinjiang.gov.cn"),
)
_BUREAU_IIT = "Bureau of Industry and Information Technology"
_BUREAU_EIT = "Bureau of Economy and Information Technology"
_COMMISSION_EIT = "Commission of Economy and Information Technology"
_GXJ, _JXJ, _JXW = "工业和信息化局", "经济和信息化局", "经济和信息化委员会"
_MUNICIPALITIES: Final = (
    (AuthorityCode.BJ, "北京市", "Beijing", _JXJ, _BUREAU_EIT, "jxj.beijing.gov.cn"),
    (AuthorityCode.TJ, "天津市", "Tianjin", _GXJ, _BUREAU_IIT, "gyxxh.tj.gov.cn"),
    (AuthorityCode.SH, "上海市", "Shanghai", _JXW, _COMMISSION_EIT, "sheitc.sh.gov.cn"),
    (AuthorityCode.CQ, "重庆市", "Chongqing", _JXW, _COMMISSION_EIT, "jjxxw.cq.gov.cn"),
)


_PLANNING_CITIES: Final = (
    (AuthorityCode.DL, "大连市", "Dalian", _GXJ, _BUREAU_IIT, ""),
    (AuthorityCode.NB, "宁波市", "Ningbo", _JXJ, _BUREAU_EIT, "jxj.ningbo.gov.cn"),
    (AuthorityCode.XM, "厦门市", "Xiamen", _GXJ, _BUREAU_IIT, "gxj.xm.gov.cn"),
    (AuthorityCode.QD, "青岛市", "Qingdao", _GXJ, _BUREAU_IIT, ""),
    (AuthorityCode.SZ, "深圳市", "Shenzhen", _GXJ, _BUREAU_IIT, "gxj.sz.gov.cn zxqyj.sz.gov.cn"),
)
_CORPS: Final = (
    (
        AuthorityCode.XPCC,
        "新疆生产建设兵团",
        "Xinjiang Production and Construction Corps",
        _GXJ,
        _BUREAU_IIT,
        "btgxj.xjbt.gov.cn",
    ),
)
_OTHER_NAMES_ZH: Final[Mapping[AuthorityCode, tuple[str, ...]]] = {
    AuthorityCode.AH: ("安徽省经济和信息化厅",),
    AuthorityCode.SX: ("山西省小企业发展促进局",),
    AuthorityCode.QD: ("青岛市民营经济发展局",),
    AuthorityCode.SZ: ("深圳市中小企业服务局",),
}
_PARENTS: Final[Mapping[AuthorityCode, AuthorityCode]] = {
    AuthorityCode.DL: AuthorityCode.LN,
    AuthorityCode.NB: AuthorityCode.ZJ,
    AuthorityCode.XM: AuthorityCode.FJ,
    AuthorityCode.QD: AuthorityCode.SD,
    AuthorityCode.SZ: AuthorityCode.GD,
    AuthorityCode.XPCC: AuthorityCode.XJ,
}
SENSITIVE_AUTHORITIES: Final = frozenset({AuthorityCode.XJ, AuthorityCode.XPCC})


def _authorities() -> Iterator[Authority]:
    for authority_type, rows in (
        (AuthorityType.PROVINCE, _PROVINCES),
        (AuthorityType.AUTONOMOUS_REGION, _REGIONS),
        (AuthorityType.MUNICIPALITY, _MUNICIPALITIES),
        (AuthorityType.PLANNING_CITY, _PLANNING_CITIES),
        (AuthorityType.CORPS, _CORPS),
    ):
        for code, zh, en, department_zh, department_en, sites in rows:
            yield Authority(
                code=code,
                type=authority_type,
                name_zh=zh + department_zh,
                name_en=f"{en} {department_en}",
                jurisdiction_zh=zh,
                jurisdiction_en=en,
                sites=tuple(sites.split()),
                other_names_zh=_OTHER_NAMES_ZH.get(code, ()),
                parent=_PARENTS.get(code),
                sensitive=code in SENSITIVE_AUTHORITIES,
            )


AUTHORITIES: Final[tuple[Authority, ...]] = tuple(_authorities())
AUTHORITY_BY_CODE: Final[Mapping[AuthorityCode, Authority]] = MappingProxyType(
    {authority.code: authority for authority in AUTHORITIES}
)


def authority(code: AuthorityCode) -> Authority:
    """The authority of a code."""
    return AUTHORITY_BY_CODE[code]


def is_sensitive(code: AuthorityCode | None) -> bool:
    """Whether an authority administers Xinjiang (P-22); no for an authority that is not known."""
    return code in SENSITIVE_AUTHORITIES
