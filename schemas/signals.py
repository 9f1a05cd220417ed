"""Trajectory signals: what they are about, and the numbers behind each (A-04, S-10)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Message
from schemas.codes import Band, Caveat, SignalKind


class FocusDrift(Message):
    """Counts behind *focus drift*: a technology's alignment in the newest years against that of all (S-10).

    `families`, `instances`, `matching` and `alignment` are those of the whole portfolio; those that begin
    with `window` of the families filed from `window_from` to `window_to`, both included.
    """

    signal: Literal[SignalKind.FOCUS_DRIFT]
    window_from: int
    window_to: int
    window_families: int
    window_instances: int
    window_matching: int
    window_alignment: float
    families: int
    instances: int
    matching: int
    alignment: float
    taxonomy_version: int
    classified: int | None = None
    window_classified: int | None = None


class FilingsDryingUp(Message):
    """Counts behind *filings drying up*: nothing was filed in whole years after years with many families.

    From `regular_from` to `regular_to` there were `regular_families` in `regular_years` different years. Of
    `families` in all, `undated` have no filing year that is known.
    """

    signal: Literal[SignalKind.FILINGS_DRYING_UP]
    silent_from: int
    silent_to: int
    regular_from: int
    regular_to: int
    regular_years: int
    regular_families: int
    last_filed_year: int
    families: int
    undated: int


class ReviewDue(Message):
    """Years behind *review due*: the review's, and that of the newest day known (S-04)."""

    signal: Literal[SignalKind.REVIEW_DUE]
    review_year: int
    year: int


class ElevationCandidate(Message):
    """Numbers behind *elevation candidate*: a strong rating beside a title that passed a review (A-04)."""

    signal: Literal[SignalKind.ELEVATION_CANDIDATE]
    families: int
    instances: int
    matching: int
    alignment: float
    score: float
    band: Band
    taxonomy_version: int
    classified: int | None = None


class TokenSeen(Message):
    """A token that a group uses, in a name of the company; firms without any tie use the same words.

    `reading` is `published` where the source says what the token stands for, else `own_work`.
    `came_by_rename` says that a change of name brought it: no other name of the company has it.
    """

    token: str
    group: str
    reading: str
    source: str
    url: str
    name: str
    ref: str
    came_by_rename: bool


class GroupToken(Message):
    """Tokens behind *group name*, each with the first name that has it."""

    signal: Literal[SignalKind.GROUP_NAME]
    tokens: tuple[TokenSeen, ...]


class JointStockForm(Message):
    """Names behind *joint-stock form*: the limited company before, the joint-stock company now (N-09).

    The conversion is a standard step before a listing; a listing need not follow.
    """

    signal: Literal[SignalKind.JOINT_STOCK_FORM]
    name_before: str
    ref_before: str
    name: str
    ref: str
    since: date | None


class ClusterPlace(Message):
    """The words behind *cluster place*: the name says a place that the source calls a cluster (P-32)."""

    signal: Literal[SignalKind.CLUSTER_PLACE]
    cluster: str
    words: tuple[str, ...]
    source: str
    name: str
    ref: str


SignalEvidence = Annotated[
    FocusDrift
    | FilingsDryingUp
    | ReviewDue
    | ElevationCandidate
    | GroupToken
    | JointStockForm
    | ClusterPlace,
    Field(discriminator="signal"),
]


class Signal(Message):
    """A signal in force: what it is about, the numbers behind it, and the same in a sentence."""

    signal: SignalKind
    technology: str | None
    evidence: SignalEvidence
    text: str


class SignalsSnapshot(Message):
    """The signals in force for a company (`giants.signals.v1`, compacted); null where there are none."""

    company_id: str
    signals: tuple[Signal, ...]
    methodology: str
    caveats: tuple[Caveat, ...]
