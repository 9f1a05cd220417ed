"""Events of the internal logs, small and fast to decode: thousands of them pass every second.

Instants are milliseconds since the epoch, UTC, of the input record that caused the event.
"""

from typing import Literal

import msgspec

from giants.domain.names.hints import NameHint
from giants.domain.rating import Rating
from schemas.codes import SignalKind, Status, SubState, Tier

CauseKind = Literal[
    "family",
    "designation",
    "review",
    "revocation",
    "elevation",
    "rename",
    "correction",
    "english",
    "tag",
    "link",
    "ownership",
    "taxonomy",
    "day",
    "recalculation",
]


class Origin(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """When and how the fact behind an event arrived."""

    at_ms: int
    backfill: bool = False
    replayed: bool = False


class Family(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="f"):
    """A family update, normalised: `assignees` holds each assignee's lookup keys, most specific first."""

    family_id: str
    version: int
    digest: int  # orders two different records of one version, so that the outcome has no order
    assignees: tuple[tuple[str, ...], ...]
    symbols: tuple[str, ...]  # sorted, distinct
    withdrawn: bool
    origin: Origin
    filed_year: int = 0  # 0 = unknown
    publications: tuple[str, ...] = ()  # those that identify, in one spelling, sorted


class Assignments(msgspec.Struct, array_like=True, frozen=True, tag="a"):
    """Lookup keys that now belong to another company, or to none (control event).

    What one fact leads to may be several events, of which the last one says so.
    """

    companies: dict[str, str | None]
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin
    is_last: bool = True


class Claims(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="c"):
    """Publications that a family names in a version, and those that it names no more."""

    family_id: str
    version: int
    taken: tuple[str, ...]
    left: tuple[str, ...]
    cause_ref: str
    origin: Origin


class SharedClaim(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The claim of a family to a publication that others claim too; without a version it is gone."""

    publication: str
    family_id: str
    version: int | None
    cause_ref: str
    origin: Origin


class CountedUnder(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="u"):
    """A family counts under another of the same invention, or by itself again where `under` is empty."""

    family_id: str
    under: str
    cause_ref: str
    origin: Origin


class Delta(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="d"):
    """A family entered (`before` is None), left (`after` is None) or changed in a company's portfolio.

    The years are those of its filing, 0 where it is not known or there is no such side. `part_of` is the
    offset of a programme fact that moves families in all partitions, -1 where the cause is one family: what
    follows is told when all have come (`CauseEnd`).
    """

    company_id: str
    family_id: str
    version: int
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin
    before_year: int = 0
    after_year: int = 0
    part_of: int = -1


class CauseEnd(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="e"):
    """A partition of the portfolio has sent all that a programme fact moves in it (control event).

    One that concerns many companies `is_large`, and alone in its frame.
    """

    part_of: int  # offset of the fact in the programme log
    shard: int
    is_large: bool
    origin: Origin


class ProgrammeStatus(msgspec.Struct, array_like=True, frozen=True):
    """Where a company stands in the programme, as far as its trajectory depends on it, and what names hint.

    `hints` came later: a status that was written before has none until the next of its company.
    """

    status: Status
    sub_state: SubState
    tier: Tier | None
    next_review_year: int | None
    hints: tuple[NameHint, ...] = ()


class NewProgrammeStatus(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="s"):
    """The standing of a company, None for an id that is gone (control event)."""

    company_id: str
    standing: ProgrammeStatus | None
    cause_kind: CauseKind
    cause_ref: str
    origin: Origin


class NewDay(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="y"):
    """The day that it is now, in ISO 8601, and its year, 0 where it is not known any more (control event).

    `order` grows with each. The greatest order holds, and its day may be an earlier one: a wrong day can be
    withdrawn.
    """

    day: str
    year: int
    origin: Origin
    order: int = 0


class NewTaxonomy(msgspec.Struct, array_like=True, frozen=True, tag="t"):
    """A taxonomy version, as the JSON of the contract (control event)."""

    taxonomy: str
    version: int
    digest: int
    document: bytes
    origin: Origin


class RebuildBegin(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="b"):
    """The journal follows: what it leads to was said in an epoch before (control event, first of the log)."""

    epoch: int
    origin: Origin


class RatingHead(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The last link of the chain of a company and a technology that was ever said."""

    technology: str
    seq: int
    rating: Rating | None


class SignalHead(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The last link of the chain of a signal; its evidence as the JSON of the contract."""

    kind: SignalKind
    technology: str
    seq: int
    evidence: bytes | None


class ChainHeads(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="h"):
    """Where the chains of a company end that were said in an epoch before (control event).

    Without any chain: the epoch before had an exposure of the company.
    """

    company_id: str
    ratings: tuple[RatingHead, ...]
    signals: tuple[SignalHead, ...]
    origin: Origin


class RebuildEnd(msgspec.Struct, array_like=True, frozen=True, gc=False, tag="z"):
    """The journal is through and all heads have come: from here on changes are said (control event)."""

    epoch: int
    origin: Origin


FamilyLogEvent = Family | Assignments | Claims | CountedUnder
DeltaLogEvent = (
    Delta | CauseEnd | NewProgrammeStatus | NewDay | NewTaxonomy | RebuildBegin | ChainHeads | RebuildEnd
)
