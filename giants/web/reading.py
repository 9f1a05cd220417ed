"""Answers that name a company: with the reading of its Chinese name where no English one is on record."""

from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field

from giants.domain.authorities import is_sensitive
from giants.domain.names.reading import reading_in_words
from schemas.base import AuthorityCode
from schemas.changes import CompanySnapshot


class Named(BaseModel):
    """Something with a name; `reading` is no name that the firm gave itself."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    name_en: str | None

    @computed_field
    def reading(self) -> str | None:
        """The name in pinyin, in words; null where an English name is on record."""
        return reading_in_words(self.name) if self.name_en is None else None


class OfCompany(BaseModel):
    """Something of one company; `company_reading` is no name that the firm gave itself."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    company_id: str
    company: str
    company_en: str | None

    @computed_field
    def company_reading(self) -> str | None:
        """The name in pinyin, in words; null where an English name is on record."""
        return reading_in_words(self.company) if self.company_en is None else None


class Nominated(BaseModel):
    """Something that an authority nominated; `sensitive` says that this one administers Xinjiang (P-22)."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    authority: AuthorityCode | None

    @computed_field
    def sensitive(self) -> bool:
        """Context about the place of the nominating authority, and no finding about the company."""
        return is_sensitive(self.authority)


def of_company(company: CompanySnapshot) -> dict[str, Any]:
    """The fields of `OfCompany`."""
    return {"company_id": company.company_id, "company": company.name, "company_en": company.name_en}
