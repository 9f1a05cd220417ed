"""An English company name taken apart: places, brand, trade, structure (D-07).

"SZ DJI TECHNOLOGY CO LTD" and "Shenzhen DJI Technologies Co., Ltd." have one form. A form is also derived
from a Chinese name: places and brand in pinyin, the trade translated word by word.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from giants.domain.names.chinese_trades import CHINESE_TRADE_CHARACTERS_MAX, CHINESE_TRADES
from giants.domain.names.english_key import LIMITED, english_key, kind_of_firm
from giants.domain.names.english_words import (
    CONNECTORS,
    LEGAL_WORDS,
    PLACE_ABBREVIATIONS,
    PLACES_IN_ENGLISH,
    STRUCTURE_WORDS,
    TRADE_WORDS,
)
from giants.domain.names.forms import name_parts
from giants.domain.names.pinyin import sound_key, syllables, wade_giles
from giants.domain.names.places import PLACES, PlaceLevel, places_and_rest

WORDS_MAX: Final = 40
WORDS_OF_A_PLACE_MAX: Final = 4
BRAND_LETTERS_MAX: Final = 60
SPELLED_LETTERS_MAX: Final = 200
BEGINNING_LETTERS_MIN: Final = 4
BRAND_CHARACTERS_MIN: Final = 2
FORM_CACHE_ENTRIES: Final = 65_536

_NATIONAL: Final = "中国"
_SORTED_TRADE_WORDS: Final = sorted(TRADE_WORDS)


@dataclass(frozen=True, slots=True)
class EnglishForm:
    """A name taken apart; two names of one company mostly differ in one part only.

    `places` are bases of the table of places (深圳), `brand` the letters that are nothing else without
    spaces, `brand_words` the words that make it, `trade` plain words, `structure` words such as group.
    `spelled` are all letters as written but for legal forms and spaces, empty for a derived form. `kind` is
    the kind of firm that its legal form tells of, None where it tells of none.
    """

    places: frozenset[str]
    brand: str
    brand_words: tuple[str, ...]
    trade: frozenset[str]
    structure: frozenset[str]
    spelled: str = ""
    kind: str | None = None

    @property
    def key(self) -> str:
        """Brand and trade as one string in a fixed order: what names without a brand are found by."""
        return " ".join((self.brand, *sorted(self.trade)))


@lru_cache(maxsize=FORM_CACHE_ENTRIES)
def english_form(name: str) -> EnglishForm:
    """The form of a name in Latin letters; at most `WORDS_MAX` words are looked at."""
    words = [word for word in english_key(name).split()[:WORDS_MAX] if word not in CONNECTORS]
    places: set[str] = set()
    brand: list[str] = []
    trade: list[str] = []
    structure: set[str] = set()
    position = 0
    while position < len(words):
        word = words[position]
        place, used = _place_of(words, position)
        if place is not None:
            places.add(place)
            position += used
            continue
        position += 1
        if word in LEGAL_WORDS:
            continue
        if word in STRUCTURE_WORDS:
            structure.add(STRUCTURE_WORDS[word])
        elif plain := plain_words(word):
            trade.extend(plain)
        else:
            brand.append(word)
    spelled = "".join(word for word in words if word not in LEGAL_WORDS)
    return EnglishForm(
        places=frozenset(places),
        brand="".join(brand)[:BRAND_LETTERS_MAX],
        brand_words=tuple(brand),
        trade=frozenset(trade),
        structure=frozenset(structure),
        spelled=spelled[:SPELLED_LETTERS_MAX],
        kind=kind_of_firm(words),
    )


@lru_cache(maxsize=FORM_CACHE_ENTRIES)
def plain_words(word: str) -> tuple[str, ...]:
    """The plain words of a trade that a word stands for, none where it is not a word of a trade.

    Understands plurals, and beginnings of at least four letters that can mean one thing only.
    """
    for singular in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
        if singular in TRADE_WORDS:
            return TRADE_WORDS[singular]
    if len(word) < BEGINNING_LETTERS_MIN or not word.isascii():
        return ()
    start = bisect_left(_SORTED_TRADE_WORDS, word)
    meanings = set()
    for candidate in _SORTED_TRADE_WORDS[start:]:
        if not candidate.startswith(word):
            break
        meanings.add(TRADE_WORDS[candidate])
    return meanings.pop() if len(meanings) == 1 else ()


def _place_of(words: list[str], position: int) -> tuple[str | None, int]:
    """The place that begins at a word, and how many words it takes: "xi an" and "xian" are one."""
    if position == 0 and words[0] in PLACE_ABBREVIATIONS:
        return PLACE_ABBREVIATIONS[words[0]], 1
    table = _PLACES_AT_START if position == 0 else _PLACES_INSIDE
    for count in range(min(WORDS_OF_A_PLACE_MAX, len(words) - position), 0, -1):
        base = table.get("".join(words[position : position + count]))
        if base is not None:
            return base, count
    return None, 0


def _places_in_latin(levels: Iterable[PlaceLevel]) -> Mapping[str, str]:
    """Latin spellings to bases; a spelling that two places share belongs to the larger one."""
    table: dict[str, str] = {}
    for level in levels:
        for place in PLACES.values():
            if place.level is level:
                for spelling in PLACES_IN_ENGLISH.get(place.base, ("".join(syllables(place.base)),)):
                    table.setdefault(spelling, place.base)
    return table


_PLACES_INSIDE: Final = _places_in_latin((PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE))
_PLACES_AT_START: Final = _places_in_latin((PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE, PlaceLevel.COUNTY))


def is_place_in_latin(letters: str) -> bool:
    """Whether letters without spaces are a place in pinyin or English."""
    return letters in _PLACES_AT_START


def derived_forms(chinese_name: str) -> tuple[EnglishForm, ...]:
    """Forms that an English name of a Chinese company may have, where its brand is pinyin; best first.

    Several where characters are read in more than one way, none where no brand is left.
    """
    places, rest = places_and_rest(name_parts(chinese_name).bare_body)
    is_national = rest.startswith(_NATIONAL)
    rest = rest.removeprefix(_NATIONAL)
    brand_end = end_of_brand(rest)
    brand = rest[:brand_end]
    if len(brand) < BRAND_CHARACTERS_MIN:
        return ()
    words = " ".join(_trades_of(rest[brand_end:])).split()
    trade = frozenset(word for word in words if word not in STRUCTURE_WORDS)
    structure = frozenset(STRUCTURE_WORDS[word] for word in words if word in STRUCTURE_WORDS)
    if is_national:
        structure |= {STRUCTURE_WORDS["china"]}
    bases = frozenset(place.base for place in places)
    readings = ["".join(syllables(brand)), sound_key(brand).replace(" ", "")]
    readings += [reading.replace("v", "u") for reading in readings]
    readings.append(wade_giles(brand))
    # A firm with a corporate form is a limited one, whatever its English name is.
    kind = LIMITED if name_parts(chinese_name).form else None
    return tuple(
        EnglishForm(bases, reading, (reading,), trade, structure, kind=kind)
        for reading in dict.fromkeys(readings)
    )


def end_of_brand(text: str) -> int:
    """Where the first word of a trade begins, after at least two characters of a brand."""
    for position in range(BRAND_CHARACTERS_MIN, len(text)):
        if trade_at(text, position):
            return position
    return len(text)


def _trades_of(text: str) -> Iterable[str]:
    position = 0
    while position < len(text):
        trade = trade_at(text, position)
        if trade:
            yield CHINESE_TRADES[trade]
        position += max(len(trade), 1)


def trade_at(text: str, position: int) -> str:
    """The longest word of a trade at a position, or an empty text."""
    for length in range(CHINESE_TRADE_CHARACTERS_MAX, 1, -1):
        word = text[position : position + length]
        if len(word) == length and word in CHINESE_TRADES:
            return word
    return ""
