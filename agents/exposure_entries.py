"""The entry of a company in the state of the exposures; see `agents.exposure_state`."""

from typing import Final

import msgspec

from giants.domain.rating_changes import Announced
from giants.domain.ratings import Rank
from streams.errors import StateFormatError


class CompanyEntry(msgspec.Struct, array_like=True, frozen=True):
    """An entry of a company; `tallies` is None where they have entries of their own."""

    families: int
    instances: int
    counted_under: Rank
    matching: dict[str, int]
    announced: dict[str, Announced]
    tallies: dict[str, int] | None
    classified: int
    indexing: int
    indexing_matching: dict[str, int]
    children_matching: dict[str, int]


_decoder: Final = msgspec.msgpack.Decoder(CompanyEntry)


def decode_company(value: bytes) -> CompanyEntry:
    """The entry in its bytes. Raises `StateFormatError` for one of a release before."""
    try:
        return _decoder.decode(value)
    except msgspec.ValidationError as error:
        raise StateFormatError(
            "entries that count classified families and indexing codes", "a release before"
        ) from error
