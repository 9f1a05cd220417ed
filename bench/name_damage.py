"""Ways in which a counterparty list spells a company otherwise than the register: ten kinds and more.

Nothing here comes from the matcher: places, forms, abbreviations and confusable characters are tables of this
module's own, Traditional script is OpenCC's other direction, and readings are pypinyin's.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC
from pypinyin import lazy_pinyin

FORMS = ("股份有限公司", "有限责任公司", "有限公司")
SIGNED = re.compile("^(.{2,3}?)(省|市)")
_PLACES = """
北京 上海 天津 重庆 深圳 广州 杭州 宁波 苏州 无锡 南京 常州 武汉 长沙 成都 西安 济南 青岛 大连 沈阳 合肥
福州 厦门 郑州 昆明 贵阳 南昌 石家庄 哈尔滨 长春 浙江 江苏 广东 山东 湖南 湖北 河南 河北 安徽 福建 四川
陕西 辽宁 江西
"""
_TRADES = "科技 电子 机械 材料 生物 医药 通信 软件 化工 汽车 能源 设备 光电 信息 智能 环保 精密"
PLACES = _PLACES.split()
TRADES = _TRADES.split()
# Characters that an eye takes for each other, beside those of a table that may be given.
LOOKS = dict(zip("未末土士日天己大人力乌贝千风云今", "末未士土曰夭已太入刀鸟见干凤去令", strict=True))
LEGAL = re.compile(r"[,.\s]*\b(?:co|company|corp|corporation|inc|ltd|limited|group)\b[.,]*", re.IGNORECASE)
LIMITED_ENDINGS = (
    "CO LTD",
    "Co.,Ltd",
    "Co., Ltd.",
    "CO.,LTD.",
    "Company Limited",
    "CO LIMITED",
    "Co. Ltd",
    "LTD",
    "",
)
OTHER_KINDS = ("Inc.", "INC", "GmbH", "S.A.")
SHORTER = {
    "technology": "TECH",
    "technologies": "TECH",
    "electronics": "ELECTRON",
    "electronic": "ELECTRON",
    "machinery": "MACH",
    "equipment": "EQUIP",
    "pharmaceutical": "PHARM",
    "materials": "MAT",
    "chemical": "CHEM",
    "industry": "IND",
    "science": "SCI",
    "engineering": "ENG",
    "development": "DEV",
    "international": "INTL",
    "manufacturing": "MFG",
    "information": "INFO",
    "communication": "COMM",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A company to make queries of; the English name may be empty."""

    company_id: str
    name: str
    name_en: str = ""


Damage = Callable[[Named, random.Random], str | None]


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


def _split(name: str) -> tuple[str, str]:
    form = next((form for form in FORMS if name.endswith(form)), "")
    return name.removesuffix(form), form


def traditional(named: Named, chance: random.Random) -> str | None:
    """Traditional script."""
    written = _traditional().convert(named.name)
    return written if written != named.name else None


def typing(named: Named, chance: random.Random) -> str | None:
    """Full width, spaces between characters, brackets of another kind."""
    way = chance.randrange(3)
    if way == 0:
        return " ".join(named.name)
    if way == 1:
        body, form = _split(named.name)
        return f" {body}　{form}。"
    wide = named.name.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return wide.replace("（", "【").replace("）", "】")


def shape(looks: Mapping[str, str]) -> Damage:
    """One character of the body taken for one that looks like it."""

    def damage(named: Named, chance: random.Random) -> str | None:
        body, form = _split(named.name)
        places = [place for place in range(2, len(body)) if body[place] in looks]
        if not places:
            return None
        place = chance.choice(places)
        return f"{body[:place]}{looks[body[place]]}{body[place + 1 :]}{form}"

    return damage


def sound(alike: Mapping[str, str]) -> Damage:
    """One character of the body written as another that reads the same."""

    def damage(named: Named, chance: random.Random) -> str | None:
        body, form = _split(named.name)
        others = [alike.get(lazy_pinyin(character)[0], character) for character in body]
        places = [place for place in range(2, len(body)) if others[place] != body[place]]
        if not places:
            return None
        place = chance.choice(places)
        return f"{body[:place]}{others[place]}{body[place + 1 :]}{form}"

    return damage


def signs_of_places(named: Named, chance: random.Random) -> str | None:
    """市 or 省 after the place, or left out."""
    found = SIGNED.match(named.name)
    if found:
        return found[1] + named.name[found.end() :]
    place = next((place for place in PLACES if named.name.startswith(place)), None)
    if place is None or named.name.startswith(("市", "省"), len(place)):
        return None
    sign = "省" if place in PLACES[-15:] else "市"
    return f"{place}{sign}{named.name[len(place) :]}"


def legal_form(named: Named, chance: random.Random) -> str | None:
    """Another corporate form, or none."""
    body, form = _split(named.name)
    return body + chance.choice([other for other in (*FORMS, "") if other != form]) if form else None


def branch(named: Named, chance: random.Random) -> str | None:
    """A branch office."""
    return f"{named.name}{chance.choice(PLACES[:30])}分公司" if _split(named.name)[1] else None


def place_missing(named: Named, chance: random.Random) -> str | None:
    """The place at the start left out."""
    place = next((place for place in PLACES if named.name.startswith(place)), None)
    body = named.name.removeprefix(place or "").removeprefix("市").removeprefix("省")
    return body if place and len(_split(body)[0]) >= 4 else None


def trade_missing(named: Named, chance: random.Random) -> str | None:
    """A word of the trade left out."""
    body, form = _split(named.name)
    words = [word for word in TRADES if word in body[4:]]
    return None if not words else body[:4] + body[4:].replace(chance.choice(words), "", 1) + form


def wrong_character(named: Named, chance: random.Random) -> str | None:
    """Any other character in place of one."""
    body, form = _split(named.name)
    if len(body) < 6:
        return None
    place = chance.randrange(2, len(body))
    return f"{body[:place]}{chance.choice('华中新安天海金东方明')}{body[place + 1 :]}{form}"


def english(named: Named, chance: random.Random) -> str | None:
    """The English name as offices write it: capitals, shortened words, another spelling of Co., Ltd."""
    words = LEGAL.sub(" ", named.name_en).replace("(", " ").replace(")", " ").split()
    if len(words) < 2:
        return None
    written = [SHORTER.get(word.casefold(), word) if chance.random() < 0.6 else word for word in words]
    text = " ".join([*written, chance.choice(LIMITED_ENDINGS)]).strip()
    return text.upper() if chance.random() < 0.6 else text


def english_spaces(named: Named, chance: random.Random) -> str | None:
    """The English name with a space more in a word, or one less."""
    words = LEGAL.sub(" ", named.name_en).split()
    if len(words) < 2 or len(words[0]) < 6:
        return None
    cut = chance.randrange(2, len(words[0]) - 2)
    return " ".join([words[0][:cut], words[0][cut:], *words[1:], "Co., Ltd."])


def pinyin(named: Named, chance: random.Random) -> str | None:
    """The Chinese name in pinyin, by syllables or in one word."""
    body, _ = _split(named.name)
    if not all("\u4e00" <= character <= "\u9fff" for character in body):
        return None
    syllables = lazy_pinyin(body)
    joined = chance.choice(("", " ")).join(syllables)
    return f"{joined.title()} {chance.choice(('Youxian Gongsi', 'Co., Ltd.', ''))}".strip()


def other_kind(named: Named, chance: random.Random) -> str | None:
    """The English name with a legal form of another kind of firm: nobody's without a person."""
    words = LEGAL.sub(" ", named.name_en).split()
    is_corporation = re.search("inc|corp", named.name_en, re.IGNORECASE) is not None
    kinds = OTHER_KINDS[2:] if is_corporation else OTHER_KINDS
    return " ".join([*words, chance.choice(kinds)]) if len(words) > 1 else None


def other_place(named: Named, chance: random.Random) -> str | None:
    """A namesake of another place: another firm."""
    place = next((place for place in PLACES if named.name.startswith(place)), None)
    if place is None:
        return None
    others = [other for other in PLACES[:30] if other != place]
    return chance.choice(others) + named.name.removeprefix(place).removeprefix("市").removeprefix("省")


def other_trade(named: Named, chance: random.Random) -> str | None:
    """A sibling of the same trade name in another trade: another firm."""
    body, form = _split(named.name)
    words = [word for word in TRADES if word in body[4:]]
    if not words:
        return None
    word = chance.choice(words)
    return body[:4] + body[4:].replace(word, chance.choice([one for one in TRADES if one != word]), 1) + form


def damages(looks: Mapping[str, str], alike: Mapping[str, str]) -> dict[str, Damage]:
    """The kinds by name; `looks` and `alike` give a character for one by shape, and for a syllable."""
    return {
        "Traditional script": traditional,
        "width, spaces, brackets": typing,
        "character of like shape": shape(looks),
        "character of like sound": sound(alike),
        "sign of the place": signs_of_places,
        "legal form": legal_form,
        "branch": branch,
        "place missing": place_missing,
        "trade word missing": trade_missing,
        "wrong character": wrong_character,
        "English as filed": english,
        "spaces in English": english_spaces,
        "pinyin": pinyin,
    }


# What these make is another firm, however near it comes.
FALSE_FRIENDS: dict[str, Damage] = {
    "English of another kind": other_kind,
    "namesake elsewhere": other_place,
    "sibling in another trade": other_trade,
}
