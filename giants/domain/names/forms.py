"""Keys of a name: what a company is found by, whatever its form or the habit of a list (N-09, N-10).

Two names with one `identity_key` are the same company by rule, unless both stand in one list: that
exception needs the lists, so the registry makes it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from giants.domain.names.english_key import english_lookup_keys
from giants.domain.names.normal import NORMAL_FORM_CACHE_ENTRIES, is_chinese, normal_form
from giants.domain.names.places import LARGE_LEVELS, PlaceLevel, place_at, place_before

# Forms that one and the same company passes through (N-09), longest first. 公司 alone and 厂 are not
# among them: an enterprise of the old law is another legal person until a rename says otherwise (N-08).
CORPORATE_FORMS: Final = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "责任有限公司",
    "有限公司",
    "股份公司",
)
# No normal form holds this character, so a key with a form never equals a key without one.
FORM_SIGN: Final = "*"

# Words that begin with an administrative sign: 南京市政… speaks of 市政, not of 南京市.
_WORDS_OF_SIGNS: Final = (
    *("市场", "市政", "市郊", "市域", "市值", "市容市貌", "市容环境", "市容管理", "市民卡", "市民服务"),
    *("省级", "省会", "县域", "区块", "区域", "区间", "区位"),
)
# Districts named after their side of the city: 上海市北高新 is 上海 + 市北, not 上海市 + 北高新.
_DISTRICTS_OF_SIGNS: Final = {
    "上海": ("市北",),
    "青岛": ("市北", "市南"),
    "济南": ("市中",),
    "枣庄": ("市中",),
    "内江": ("市中",),
    "乐山": ("市中",),
}
_SIGN_INSIDE: Final = re.compile("自治区|壮族自治区|回族自治区|维吾尔自治区|省|市")


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name taken apart: its body as written, its body without administrative signs, its corporate form.

    `form` is empty where the name ends in none; `body` and `bare_body` are normal forms.
    """

    body: str
    bare_body: str
    form: str


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def name_parts(name: str) -> NameParts:
    """Take a name apart after its normal form; equal normal forms give equal parts."""
    text = normal_form(name)
    form = next((form for form in CORPORATE_FORMS if text.endswith(form) and len(text) > len(form)), "")
    body = text.removesuffix(form)
    return NameParts(body, without_administrative_signs(body), form)


def identity_key(name: str) -> str:
    """The key that names of one company share by rule: corporate form and listing difference taken away.

    Empty where nothing of the name is left by `normal_form`.
    """
    parts = name_parts(name)
    return f"{parts.bare_body}{FORM_SIGN}" if parts.form else parts.bare_body


def without_administrative_signs(text: str) -> str:
    """Leave out 市, 省, 区 … after real places (N-10): those at the start, and larger ones anywhere.

    Lists put the place in brackets in the middle of a name too, and a normal form has no brackets;
    inside a name only provinces and cities of the prefecture level count, which are hard to mistake.
    """
    kept: list[str] = []
    position = _leading_places(text, kept)
    while (sign := _SIGN_INSIDE.search(text, position)) is not None:
        begin = sign.start()
        kept.append(text[position:begin])
        if _is_optional_inside(text, begin, sign.group()):
            position = sign.end()
        else:
            kept.append(text[begin])
            position = begin + 1
    kept.append(text[position:])
    return "".join(kept)


def _leading_places(text: str, kept: list[str]) -> int:
    """Put the places at the start into `kept` without their signs; the position after them."""
    position = 0
    while (place := place_at(text, position)) is not None:
        end = position + len(place.base)
        # A district stands after its city; alone at the start it is rather a brand (光明, 西湖).
        is_optional = position > 0 or place.level is not PlaceLevel.DISTRICT
        has_sign = text.startswith(place.sign, end) and not _begins_a_word(text, end, place.base)
        kept.append(place.base)
        position = end + len(place.sign) if has_sign and is_optional else end
    return position


def _is_optional_inside(text: str, position: int, sign: str) -> bool:
    place = place_before(text, position)
    return (
        place is not None
        and place.level in LARGE_LEVELS
        and place.sign == sign
        and not _begins_a_word(text, position, place.base)
    )


def _begins_a_word(text: str, position: int, base: str) -> bool:
    return text.startswith(_WORDS_OF_SIGNS, position) or text.startswith(
        _DISTRICTS_OF_SIGNS.get(base, ()), position
    )


BRANCH_ENDING: Final = "分公司"
# Between the firm and the ending stands its place or number: 深圳, 上海浦东新区, 第一.
BRANCH_PLACE_CHARACTERS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch office: its firm and where it is, as normal forms; the place may be empty.

    A branch is no legal person of its own: what it does, its firm does.
    """

    firm: str
    place: str


def branch_of(name: str) -> Branch | None:
    """The firm of a branch (…有限公司深圳分公司), or None where the name is not that of one.

    Only a firm with a corporate form is one here, so that no part of a name is taken for a firm.
    """
    if BRANCH_ENDING not in name:
        return None
    body = normal_form(name).removesuffix(BRANCH_ENDING)
    if len(body) == len(normal_form(name)):
        return None
    for form in CORPORATE_FORMS:
        end = body.rfind(form) + len(form)
        if len(form) < end and len(body) - end <= BRANCH_PLACE_CHARACTERS_MAX:
            return Branch(body[:end], body[end:])
    return None


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def lookup_keys(name: str) -> tuple[str, ...]:
    """The keys that a name is looked up under, most specific first; none where nothing is left of it.

    Chinese names: `=` and the normal form, then `~` and the identity key; those of its firm follow for a
    branch. Others: `@=` and the spelling where it is longer than the English key, `@`
    and that key, then `@` and its letters without spaces.
    """
    if not is_chinese(name):
        return english_lookup_keys(name)
    keys = (f"={normal_form(name)}", f"~{identity_key(name)}")
    branch = branch_of(name)
    return keys if branch is None else (*keys, f"={branch.firm}", f"~{identity_key(branch.firm)}")
