"""The links of the chain of a pair, as states hold them and as the fold of the ratings gives them."""

from typing import Final

import msgspec

from giants.domain.events import CauseKind, Origin
from giants.domain.rating import Rating


class Announced(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The last link of the chain of one (company, technology)."""

    seq: int
    rating: Rating | None


class Change(msgspec.Struct, frozen=True, gc=False):
    """A pair was rated, stopped being rated, or moved to another band or profile."""

    company_id: str
    technology: str
    seq: int
    previous: Rating | None
    current: Rating | None
    families: int
    classified: int
    instances: int
    matching: int
    taxonomy_version: int
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin


# What was announced of a pair of which nothing was.
NEVER: Final = Announced(0, None)
