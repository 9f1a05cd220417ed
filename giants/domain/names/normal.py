"""The normal form of a name: what is left when differences of typing are taken away (design §2.3, N-08).

Full and half width, letter case, spaces, brackets, dots, dashes and invisible characters do not make a
difference. Nothing else is touched: NFKC keeps 尓 and 尔 apart, and so does this form, because a wrong
character is a matter of evidence (N-02), never of spelling.
"""

import re
import unicodedata
from functools import lru_cache

from schemas.base import NAME_CHARACTERS_MAX

# The contract refuses longer names; NFKC makes at most this many characters of what it lets in, ligatures
# of whole phrases aside. A longer text is cut, so that no fold can be slowed down or stopped by a name.
NORMAL_FORM_CHARACTERS_MAX = 4 * NAME_CHARACTERS_MAX
NORMAL_FORM_CACHE_ENTRIES = 65_536

# Signs that belong to a brand; every other punctuation mark or symbol is typing.
_KEPT_SIGNS = frozenset("&+")
# Blocks of ideographs: unified with extension A, compatibility, and the supplementary planes 2 and 3.
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VARIATION_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def normal_form(name: str) -> str:
    """The form under which two spellings of one name are equal; idempotent, empty where nothing is left.

    At most `NORMAL_FORM_CHARACTERS_MAX` characters; control, bidirectional and other invisible
    characters are gone. Private-use characters stay: PDF fonts put rare ideographs there.
    """
    text = _folded(name[:NORMAL_FORM_CHARACTERS_MAX])
    text = "".join(character for character in text if _belongs_to_a_name(character))
    # Characters that stood between two others are gone now, so those may compose.
    return _folded(text)[:NORMAL_FORM_CHARACTERS_MAX]


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _belongs_to_a_name(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return True
    if category[0] == "M":
        return _VARIATION_SELECTOR.match(character) is None
    return category in {"Co", "Cn"} or character in _KEPT_SIGNS


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
