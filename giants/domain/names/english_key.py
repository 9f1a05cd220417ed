"""Keys of names in Latin script: case, accents, punctuation and spaces make no difference, legal forms do."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from giants.domain.names.normal import NORMAL_FORM_CACHE_ENTRIES, NORMAL_FORM_CHARACTERS_MAX

ENGLISH_SIGN: Final = "@"
SPELLED_SIGN: Final = "@="
LIMITED: Final = "limited"

_ENGLISH_FORMS: Final = {
    "company": "co",
    "companies": "co",
    "coltd": "co ltd",
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "corporations": "corp",
    "grp": "group",
    "holdings": "holding",
    "hldg": "holding",
    "hldgs": "holding",
}
_ENGLISH_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_ENGLISH_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")

# Kinds of firms that words of an English name tell of. A firm has one kind, so two names that tell of two
# are not one firm by their letters; a name that tells of none fits all.
_KINDS: Final = {
    **dict.fromkeys(("ltd", "limited", "coltd", "llc"), LIMITED),
    **dict.fromkeys(("inc", "corp"), "corporation"),
    **dict.fromkeys(("gmbh", "mbh"), "gmbh"),
    **{word: word for word in ("plc", "ag", "sa", "sas", "srl", "spa", "bv", "nv", "oy", "ab", "kk", "kg")},
}


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def english_key(name: str) -> str:
    """Words of a name in Latin script: casefolded, without accents and punctuation, legal forms shortened.

    The order is kept, and so is the difference between legal forms (ltd is not inc): this is a key, not
    a likeness. Words are separated by one space.
    """
    return " ".join(_ENGLISH_FORMS.get(word, word) for word in english_spelling(name).split())


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def english_spelling(name: str) -> str:
    """The words of a name as its key has them, legal forms as they are spelled."""
    text = unicodedata.normalize("NFKD", name[:NORMAL_FORM_CHARACTERS_MAX])
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = _ENGLISH_INITIALS.sub(
        lambda initials: initials.group().replace(".", ""), text.translate(_APOSTROPHES)
    )
    return " ".join(_ENGLISH_WORD.findall(text.replace("&", " and ")))


def english_lookup_keys(name: str) -> tuple[str, ...]:
    """The name as spelled, its English key, then without spaces (PARROT S A is PARROT SA).

    None where it is empty. The spelling has a key of its own where its legal form is longer than that of the
    key: CORPORATION and CORP have one key, and may be two companies.
    """
    key = english_key(name)
    if not key:
        return ()
    spelling, joined = english_spelling(name), key.replace(" ", "")
    keys = (f"{ENGLISH_SIGN}{key}",) if joined == key else (f"{ENGLISH_SIGN}{key}", f"{ENGLISH_SIGN}{joined}")
    return keys if spelling == key else (f"{SPELLED_SIGN}{spelling}", *keys)


def kind_of_firm(words: Iterable[str]) -> str | None:
    """The kind of firm that words of an English key tell of, the last one counting; None where none does.

    "co ltd", "ltd" and "corp ltd" are one kind; "inc" is another, "gmbh" a third.
    """
    kinds = [_KINDS[word] for word in words if word in _KINDS]
    return kinds[-1] if kinds else None
