"""CPC symbols: grammar, the forms that sources print, one normal form (C-07).

A symbol names a section (A–H, Y), a class (2 digits), a subclass (letter), a main group (1–4 digits)
and a subgroup (2–6 digits): `H04B10/2519`. Sources pad it with spaces or zeros, print it in lower case
or full width, and append the version, the position or the office that gave it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Longest text that is looked at; the longest printed form (DOCDB with its marks) has some 50 characters.
SYMBOL_TEXT_CHARACTERS_MAX = 200
# Texts kept with their normal form: the symbols of a busy portfolio fit, and memory stays at some 15 MB.
SYMBOL_CACHE_ENTRIES_MAX = 65_536
# Main groups from here on are indexing codes: additional information only.
INDEXING_MAIN_GROUP_MIN = 2000

_SYMBOL = re.compile(
    r"""
    \s* ([A-HY]) \s* ([0-9]{2}) \s* ([A-Z])       # section, class, subclass
    [\s-]* ([0-9]{1,4}) \s* / \s* ([0-9]{2,6})    # main group (padded by 0, spaces, a dash), subgroup
    (?:
      \s* (?: \( [0-9A-Z.,;\s]{1,40} \) \s* )+ (?: [A-Z]{1,2} \s* ){0,3}   # (2013.01) A I, (EP,US)
      | \s+ [0-9]{8} [A-Z0-9\s]{0,40}                                      # 20130101FI20160316BHEP
    )?
    \s*
    """,
    re.VERBOSE,
)


# WIPO standard ST.8: four places for the subclass, four for the main group, six for the subgroup.
_PACKED = re.compile(r"([A-HY][0-9]{2}[A-Z])([0-9]{4})([0-9]{6})")
# A star or a bracket around the symbol, and what else is in brackets.
_MARKS = re.compile(r"\[(?![A-HY][0-9]{2}[A-Z])[^\[\]]*\]|[*\[\]]")


class CpcError(ValueError):
    """Something about CPC symbols, their scheme or a taxonomy of them is not as it must be.

    Its kinds: `SymbolError` here, `TaxonomyError` in `giants.domain.taxonomy`, `SchemeError` in
    `giants.domain.scheme`.
    """


class SymbolError(CpcError):
    """A text is not a CPC symbol."""

    def __init__(self, text: str) -> None:
        self.text = text
        shown = text if len(text) <= SYMBOL_TEXT_CHARACTERS_MAX else f"{text[:40]}… ({len(text)} characters)"
        super().__init__(
            f"not a CPC symbol: got {shown!r}, expected section A–H or Y, 2 digits, a letter, "
            "a main group of 1–4 digits, a slash and a subgroup of 2–6 digits, as in 'H04B10/2519'"
        )


@dataclass(frozen=True, slots=True)
class Symbol:
    """The parts of a symbol in normal form: `H04B10/2519` is `H04B`, 10, `2519`."""

    subclass: str
    main_group: int
    subgroup: str

    def __str__(self) -> str:
        return f"{self.subclass}{self.main_group}/{self.subgroup}"


def _unmarked(text: str) -> str:
    """A symbol without marks of its position (`*`, `[I, 2006.01]`), or unpacked from fourteen places."""
    text = _MARKS.sub("", text).strip()
    packed = _PACKED.fullmatch(text)
    if packed is None:
        return text
    subgroup = packed[3].rstrip("0")
    return f"{packed[1]}{packed[2]}/{subgroup:0<2}"


@lru_cache(maxsize=SYMBOL_CACHE_ENTRIES_MAX)
def normalize_symbol(text: str) -> str:
    """Give the normal form of a symbol as any source prints it: `H04B  10/2519 (2013.01)` is `H04B10/2519`.

    Raises `SymbolError` for anything else; the subclass alone (`H04B`) is not a symbol.
    """
    if len(text) > SYMBOL_TEXT_CHARACTERS_MAX:
        raise SymbolError(text)
    printed = unicodedata.normalize("NFKC", text).upper()
    match = _SYMBOL.fullmatch(printed) or _SYMBOL.fullmatch(_unmarked(printed))
    if match is None:
        raise SymbolError(text)
    section, class_, subclass, main_group, subgroup = match.groups()
    main_group = main_group.lstrip("0")
    if not main_group:
        raise SymbolError(text)
    return f"{section}{class_}{subclass}{main_group}/{subgroup}"


def split_symbol(symbol: str) -> Symbol:
    """Give the parts of a symbol in any form; raises `SymbolError`."""
    head, _, subgroup = normalize_symbol(symbol).partition("/")
    return Symbol(subclass=head[:4], main_group=int(head[4:]), subgroup=subgroup)


def main_group_of(symbol: str) -> str:
    """Give subclass and main-group number of a symbol in normal form: `H04B10/2519` is in `H04B10` (C-08)."""
    return symbol.partition("/")[0]


def is_whole_group(symbol: str) -> bool:
    """Whether a symbol in normal form ends in /00, and so stands for its whole main group (C-08)."""
    return symbol.endswith("/00")


def is_indexing(symbol: str) -> bool:
    """Whether a symbol is of the 2000 series: an indexing code, given as additional information only."""
    return split_symbol(symbol).main_group >= INDEXING_MAIN_GROUP_MIN
