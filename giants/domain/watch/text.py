"""Text that is safe to show: one line, no invisible characters, bounded."""

import unicodedata

# Control, format (bidirectional and zero-width marks), surrogate, line and paragraph separator.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def one_line(text: str, characters_max: int) -> str:
    """The text without control, bidirectional and other invisible characters, on one line.

    Runs of white space become one space. What is longer than `characters_max` is cut and ends in "…".
    """
    # Nothing of these is printable, and of white space the plain space alone is.
    safe = text if text.isprintable() else "".join(_seen(character) for character in text)
    line = " ".join(safe.split())
    return line if len(line) <= characters_max else line[: characters_max - 1].rstrip() + "…"


def _seen(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSAFE_CATEGORIES else character
