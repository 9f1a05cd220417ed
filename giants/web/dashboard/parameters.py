"""What the addresses of pages may say. Forms send empty fields: these mean that nothing is asked."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from giants.store.queries.pages import CURSOR_CHARACTERS_MAX
from giants.web.parameters import CompanyConditions
from schemas.base import BATCH_MAX, ID_CHARACTERS_MAX, LIST_ENTRIES_MAX, AuthorityCode, Batch, Slug
from schemas.codes import Band, ChangeKind

VALUES_MAX: Final = 50
PERIOD_DAYS_MAX: Final = 3_660
# An identity, an @ and a version.
REF_CHARACTERS_MAX: Final = ID_CHARACTERS_MAX + 21

CompanyId = Annotated[str, Path(min_length=1, max_length=ID_CHARACTERS_MAX)]
TechnologyId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
BatchNumber = Annotated[int, Path(ge=1, le=BATCH_MAX)]
Code = Annotated[AuthorityCode, Path()]
Ref = Annotated[str, Path(min_length=1, max_length=REF_CHARACTERS_MAX)]
FamilyId = Annotated[str, Path(min_length=1, max_length=ID_CHARACTERS_MAX)]
GroupId = Annotated[str, Path(min_length=1, max_length=ID_CHARACTERS_MAX)]
WatchlistId = Annotated[str, Path(min_length=1, max_length=ID_CHARACTERS_MAX)]
Cursor = Annotated[str | None, Field(default=None, max_length=CURSOR_CHARACTERS_MAX)]


class PageQuery(BaseModel):
    """The query of a page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_asked_by_an_empty_field(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        cleaned = {
            name: [one for one in value if one != ""] if isinstance(value, list) else value
            for name, value in values.items()
        }
        return {name: value for name, value in cleaned.items() if value not in ("", [])}


class AsOfQuery(PageQuery):
    """A day in the past, or none."""

    as_of: date | None = None


class CompaniesQuery(CompanyConditions, PageQuery):
    """Which companies: values of one field are alternatives, fields are all to be met."""

    cursor: Cursor

    def address(self) -> dict[str, Any]:
        """What leads to the same list from its beginning."""
        return {
            "q": self.q,
            "status": [value.value for value in self.status],
            "authority": [value.value for value in self.authority],
            "batch": self.batch,
            "technology": self.technology,
            "min_band": self.min_band.value if self.min_band else None,
            "tag": [value.value for value in self.tag],
            "profile": [value.value for value in self.profile],
            "tier": [value.value for value in self.tier],
            "provisional": None if self.provisional is None else str(self.provisional).lower(),
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }


class RatedQuery(PageQuery):
    """Which companies of a technology."""

    min_band: Band | None = None
    cursor: Cursor


class ChangesQuery(PageQuery):
    """Which changes: older ones from `cursor` on, or newer ones after `since`."""

    kind: list[ChangeKind] = Field(default=[], max_length=len(ChangeKind))
    technology: Slug | None = None
    company: str = Field(default="", max_length=ID_CHARACTERS_MAX)
    live: bool = False
    cursor: Cursor
    since: Cursor

    def address(self) -> dict[str, Any]:
        """What leads to the same list from its beginning."""
        return {
            "kind": [value.value for value in self.kind],
            "technology": self.technology,
            "company": self.company,
            "live": "true" if self.live else None,
        }


class PeriodQuery(PageQuery):
    """How far back to look from the newest change."""

    days: int = Field(default=30, ge=1, le=PERIOD_DAYS_MAX)
    backfill: bool = False


class CursorQuery(PageQuery):
    """Which page of a list."""

    cursor: Cursor


class NumberedQuery(PageQuery):
    """Which page of a list that is known as a whole."""

    page: int = Field(default=1, ge=1, le=LIST_ENTRIES_MAX)


class WatchlistQuery(PageQuery):
    """What a new watchlist begins with."""

    company: str = Field(default="", max_length=300)
    technology: Slug | None = None
    authority: AuthorityCode | None = None
    batch: Batch | None = None
