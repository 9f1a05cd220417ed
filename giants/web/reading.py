"""Answers that name a company: with the reading of its Chinese name where no English one is on record."""

from typing import Any

from pydantic import BaseModel, ConfigDict, computed_field

from giants.domain.names.reading import reading_in_words
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


def of_company(company: CompanySnapshot) -> dict[str, Any]:
    """The fields of `OfCompany`."""
    return {"company_id": company.company_id, "company": company.name, "company_en": company.name_en}
