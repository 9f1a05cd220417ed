"""What requests may say: path parts, and the query of each route as a model, so that a slip is told."""

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from giants.store.queries.pages import CURSOR_CHARACTERS_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from giants.store.search import QUERY_CHARACTERS_MAX
from schemas.base import ID_CHARACTERS_MAX, AuthorityCode, Batch, Slug
from schemas.codes import Band, ChangeKind, Status

VALUES_MAX = 100

CompanyId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=ID_CHARACTERS_MAX,
        description="Id of a company; that of one that was merged leads to the one it became part of",
        examples=["lg-2f7a0c1d9e4b5a66"],
    ),
]
TechnologyId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$", description="Id of a technology", examples=["radar"])
]
AsOf = Annotated[
    date | None,
    Field(
        default=None,
        description="As things stood at the end of this day, from what is known today",
        examples=["2023-06-30"],
    ),
]
Cursor = Annotated[
    str | None,
    Field(default=None, max_length=CURSOR_CHARACTERS_MAX, description="`next` of the page before"),
]
Limit = Annotated[int, Field(default=PAGE_ROWS_DEFAULT, ge=1, le=PAGE_ROWS_MAX, description="Rows of a page")]
MinBand = Annotated[
    Band | None, Field(default=None, description="This band or a higher one (bands are assumed)")
]


class _Query(BaseModel):
    """Parameters that are not known are refused: a misspelt filter would otherwise take everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AsOfQuery(_Query):
    """A day in the past, or none."""

    as_of: AsOf


class PageQuery(_Query):
    """Which page."""

    cursor: Cursor
    limit: Limit


class CompaniesQuery(PageQuery):
    """Which companies; values of one parameter are alternatives, parameters are all to be met."""

    q: str = Field(
        default="",
        max_length=QUERY_CHARACTERS_MAX,
        description="Any name, or a part of one: Chinese, pinyin (also its first letters) or English",
        examples=["佳尔灵"],
    )
    status: list[Status] = Field(default=[], max_length=VALUES_MAX)
    authority: list[AuthorityCode] = Field(default=[], max_length=VALUES_MAX)
    batch: list[Batch] = Field(default=[], max_length=VALUES_MAX)
    technology: Slug | None = Field(default=None, description="Rated in this technology")
    min_band: MinBand
    as_of: AsOf


class HistoryQuery(PageQuery):
    """Which rating changes."""

    technology: Slug | None = Field(default=None, description="Of this technology alone")


class RatedQuery(PageQuery):
    """Which companies of a technology."""

    min_band: MinBand


class ChangesQuery(_Query):
    """Which changes, and from where on."""

    since: str | None = Field(
        default=None,
        max_length=CURSOR_CHARACTERS_MAX,
        description=(
            "`next` of the answer before: changes after it, oldest first. `start`: a snapshot of everything, "
            "then changes. `now`: only what comes from now on. Without it: the latest changes, newest first"
        ),
        examples=["start"],
    )
    kind: list[ChangeKind] = Field(default=[], max_length=VALUES_MAX)
    company: str = Field(default="", max_length=ID_CHARACTERS_MAX, description="Id of a company")
    technology: Slug | None = Field(default=None, description="Rating changes of this technology alone")
    backfill: bool = Field(default=True, description="Whether changes of back filled facts are given")
    cursor: Cursor
    limit: Limit
