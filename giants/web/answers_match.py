"""What `/match` takes and answers: the shape of OpenSanctions' API, with what is known of a company."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from giants.matching.model import CANDIDATES_SHOWN_MAX, Outcome, Verdict
from giants.web.answers import CaveatNote, OwnershipItem
from schemas.base import AuthorityCode, Id, Text
from schemas.codes import Band, Caveat, Status, SubState, Tier
from schemas.portfolios import RUN_PARTS_MAX, RunOrigin

QUERIES_MAX: Final = 1_000
VALUES_MAX: Final = 50
PROPERTIES_MAX: Final = 100
VALUE_CHARACTERS_MAX: Final = 20_000
QUERY_ID_CHARACTERS_MAX: Final = 300
LIMIT_MAX: Final = 50
ALGORITHM: Final = "giants-match-1"
DATASET: Final = "little-giants"

_Value = Annotated[str, Field(max_length=VALUE_CHARACTERS_MAX)]
_Values = _Value | Annotated[list[_Value], Field(max_length=VALUES_MAX)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class MatchEntity(BaseModel):
    """Who is looked for: an entity of FollowTheMoney. Properties that say nothing of a name are passed over.

    Used are `name`, `alias`, `previousName`, `weakAlias` (any script), `uscCode`, `registrationNumber`,
    `address`, `region` and `city`.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    id: str | None = Field(default=None, max_length=QUERY_ID_CHARACTERS_MAX)
    schema_: str = Field(default="Company", alias="schema", max_length=100)
    properties: dict[str, _Values] = Field(max_length=PROPERTIES_MAX)


class MatchBody(BaseModel):
    """Up to a thousand queries by names of one's own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "queries": {
                        "row-1": {
                            "schema": "Company",
                            "properties": {"name": ["寧波星野氣動機械有限公司"], "region": ["Zhejiang"]},
                        }
                    }
                }
            ]
        },
    )

    queries: dict[Annotated[str, Field(max_length=QUERY_ID_CHARACTERS_MAX)], MatchEntity] = Field(
        min_length=1, max_length=QUERIES_MAX
    )


class MatchQuery(BaseModel):
    """How to match; without a threshold those of the settings count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(
        default=CANDIDATES_SHOWN_MAX, ge=1, le=LIMIT_MAX, description="Most candidates for one query"
    )
    threshold: float | None = Field(
        default=None, gt=0, le=1, description="Score from which on a candidate is a match"
    )
    cutoff: float | None = Field(
        default=None, gt=0, le=1, description="Lowest score that is shown; at most the threshold"
    )
    run_id: Id | None = Field(
        default=None, description="Run of screening that these queries are a part of; one of its own without"
    )
    part: int = Field(default=1, ge=1, le=RUN_PARTS_MAX, description="Which part of the run, from 1")
    origin: RunOrigin = Field(default=RunOrigin.API, description="Where the run was asked for")
    label: Text | None = Field(default=None, description="What was screened, such as the name of a file")
    algorithm: Literal["best", "giants-match-1"] = Field(
        default="best", description="The one algorithm; `best` is another name for it"
    )


class TopTechnology(_Answer):
    """One of the highest ratings of a company."""

    technology: str
    score: float
    band: Band


class LittleGiant(_Answer):
    """What is known of a company that a query may mean.

    `sensitive` says that the authority that nominated it administers Xinjiang: context, and no finding.
    """

    status: Status
    sub_state: SubState
    since: date
    next_review_year: int | None
    authority: AuthorityCode | None
    tier: Tier | None
    batches: tuple[int, ...]
    provisional: bool
    reading: str | None
    families: int
    technologies: tuple[TopTechnology, ...]
    caveats: tuple[Caveat, ...]
    sensitive: bool = False
    ownership: tuple[OwnershipItem, ...] = Field(
        default=(), description="What sources name the company as, the newest: no part of score or rating"
    )


class FeatureExplanation(_Answer):
    """How one feature compares: what was seen, its outcome, and its factor of the score."""

    description: str
    outcome: Outcome
    score: float
    query: str
    candidate: str


class MatchResult(_Answer):
    """A company that a query may mean, as an entity of FollowTheMoney with a score."""

    id: str
    caption: str
    schema_: str = Field(default="Company", serialization_alias="schema")
    properties: dict[str, tuple[str, ...]]
    datasets: tuple[str, ...] = (DATASET,)
    referents: tuple[str, ...]
    target: bool
    first_seen: str | None = None
    last_seen: str | None = None
    last_change: str
    score: float
    match: bool
    features: dict[str, float]
    explanations: dict[str, FeatureExplanation]
    little_giant: LittleGiant


class Total(_Answer):
    """How many candidates a query has."""

    value: int
    relation: Literal["eq"] = "eq"


class MatchResponse(_Answer):
    """The answer of one query; `status` 400 and `detail` where it cannot be matched.

    `ownership` is what sources name the bearer of a queried name as, where that is no company of the
    programme but tied to one: such as the parent of a Little Giant.
    """

    status: int
    verdict: Verdict | None
    detail: str | None = None
    results: tuple[MatchResult, ...]
    ownership: tuple[OwnershipItem, ...] = ()
    total: Total
    query: dict[str, Any]


class FeatureDocumentation(_Answer):
    """What a feature compares."""

    description: str


class ProgrammeVersion(_Answer):
    """Which state of the programme answered: the epoch, its newest change, and how many companies it held."""

    epoch: int
    newest_change_at: datetime | None
    companies: int
    algorithm: str = ALGORITHM


class RecordedRun(_Answer):
    """Where the run is in the audit trail; `detail` says why it could not be written down."""

    run_id: str
    part: int
    recorded: bool
    detail: str | None = None


class MatchAnswer(_Answer):
    """The answers by the names of the queries, and how they were made."""

    responses: dict[str, MatchResponse]
    matcher: dict[str, FeatureDocumentation]
    limit: int
    threshold: float
    cutoff: float
    version: ProgrammeVersion
    run: RecordedRun
    caveats: tuple[CaveatNote, ...]
