"""The normal form of a name: what is left when differences of typing are taken away (design §2.3, N-08).

Full and half width, letter case, spaces, brackets, dots, dashes and invisible characters do not make a
difference, nor do Traditional script and the radicals that text out of a PDF holds. Nothing else is touched:
尓 and 尔 stay apart, because a wrong character is a matter of evidence (N-02), never of spelling.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from giants.domain.names.radicals import RADICALS
from giants.domain.names.traditional import GUARDED, SIMPLIFIED, simplified_words
from schemas.base import NAME_CHARACTERS_MAX

# Counts up whenever a name may get another normal form or key. State that holds keys (logs, changelogs and
# search columns) is made again by a rebuild then.
KEYS_VERSION: Final = 2
# The contract refuses longer names; NFKC makes at most this many characters of what it lets in, ligatures
# of whole phrases aside. A longer text is cut, so that no fold can be slowed down or stopped by a name.
NORMAL_FORM_CHARACTERS_MAX = 4 * NAME_CHARACTERS_MAX
NORMAL_FORM_CACHE_ENTRIES = 65_536

# Signs that belong to a brand; every other punctuation mark is typing, and so is an ornament.
_KEPT_SIGNS = frozenset("&+")
# Blocks of ideographs: unified with extension A, compatibility, and the supplementary planes 2 and 3.
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VARIATION_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Symbols that stand for a part of a name: radicals, strokes, descriptions of ideographs, and what a decoder
# puts where it could not read.
_UNREAD_SYMBOL = re.compile("[\u2e80-\u2fff\u31c0-\u31ef\ufffc\ufffd]")
_UNREAD_CATEGORIES = frozenset({"Co", "Cn"})


def _translation() -> dict[int, str]:
    """Characters with the one that they stand for: radicals first, since ⻑ stands for a Traditional one."""
    radicals = {radical: SIMPLIFIED.get(one, one) for radical, one in RADICALS.items()}
    return {ord(character): one for character, one in (SIMPLIFIED | radicals).items()}


_TRANSLATION: Final = _translation()


def _plain_pattern() -> re.Pattern[str]:
    """Names that are their own normal form, as nearly all of a register are but for brackets."""
    ideographs = (chr(code) for code in range(0x4E00, 0x9FA6))
    plain = [one for one in ideographs if ord(one) not in _TRANSLATION and one not in GUARDED]
    return re.compile(f"[0-9a-z&+{''.join(plain)}]*")


_PLAIN: Final = _plain_pattern()
_BRACKETS: Final = re.compile(r"[()（） ]+")
_ASCII_TYPING: Final = re.compile(r"[^0-9a-z&+]+")


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def normal_form(name: str) -> str:
    """The form under which two spellings of one name are equal; idempotent, empty where nothing is left.

    At most `NORMAL_FORM_CHARACTERS_MAX` characters; control, bidirectional and other invisible
    characters are gone. What no rule knows stays (see `unread_characters`): PDF fonts put rare ideographs
    on code points of their own, and two firms must not become one for it.
    """
    text = name[:NORMAL_FORM_CHARACTERS_MAX]
    if text.isascii():
        return _ASCII_TYPING.sub("", text.lower())
    bare = _BRACKETS.sub("", text)
    if _PLAIN.fullmatch(bare) is not None:
        return bare
    text = _folded(text)
    text = "".join(character for character in text if _belongs_to_a_name(character))
    # Characters that stood between two others are gone now, so those may compose or make a word.
    return simplified_words(_folded(text))[:NORMAL_FORM_CHARACTERS_MAX]


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_TRANSLATION)


def _belongs_to_a_name(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return True
    if category[0] == "M":
        return _VARIATION_SELECTOR.match(character) is None
    return (
        category in _UNREAD_CATEGORIES
        or character in _KEPT_SIGNS
        or _UNREAD_SYMBOL.match(character) is not None
    )


def is_register_script(name: str) -> bool:
    """Whether a name is written as a mainland register writes it: no Traditional character, no radical."""
    return name.isascii() or not any(ord(character) in _TRANSLATION for character in name)


def unread_characters(name: str) -> tuple[str, ...]:
    """Characters of a name that no rule knows, each once in the order of the name.

    They are of private use or unassigned, parts of ideographs that stand for none, or signs of a decoder
    that failed. They stay in the normal form, and whoever takes the name in says that they are there.
    """
    if name.isascii() or _PLAIN.fullmatch(name) is not None:
        return ()
    return tuple(
        dict.fromkeys(
            character
            for character in normal_form(name)
            if unicodedata.category(character) in _UNREAD_CATEGORIES or _UNREAD_SYMBOL.match(character)
        )
    )


def is_chinese(name: str) -> bool:
    """Whether the name holds at least one Chinese character."""
    return not name.isascii() and _IDEOGRAPH.search(normal_form(name)) is not None


def name_problem(name: str) -> str | None:
    """Why a text cannot be the name of a company, or None where it can."""
    if len(name) > NAME_CHARACTERS_MAX:
        return f"the name has {len(name)} characters, expected at most {NAME_CHARACTERS_MAX}"
    if not any(character.isalpha() for character in normal_form(name)):
        return f"got {name!r}, expected a name with at least one letter or character"
    return None
