"""From what a list calls a region to the authority whose list it is (P-13, P-20).

Reads region cells, jurisdictions and names of departments, never names of companies: a company of
batches 1 to 3 has no authority until a list gives it one (P-12).

The traps: 兵团 comes before 新疆; a planning city is not its province, with or without the province
before it; a cell may say which city it leaves out; 吉林市 lies in 吉林省; a district that is called like a
province (河北区 of Tianjin) is none.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from giants.domain.authorities import AUTHORITIES, AuthorityType
from giants.domain.names.places import PLACES, Place, PlaceLevel, place_at
from schemas.base import TEXT_CHARACTERS_MAX, AuthorityCode

_CORPS_SIGN: Final = "兵团"
# Places below the prefecture whose authority is not that of the province around them.
_COUNTIES_OF_PLANNING_CITIES: Final[Mapping[AuthorityCode, str]] = {
    AuthorityCode.DL: "瓦房店 庄河 长海 普兰店 旅顺口",
    AuthorityCode.NB: "余姚 慈溪 奉化 宁海 象山 鄞州 镇海 北仑",
    AuthorityCode.QD: "胶州 平度 莱西 即墨 胶南 黄岛",
    AuthorityCode.XPCC: "石河子 阿拉尔 图木舒克 五家渠 北屯 铁门关 双河 可克达拉 昆玉 胡杨河 新星 白杨",
}
_AUTHORITY_OF_COUNTY: Final = {
    base: code for code, bases in _COUNTIES_OF_PLANNING_CITIES.items() for base in bases.split()
}
_COUNTY_BASE_CHARACTERS_MAX: Final = max(map(len, _AUTHORITY_OF_COUNTY))
_ABBREVIATED: Final = {"内蒙": AuthorityCode.NM}
_PREFIXES: Final = ("中华人民共和国", "中国", "关于")

# "(不含宁波)", "（除大连外）", "不含深圳": what a cell leaves out or takes in is not whose cell it is.
_ASIDE = re.compile(
    r"[(\[](?:不含|不包括|不包含|除|含|包括|包含)[^)\]]*[)\]]|除[^外]{1,10}外的?|不(?:含|包括|包含).*$"
)
_NOT_IN_A_REGION = re.compile(r"[()\[\].·\-/|]+")
_ENGLISH_ENDING = re.compile(
    r"\b(?:province|municipality|city|autonomous region|(?:zhuang|hui|uygur|uyghur) autonomous region)$"
)
_XPCC_ENGLISH: Final = ("xpcc", "bingtuan", "production and construction corps")

_PROVINCIAL_SIGNS: Final = ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市")
_AUTONOMOUS: Final = frozenset(
    authority.code for authority in AUTHORITIES if authority.type is AuthorityType.AUTONOMOUS_REGION
)


def parse_region(text: str) -> AuthorityCode | None:
    """The authority of a region cell or department name that begins with a place; None where none does.

    Takes Chinese forms with or without their endings ("浙江", "广西壮族自治区", "广东省深圳市",
    "宁波市经济和信息化局", "新疆生产建设兵团第八师"), cities below a province ("杭州市"), English names
    ("Inner Mongolia") and the codes of the contract ("XPCC"). Looks at `TEXT_CHARACTERS_MAX` characters.
    """
    plain = unicodedata.normalize("NFKC", text[:TEXT_CHARACTERS_MAX]).strip()
    if plain.isascii():
        return _parse_english(plain)
    region = _prepared(plain)
    while prefix := next((prefix for prefix in _PREFIXES if region.startswith(prefix)), None):
        region = region.removeprefix(prefix)
    found = _region_at(region, 0)
    return found[0] if found is not None else None


def find_region(title: str) -> AuthorityCode | None:
    """The one authority that a title or sentence speaks of; None where it speaks of none or of several."""
    plain = unicodedata.normalize("NFKC", title[:TEXT_CHARACTERS_MAX])
    found = set(_regions_in(_prepared(plain)))
    return found.pop() if len(found) == 1 else None


def _prepared(plain: str) -> str:
    without_spaces = re.sub(r"\s+", "", plain)
    return _NOT_IN_A_REGION.sub("", _ASIDE.sub("", without_spaces))


def _regions_in(text: str) -> Iterator[AuthorityCode]:
    position = 0
    while position < len(text):
        found = _region_at(text, position)
        if found is None:
            position += 1
        else:
            code, position = found
            yield code


def _region_at(text: str, start: int) -> tuple[AuthorityCode, int] | None:
    """The authority of the places that stand one after the other from `start`, and where they end."""
    code: AuthorityCode | None = None
    position = start
    while (step := _one_place_at(text, position)) is not None:
        inner, position = step
        if code is None or _narrows(code, inner):
            code = inner
    return None if code is None else (code, position)


def _one_place_at(text: str, position: int) -> tuple[AuthorityCode, int] | None:
    """One place with its sign."""
    if text.startswith(("生产建设兵团", "建设兵团", _CORPS_SIGN), position):
        return AuthorityCode.XPCC, text.index(_CORPS_SIGN, position) + len(_CORPS_SIGN)
    for length in range(_COUNTY_BASE_CHARACTERS_MAX, 1, -1):
        code = _AUTHORITY_OF_COUNTY.get(text[position : position + length])
        end = position + length
        # Without its sign 新星 or 白杨 is a word.
        if code is not None and text.startswith(("市", "县", "区"), end):
            return code, end + 1
    place = place_at(text, position)
    if place is not None and place.authority is not None and _is_meant(text, position, place):
        return place.authority, _after(text, position + len(place.base), _PROVINCIAL_SIGNS)
    short = next((short for short in _ABBREVIATED if text.startswith(short, position)), None)
    if short is not None:
        return _ABBREVIATED[short], _after(text, position + len(short), ("自治区", "区"))
    return None


def _is_meant(text: str, position: int, place: Place) -> bool:
    """Not a smaller place of the same name: 河北区 and 朝阳区 are districts, 海南州 lies in 青海."""
    end = position + len(place.base)
    if place.authority in _AUTONOMOUS and place.level is PlaceLevel.PROVINCE:
        return True
    return not text.startswith(("区", "县", "州", "藏族", "蒙古族"), end) or place.sign == "州"


def _narrows(outer: AuthorityCode, inner: AuthorityCode) -> bool:
    """Whether `inner` announces its own list inside the jurisdiction of `outer`."""
    return any(authority.code is inner and authority.parent is outer for authority in AUTHORITIES)


def _after(text: str, position: int, signs: tuple[str, ...]) -> int:
    sign = next((sign for sign in signs if text.startswith(sign, position)), "")
    return position + len(sign)


def _english_jurisdictions() -> dict[str, AuthorityCode]:
    table = {authority.jurisdiction_en.casefold(): authority.code for authority in AUTHORITIES}
    return table | {"xizang": AuthorityCode.XZ, "nei mongol": AuthorityCode.NM}


_ENGLISH: Final = _english_jurisdictions()


def _parse_english(text: str) -> AuthorityCode | None:
    if text in AuthorityCode.__members__:
        return AuthorityCode(text)
    words = text.casefold()
    if any(sign in words for sign in _XPCC_ENGLISH):
        return AuthorityCode.XPCC
    parts = [_ENGLISH_ENDING.sub("", part.strip()).strip() for part in words.split(",")]
    codes = [_ENGLISH[part] for part in parts if part in _ENGLISH]
    return next(
        (code for code in codes if any(_narrows(other, code) for other in codes)), codes[0] if codes else None
    )


PREFECTURES_OF: Final[Mapping[AuthorityCode, tuple[str, ...]]] = {
    authority.code: tuple(
        place.base
        for place in PLACES.values()
        if place.authority is authority.code and place.level is PlaceLevel.PREFECTURE
    )
    for authority in AUTHORITIES
}
