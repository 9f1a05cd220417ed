"""The search text of a company: every name it ever had, in Chinese, pinyin and English (N-13)."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pypinyin import Style, lazy_pinyin

from giants.domain.names.normal import is_chinese, normal_form

SEPARATOR: Final = "\n"
SEARCH_CHARACTERS_MAX: Final = 20_000
QUERY_CHARACTERS_MAX: Final = 200
PINYIN_CACHE_ENTRIES: Final = 65_536


def search_text(names: Iterable[str], names_en: Iterable[str] = ()) -> str:
    """All forms of a company's names, one a line, with a separator before and after each.

    Forms: each name in normal form, and without marks where it has any; each Chinese name in pinyin, in full
    and by first letters. A syllable with ü stands in both spellings of a keyboard, v and u.
    """
    forms: dict[str, None] = {}
    for name in (*names, *names_en):
        form = normal_form(name)
        forms.update(dict.fromkeys((form, without_marks(form))))
        if is_chinese(name):
            forms.update(dict.fromkeys(_pinyin_forms(form)))
    forms.pop("", None)
    text = SEPARATOR.join(forms)[:SEARCH_CHARACTERS_MAX]
    return f"{SEPARATOR}{text}{SEPARATOR}"


def search_key(query: str) -> str:
    """The form of a query that is searched for; empty where nothing is left of it.

    Script, width, case, spaces, tone marks and other marks on Latin letters make no difference: Lüèyáng is
    lueyang, and lveyang is found as well.
    """
    return without_marks(normal_form(query[:QUERY_CHARACTERS_MAX]))


def without_marks(text: str) -> str:
    """The same text with Latin letters bare of their marks; other scripts keep theirs, which tell letters."""
    if text.isascii():
        return text
    return "".join(map(_bare, text))


@lru_cache(maxsize=4_096)
def _bare(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character


@lru_cache(maxsize=PINYIN_CACHE_ENTRIES)
def _pinyin_forms(form: str) -> tuple[str, ...]:
    syllables = lazy_pinyin(form, style=Style.NORMAL, v_to_u=True)
    full = "".join(syllables)
    initials = "".join(syllable[0] for syllable in syllables)
    return full.replace("ü", "v"), full.replace("ü", "u"), initials
