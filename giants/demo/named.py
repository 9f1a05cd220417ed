"""The real companies of the demo: facts as published, with portfolios that are illustrations."""

import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from random import Random
from typing import Final

from pydantic import BaseModel, ConfigDict

from schemas.base import Source, SourceClass
from schemas.facts import (
    Announcement,
    AnnouncementKind,
    Correction,
    CorrectionEvidence,
    EnglishIdentity,
    Entry,
    Family,
    Passed,
    Rename,
    Review,
)

SYMBOLS_OF_A_FAMILY: Final = 3
Fact = Announcement | Review | Rename | Correction | EnglishIdentity | Family


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _List(_Strict):
    list_id: str
    batch: int
    published_on: date
    names: tuple[str, ...]


class _Review(_Strict):
    list_id: str
    review_year: int
    published_on: date
    passed: tuple[str, ...]


class _Correction(_Strict):
    record_id: str
    old_name: str
    new_name: str


class _Rename(_Correction):
    effective_on: date


class _Portfolio(_Strict):
    name: str
    families: int
    symbols: tuple[str, ...]


class Named(_Strict):
    """The data file; `english` maps Chinese names to English ones."""

    source: str
    lists: tuple[_List, ...]
    reviews: tuple[_Review, ...]
    corrections: tuple[_Correction, ...]
    renames: tuple[_Rename, ...]
    english: dict[str, str]
    portfolios: tuple[_Portfolio, ...]

    def programme(self) -> Iterator[Fact]:
        """Lists, reviews and name records."""
        source = Source(source_class=SourceClass.SUPPLEMENTARY, publisher=self.source)
        for one in self.lists:
            yield Announcement(
                list_id=one.list_id,
                kind=AnnouncementKind.DESIGNATION,
                batch=one.batch,
                published_on=one.published_on,
                source=source,
                entries=tuple(Entry(seq=seq, name=name) for seq, name in enumerate(one.names, 1)),
            )
        for review in self.reviews:
            yield Review(
                list_id=review.list_id,
                review_year=review.review_year,
                published_on=review.published_on,
                source=source,
                passed=tuple(Passed(name=name) for name in review.passed),
            )
        evidence = CorrectionEvidence(not_found_under_original=True, confirmed_little_giant=True)
        for correction in self.corrections:
            yield Correction(kind="correction", evidence=evidence, source=source, **correction.model_dump())
        for rename in self.renames:
            yield Rename(kind="rename", source=source, **rename.model_dump())
        for number, (name, name_en) in enumerate(self.english.items(), 1):
            yield EnglishIdentity(
                kind="english",
                record_id=f"demo-english-{number}",
                name=name,
                english_names=(name_en,),
                source=source,
            )

    def families(self) -> Iterator[Family]:
        """The made-up portfolios; their ids say that they are illustrations."""
        random = Random(1)
        for number, portfolio in enumerate(self.portfolios, 1):
            for family in range(1, portfolio.families + 1):
                count = min(SYMBOLS_OF_A_FAMILY, len(portfolio.symbols))
                yield Family(
                    family_id=f"ILLUSTRATION-{number}-{family}",
                    version=1,
                    assignees=(portfolio.name,),
                    cpc=tuple(sorted(random.sample(portfolio.symbols, count))),
                    backfill=True,
                )

    def names(self) -> list[str]:
        """Every name as a list gives it."""
        return [name for one in self.lists for name in one.names]


def named() -> Named:
    """The data file of the demo."""
    text = files("giants.demo").joinpath("data/named.toml").read_text(encoding="utf-8")
    return Named.model_validate(tomllib.loads(text))
