"""Answers about technologies: the taxonomy in force, and the companies rated in each."""

from typing import Literal

from giants.web.answers import Answer, CaveatNote
from giants.web.reading import Named, Nominated
from schemas.base import AuthorityCode
from schemas.codes import Band, Profile, Status
from schemas.facts import Companion


class TechnologyItem(Answer):
    """A technology of the taxonomy, its CPC entries, and how many companies have which band in it."""

    technology: str
    name: str
    category: str
    cpc: tuple[str, ...]
    companions: tuple[Companion, ...] = ()
    companies: int
    rated: int
    bands: dict[Band, int]


class TechnologyList(Answer):
    """The taxonomy in force."""

    taxonomy: str
    taxonomy_version: int
    band_basis: Literal["assumed"] = "assumed"
    items: tuple[TechnologyItem, ...]
    caveats: tuple[CaveatNote, ...]


class RatedCompanyItem(Named, Nominated):
    """A company rated in a technology."""

    company_id: str
    status: Status
    authority: AuthorityCode | None
    batches: tuple[int, ...]
    families: int
    classified: int | None
    instances: int
    matching: int
    alignment: float
    score: float
    band: Band
    profile: Profile


class RatedCompanyList(Answer):
    """A page of companies of a technology, highest score first."""

    technology: str
    name: str
    category: str
    score_basis: Literal["derived"] = "derived"
    band_basis: Literal["assumed"] = "assumed"
    items: tuple[RatedCompanyItem, ...]
    next: str | None
    caveats: tuple[CaveatNote, ...]
