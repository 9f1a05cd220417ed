"""Families of the contract by a compiled decoder, since they come by the million.

Plain is a family of which everything is of the right type at once and no text has anything to be taken away.
Plain ones are read as `read_fact` reads them, and written as their model writes them; all others are left to
the model, which alone says what is wrong. A test holds the one against the other.
"""

from datetime import date
from typing import Annotated, Final

import msgspec

from giants.domain.cpc import SymbolError, normalize_symbol
from schemas.base import (
    FAMILY_ASSIGNEES_MAX,
    FAMILY_PUBLICATIONS_MAX,
    FAMILY_SYMBOLS_MAX,
    ID_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    VERSION_MAX,
)

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_CHARACTERS_MAX)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]


class PlainFamily(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of `schemas.facts.Family` in their order; one that is not known may hold anything."""

    family_id: _Id
    version: Annotated[int, msgspec.Meta(ge=0, le=VERSION_MAX)]
    assignees: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=FAMILY_ASSIGNEES_MAX)] = ()
    cpc: Annotated[tuple[_Id, ...], msgspec.Meta(max_length=FAMILY_SYMBOLS_MAX)] = ()
    filed_on: date | None = None
    publications: Annotated[tuple[_Id, ...], msgspec.Meta(max_length=FAMILY_PUBLICATIONS_MAX)] = ()
    withdrawn: bool = False
    backfill: bool = False


_decode: Final = msgspec.json.Decoder(PlainFamily).decode
_encode: Final = msgspec.json.Encoder().encode


def plain_family(document: bytes | str) -> PlainFamily | None:
    """The family that a JSON document holds, or none where it is not plain."""
    family = plain_but_for_symbols(document)
    if family is None:
        return None
    try:
        for symbol in family.cpc:
            normalize_symbol(symbol)
    except SymbolError:
        return None
    return family


def plain_but_for_symbols(document: bytes | str) -> PlainFamily | None:
    """The same for whoever normalises the symbols, and then sees which of them is none."""
    try:
        family = _decode(document)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    # All texts at once: nothing that nobody sees, and no space at either end of one.
    texts = "|".join((family.family_id, *family.assignees, *family.cpc, *family.publications))
    if not texts.isprintable() or " |" in texts or "| " in texts or texts[0] == " " or texts[-1] == " ":
        return None
    return family


def written(family: PlainFamily) -> bytes:
    """The JSON document that the model would write."""
    return _encode(family)
