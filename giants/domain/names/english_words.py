"""Words of English company names: trades with their abbreviations, structures, places that pinyin misses.

Patent offices shorten words of assignees as they please (TECH, ELECTRON, MFG), and firms translate one
Chinese word in several ways (光电: photoelectric, optoelectronic). Each word here stands for one or more
plain words, so that spellings of one trade meet.
"""

from collections.abc import Mapping
from typing import Final

from giants.domain.data_files import data_file

_DATA: Final = data_file("english_words.toml")
CONNECTORS: Final = frozenset(_DATA["connectors"].split())
LEGAL_WORDS: Final = frozenset(_DATA["legal_words"].split())
STRUCTURE_WORDS: Final[Mapping[str, str]] = _DATA["structure_words"]
TRADE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **{word: (word,) for word in _DATA["plain_words"].split()},
    **{short: tuple(words.split()) for short, words in _DATA["short_words"].items()},
}
PLACES_IN_ENGLISH: Final[Mapping[str, tuple[str, ...]]] = {
    place: tuple(names) for place, names in _DATA["places_in_english"].items()
}
PLACE_ABBREVIATIONS: Final[Mapping[str, str]] = _DATA["place_abbreviations"]
