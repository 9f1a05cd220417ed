"""What a company is found by: every name it ever had, in Chinese, in pinyin and in English (N-13)."""

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
    """All forms by which a company is found, one a line, with a separator before and after each.

    Forms: each name in normal form; each Chinese name in pinyin, in full and by first letters.
    """
    forms: dict[str, None] = {}
    for name in (*names, *names_en):
        forms[normal_form(name)] = None
        if is_chinese(name):
            forms.update(dict.fromkeys(_pinyin_forms(name)))
    forms.pop("", None)
    text = SEPARATOR.join(forms)[:SEARCH_CHARACTERS_MAX]
    return f"{SEPARATOR}{text}{SEPARATOR}"


def search_key(query: str) -> str:
    """The form in which a query is looked for; empty where nothing is left of it."""
    return normal_form(query[:QUERY_CHARACTERS_MAX])


@lru_cache(maxsize=PINYIN_CACHE_ENTRIES)
def _pinyin_forms(name: str) -> tuple[str, str]:
    syllables = lazy_pinyin(normal_form(name), style=Style.NORMAL, v_to_u=False)
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)
