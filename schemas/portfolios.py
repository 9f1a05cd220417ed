"""A desk's own counterparties: portfolios, judgements of their matches, and what screening answered.

`giants.portfolios.v1` holds two kinds of record under the id of a portfolio: parts of a list of entries, and
judgements of pairs of an entry and a company. `giants.screenings.v1` holds the runs of screening.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter, field_validator, model_validator

from schemas.base import WATCHLIST_TARGETS_MAX, Id, Message, Name, Text, Version
from schemas.codes import Caveat, ChangeKind, Status
from schemas.facts import Target

PORTFOLIO_ENTRIES_MAX = 100_000
PART_ENTRIES_MAX = 20_000
PARTS_MAX = 200
FORMER_NAMES_MAX = 19
EVIDENCE_NAMES_MAX = 200
RUN_PARTS_MAX = 10_000
PART_NAMES_MAX = 1_000
CANDIDATES_MAX = 50
FEATURES_MAX = 50
OWNERSHIP_MAX = 10

Uscc = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")]
Score = Annotated[float, Field(ge=0, le=1)]
Website = Annotated[str, StringConstraints(max_length=300)]
Instant = AwareDatetime


class MatchVerdict(StrEnum):
    """What the matcher says of a name: one company, several alike, companies for a person, or nobody."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    REVIEW = "review"
    NONE = "none"


class JudgementVerdict(StrEnum):
    """What a person says of a pair of an entry and a company."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"


class Counterparty(Message):
    """One entry of a portfolio; `reference` is the desk's own, `former_names` may be in any script."""

    entry_id: Id
    name: Name
    place: Name | None = None
    uscc: Uscc | None = None
    former_names: tuple[Name, ...] = Field(default=(), max_length=FORMER_NAMES_MAX)
    name_en: Name | None = None
    website: Website | None = None
    note: Text | None = None
    reference: Id | None = None


class PortfolioEntries(Message):
    """A part of a list of counterparties, which replaces the one before as a whole.

    A list has up to `PORTFOLIO_ENTRIES_MAX` entries in `parts` of up to `PART_ENTRIES_MAX`. The highest
    revision whose parts are all there is in force. Each part repeats what holds for the whole list.
    """

    kind: Literal["entries"]
    portfolio_id: Id
    owner: Id
    name: Text | None = None
    revision: Version
    part: Annotated[int, Field(ge=1, le=PARTS_MAX)] = 1
    parts: Annotated[int, Field(ge=1, le=PARTS_MAX)] = 1
    entries: tuple[Counterparty, ...] = Field(default=(), max_length=PART_ENTRIES_MAX)
    # Kinds of change that raise alerts; without any, those of status, names and ratings.
    events: tuple[ChangeKind, ...] = ()
    deliver: tuple[Target, ...] = Field(default=(), max_length=WATCHLIST_TARGETS_MAX)

    @field_validator("entries")
    @classmethod
    def _ids_are_unique(cls, entries: tuple[Counterparty, ...]) -> tuple[Counterparty, ...]:
        seen: set[str] = set()
        for entry in entries:
            if entry.entry_id in seen:
                raise ValueError(f"entry {entry.entry_id!r} is listed twice")
            seen.add(entry.entry_id)
        return entries

    @model_validator(mode="after")
    def _part_is_one_of_them(self) -> "PortfolioEntries":
        if self.part > self.parts:
            raise ValueError(f"got part {self.part} of {self.parts}, expected one from 1 to {self.parts}")
        return self


class Basis(Message):
    """What an answer was made from: state of the programme, versions, and thresholds."""

    epoch: Annotated[int, Field(ge=0)]
    newest_change_at: datetime | None = None
    companies: Annotated[int, Field(ge=0)]
    algorithm: Id
    taxonomy: Id
    taxonomy_version: Version | None = None
    methodology: Id
    match_min: Score
    review_min: Score


class Evidence(Message):
    """What spoke for a pair when it was judged: a rejected one stays quiet until there is more.

    `entry_names` and `company_names` are all names of both at that moment, `uscc` whether the codes of the
    register agreed.
    """

    verdict: MatchVerdict
    score: Score
    uscc: bool = False
    entry_names: tuple[Name, ...] = Field(default=(), max_length=EVIDENCE_NAMES_MAX)
    company_names: tuple[Name, ...] = Field(default=(), max_length=EVIDENCE_NAMES_MAX)


class Judgement(Message):
    """What a person decided about a pair; of several the latest counts.

    Companies that merge keep what was judged of each. Without `evidence` only an agreeing code of the
    register speaks for a rejected pair again.
    """

    kind: Literal["judgement"]
    portfolio_id: Id
    owner: Id
    judgement_id: Id
    entry_id: Id
    company_id: Id
    verdict: JudgementVerdict
    by: Id
    at: Instant
    why: Text | None = None
    entry_name: Name | None = None
    company_name: Name | None = None
    evidence: Evidence | None = None
    basis: Basis | None = None

    @field_validator("at")
    @classmethod
    def _in_utc(cls, at: datetime) -> datetime:
        return at.astimezone(UTC)


PortfolioRecord = Annotated[PortfolioEntries | Judgement, Field(discriminator="kind")]
PORTFOLIO_RECORD: TypeAdapter[PortfolioEntries | Judgement] = TypeAdapter(PortfolioRecord)


class RunOrigin(StrEnum):
    """Where a run of screening was asked for."""

    API = "api"
    COMMAND = "command"
    DASHBOARD = "dashboard"


class ScreenedCandidate(Message):
    """A company that a name may mean, as the run showed it."""

    company_id: Id
    name: Name
    name_en: Name | None = None
    status: Status
    score: Score
    why: Text = ""
    # What sources name it as, each with source and day: no part of the score.
    ownership: tuple[Text, ...] = Field(default=(), max_length=OWNERSHIP_MAX)


class ScreenedName(Message):
    """One name of a run: what was asked, and what was found; `problem` where it could not be screened."""

    key: Id
    name: Annotated[str, StringConstraints(max_length=300)]
    place: Name | None = None
    uscc: Uscc | None = None
    verdict: MatchVerdict | None = None
    problem: Text | None = None
    candidates: tuple[ScreenedCandidate, ...] = Field(default=(), max_length=CANDIDATES_MAX)
    # What sources name the bearer of the name as, where that is no company of the programme.
    ownership: tuple[Text, ...] = Field(default=(), max_length=OWNERSHIP_MAX)


class ScreeningRun(Message):
    """A part of a run of screening: a list is asked some hundred names at a time, under one `run_id`."""

    run_id: Id
    part: Annotated[int, Field(ge=1, le=RUN_PARTS_MAX)] = 1
    origin: RunOrigin
    label: Text | None = None
    owner: Id
    by: Id
    at: Instant
    basis: Basis
    names: tuple[ScreenedName, ...] = Field(max_length=PART_NAMES_MAX)

    @field_validator("at")
    @classmethod
    def _in_utc(cls, at: datetime) -> datetime:
        return at.astimezone(UTC)


class PairFeature(Message):
    """One thing that was compared of a pair, with its factor of the score."""

    name: str
    outcome: str
    factor: float
    detail: str


class PortfolioMatch(Message):
    """A pair that speaks for itself: `to_review` asks a person, otherwise the entry is the company.

    It is sent when a portfolio is put and when a change of the programme brings a pair, once for what speaks
    for it: the same evidence has the same id.
    """

    id: str
    portfolio_id: str
    owner: str
    entry_id: str
    entry_name: str
    company_id: str
    name: str
    name_en: str | None
    verdict: MatchVerdict
    to_review: bool
    score: float
    uscc: bool
    query_name: str
    matched_name: str
    features: tuple[PairFeature, ...]
    # What speaks for a pair that was rejected before.
    new_evidence: str | None = None
    cause: str | None = None
    at: datetime
    caveats: tuple[Caveat, ...] = ()
