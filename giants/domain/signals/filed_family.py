"""A family as signals count it."""

import msgspec


class FiledFamily(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is kept of a family in the portfolio of a company: filing year (0 = unknown) and symbols."""

    year: int
    symbols: tuple[str, ...]
