"""The reading of a Chinese name in words, for readers without Chinese where no English name is on record.

A reading is no name that the firm gave itself, so whoever shows one marks it as a reading.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

from giants.domain.names.chinese_trades import CHINESE_TRADE_CHARACTERS_MAX, CHINESE_TRADES
from giants.domain.names.forms import BRANCH_ENDING, CORPORATE_FORMS
from giants.domain.names.normal import NORMAL_FORM_CACHE_ENTRIES, is_chinese, normal_form
from giants.domain.names.places import place_at

# Corporate forms and what else ends a name, word by word.
_ENDINGS: Final = {
    "股份有限责任公司": ("股份", "有限", "责任", "公司"),
    "有限责任公司": ("有限", "责任", "公司"),
    "股份有限公司": ("股份", "有限", "公司"),
    "责任有限公司": ("责任", "有限", "公司"),
    "有限公司": ("有限", "公司"),
    "股份公司": ("股份", "公司"),
    BRANCH_ENDING: ("分公司",),
    "公司": ("公司",),
    "集团": ("集团",),
    "中国": ("中国",),
    "分厂": ("分厂",),
}
_ENDING_CHARACTERS_MAX: Final = max(map(len, (*CORPORATE_FORMS, *_ENDINGS)))
_SIGNS: Final = ("自治州", "自治县", "自治区", "新区", "省", "市", "县", "区", "州")
# What stands in brackets is a word of its own, mostly a place: 中航隆盛（洛阳）.
_BRACKETS: Final = re.compile(r"[()（）\[\]〔〕【】]")
# A syllable that begins so needs an apostrophe where another comes before it: Xi'an.
_VOWELS: Final = "aoeāáǎàōóǒòēéěè"


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def reading_in_words(name: str) -> str | None:
    """A Chinese name in pinyin, in words: Anshan Shi Dingyi Guangdian Keji Gufen Youxian Gongsi.

    Places, words of trades and legal forms are words of their own, and what is left between them is one: a
    brand. Letters and digits stay as they are, in capitals. None for a name without Chinese characters.
    """
    if not is_chinese(name):
        return None
    parts = filter(None, map(normal_form, _BRACKETS.split(name)))
    return " ".join(_word(word) for part in parts for word in _words(part))


def _words(text: str) -> Iterator[str]:
    """The words of a normal form, from left to right."""
    position = brand = 0
    while position < len(text):
        words = _words_at(text, position, is_start=position == brand)
        if words:
            if brand < position:
                yield text[brand:position]
            yield from words
            position += sum(map(len, words))
            brand = position
        else:
            position += 1
    if brand < len(text):
        yield text[brand:]


def _words_at(text: str, position: int, *, is_start: bool) -> tuple[str, ...]:
    """The known words that begin at a position; a place only where no brand has begun."""
    for length in range(min(_ENDING_CHARACTERS_MAX, len(text) - position), 1, -1):
        ending = _ENDINGS.get(text[position : position + length])
        if ending is not None:
            return ending
    if is_start and (place := place_at(text, position)) is not None:
        sign = next((one for one in _SIGNS if text.startswith(one, position + len(place.base))), "")
        rest = position + len(place.base) + len(sign)
        return (place.base, sign) if sign and rest < len(text) else (place.base,)
    for length in range(min(CHINESE_TRADE_CHARACTERS_MAX, len(text) - position), 1, -1):
        word = text[position : position + length]
        # The first characters of a name are its brand, even where they are a word: 光明, 航天.
        if word in CHINESE_TRADES and position > 0:
            return (word,)
    return ()


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def _word(word: str) -> str:
    if not is_chinese(word):
        return word.upper()
    syllables = lazy_pinyin(word, style=Style.NORMAL, v_to_u=True)
    joined = syllables[0]
    for syllable in syllables[1:]:
        joined += f"'{syllable}" if syllable[0] in _VOWELS else syllable
    return joined[0].upper() + joined[1:]
