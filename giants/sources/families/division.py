"""Dividing a cell into applicants or symbols where a table does not say what divides them.

Applicants are divided by `|`, `;`, `；` and `、`, and by the end of a line between whole Chinese names. A
comma divides names in Chinese, which hold none; in Latin script it stands before a legal form (`ACME CO.,
LTD.`) as often as between two names, so that a name with another comma is taken whole and the reader is told.
"""

import html
import re
from typing import Final

_BETWEEN_NAMES: Final = re.compile(r"[|;；、]+")
_LINE: Final = re.compile(r"\s*[\r\n]+\s*")
_COMMA: Final = re.compile(r"\s*[,，]\s*")
# Not inside of brackets: `H04B10/25 (2013.01, EP)`.
_BETWEEN_SYMBOLS: Final = re.compile(r"[|;；,，、\r\n]+(?![^(\[]*[)\]])")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ENTITY: Final = re.compile(r"&(?:amp|quot|apos|lt|gt|nbsp|#\d{1,5}|#x[0-9a-f]{1,5});", re.IGNORECASE)
# What follows a comma inside of one name: legal forms and their parts, in capitals without dots.
_LEGAL_FORMS: Final = frozenset(
    (
        *("AB", "AG", "BHD", "BV", "CO", "COMPANY", "CORP", "CORPORATION", "GMBH", "INC", "INCORPORATED"),
        *("KG", "LIMITED", "LLC", "LLP", "LP", "LTD", "LTDA", "NV", "OY", "PLC", "PLLC", "PTE", "PTY"),
        *("PVT", "SA", "SARL", "SAS", "SDN", "SE", "SPA", "SRL"),
    )
)
# Characters of a line that is a name by itself; a shorter one is the rest of the name before it.
_NAME_CHARACTERS_MIN: Final = 6


def divided_symbols(text: str) -> list[str]:
    """The symbols of a cell."""
    return _BETWEEN_SYMBOLS.split(text)


def divided_names(text: str) -> tuple[list[str], list[str]]:
    """The names of a cell, and those of them that may be several."""
    names: list[str] = []
    doubtful: list[str] = []
    for part in _BETWEEN_NAMES.split(_ENTITY.sub(lambda found: html.unescape(found[0]), text)):
        lines = _LINE.split(part.strip())
        if len(lines) > 1 and all(_is_chinese_name(line) for line in lines):
            names.extend(lines)
            continue
        pieces = _COMMA.split(part.strip())
        if len(pieces) > 1 and all(_CHINESE.search(piece) for piece in pieces if piece):
            names.extend(pieces)
            continue
        names.append(part)
        if any(piece and not _is_legal_form(piece) for piece in pieces[1:]):
            doubtful.append(part.strip())
    return names, doubtful


def _is_chinese_name(text: str) -> bool:
    return len(text) >= _NAME_CHARACTERS_MIN and _CHINESE.search(text) is not None


def _is_legal_form(text: str) -> bool:
    words = re.sub(r"[.\s]+", " ", text.upper().replace("S.A.", "SA").replace("S.P.A.", "SPA")).split()
    return bool(words) and all(word in _LEGAL_FORMS for word in words)
