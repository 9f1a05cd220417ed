"""The dot-indented children of entries, compiled from a scheme and kept in a compact form (C-10).

Which symbols stand below another is a fact about one edition of the scheme that the numbers do not show. It
is compiled once, so that matching needs no title list. A list of children names each by its subgroup, with
its main group before it where that is another one:

    "G01S7/28" = "282 285 292 2921 2013/0272"

stands for G01S7/282 … and G01S2013/0272.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from giants.domain.cpc import Symbol, split_symbol

LINE_CHARACTERS: Final = 110
FIRST_LINE: Final = "[compiled]"  # what follows it in a file is written by `recompiled`
_SEPARATOR: Final = " "


@dataclass(frozen=True, slots=True)
class CompiledChildren:
    """The children of entries in one edition, by the symbol of the entry; an entry without any has ()."""

    edition: str
    by_symbol: Mapping[str, tuple[str, ...]]


def packed(symbol: str, children: Iterable[str]) -> str:
    """Give the compact form of the children of a symbol; '' where there are none."""
    head = split_symbol(symbol)
    return _SEPARATOR.join(_short(split_symbol(child), head) for child in children)


def unpacked(symbol: str, text: str) -> tuple[str, ...]:
    """Give the children that a compact form names; raises `SymbolError` where the entry is no symbol."""
    head = split_symbol(symbol)
    return tuple(_long(word, head) for word in text.split())


def recompiled(text: str, children: CompiledChildren) -> str:
    """Give the text of a taxonomy file with these children as its last tables, in place of older ones."""
    lines = text.splitlines()
    written = lines[: lines.index(FIRST_LINE)] if FIRST_LINE in lines else lines
    return "\n".join([*"\n".join(written).rstrip().splitlines(), "", *toml_lines(children)]) + "\n"


def toml_lines(children: CompiledChildren) -> Iterator[str]:
    """Write compiled children as the last tables of a taxonomy file."""
    yield FIRST_LINE
    yield "# Written by `giants taxonomy compile`: a fact about the scheme, not a judgement."
    yield f'edition = "{children.edition}"'
    yield "childless = ["
    yield from _wrapped([f'"{symbol}",' for symbol, below in children.by_symbol.items() if not below])
    yield "]"
    yield ""
    yield "[compiled.children]"
    for symbol, below in children.by_symbol.items():
        if below:
            text = packed(symbol, below)
            line = f'"{symbol}" = "{text}"'
            if len(line) <= LINE_CHARACTERS:
                yield line
            else:
                yield f'"{symbol}" = """\\'
                yield from _wrapped(text.split(_SEPARATOR), end=" \\")
                yield '  """'


def _wrapped(words: list[str], end: str = "") -> Iterator[str]:
    line = " "
    for word in words:
        if len(line) + len(word) + len(end) >= LINE_CHARACTERS:
            yield line + end
            line = " "
        line = f"{line} {word}"
    if line.strip():
        yield line + end


def _short(child: Symbol, head: Symbol) -> str:
    if child.subclass != head.subclass:
        return str(child)
    if child.main_group != head.main_group:
        return f"{child.main_group}/{child.subgroup}"
    return child.subgroup


def _long(word: str, head: Symbol) -> str:
    if word[:1].isalpha():
        return word
    if "/" in word:
        return f"{head.subclass}{word}"
    return f"{head.subclass}{head.main_group}/{word}"
