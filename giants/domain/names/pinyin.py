"""Readings without tones, in pinyin and Wade-Giles, for what sounds alike or is written in Latin letters."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

SYLLABLE_CACHE_ENTRIES = 30_000
PHRASE_CACHE_ENTRIES = 65_536


@lru_cache(maxsize=SYLLABLE_CACHE_ENTRIES)
def syllable(character: str) -> str:
    """The most usual reading of one character, in lower case and with ü as v; anything else as it is."""
    return lazy_pinyin(character, style=Style.NORMAL)[0].casefold()


@lru_cache(maxsize=PHRASE_CACHE_ENTRIES)
def syllables(text: str) -> tuple[str, ...]:
    """The syllables of a text, each character read as the words around it want (重庆 is chong qing)."""
    return tuple(part.casefold() for part in lazy_pinyin(text, style=Style.NORMAL))


def sound_key(text: str) -> str:
    """What two texts share that read the same, character by character."""
    return " ".join(map(syllable, text))


@lru_cache(maxsize=PHRASE_CACHE_ENTRIES)
def wade_giles(text: str) -> str:
    """The letters of a text in Wade-Giles without its signs (清華 is ch'ing hua, here chinghua)."""
    letters = "".join(lazy_pinyin(text, style=Style.WADEGILES)).casefold()
    return "".join(letter for letter in letters.replace("ü", "u") if letter.isalnum())
