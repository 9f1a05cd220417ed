"""Columns that the reconciliation service adds to a table: what is known of a company, as cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from giants.domain.names.reading import reading_in_words
from giants.domain.ownership import said_of
from giants.store.queries.screening import Exposure, ScreenedCompany
from giants.web.answers_reconcile import Kind
from schemas.facts import TaxonomyVersion

Cell = dict[str, str | float | int]
# Columns of one technology begin so; its id follows.
BAND: Final = "band:"
SCORE: Final = "score:"


def _text(value: str | None) -> Iterator[Cell]:
    if value:
        yield {"str": value}


def _number(value: int | None) -> Iterator[Cell]:
    if value is not None:
        yield {"int": value}


def _day(value: date) -> Iterator[Cell]:
    yield {"date": f"{value.isoformat()}T00:00:00"}


_OF_COMPANY: Final[Mapping[str, tuple[str, Callable[[ScreenedCompany], Iterable[Cell]]]]] = {
    "status": ("Status · 状态", lambda one: _text(one.status)),
    "sub_state": ("Sub-state", lambda one: _text(one.sub_state)),
    "since": ("Status since", lambda one: _day(one.since)),
    "next_review_year": ("Next review", lambda one: _number(one.next_review_year)),
    "batches": ("Batches · 批次", lambda one: ({"int": batch} for batch in one.batches)),
    "authority": ("Nominating authority", lambda one: _text(one.authority)),
    "tier": ("Tier", lambda one: _text(one.tier)),
    "name": ("Name · 名称", lambda one: _text(one.names[0])),
    "name_en": ("English name", lambda one: _text(one.name_en)),
    "reading": (
        "Reading (no name on record)",
        lambda one: () if one.name_en else _text(reading_in_words(one.names[0])),
    ),
    "former_names": ("Former names · 曾用名", lambda one: ({"str": name} for name in one.names[1:])),
    "uscc": ("Unified social credit code · 统一社会信用代码", lambda one: _text(one.uscc)),
    "ownership": (
        "Ownership, as sources say · 股权关系",
        lambda one: ({"str": f"{said_of(said)}, {said.url}"} for said in one.ownership),
    ),
    "caveats": ("Caveats", lambda one: ({"str": code} for code in one.caveats)),
}
_OF_EXPOSURE: Final[Mapping[str, tuple[str, Callable[[Exposure], Iterable[Cell]]]]] = {
    "families": ("Patent families", lambda one: _number(one.families)),
    "technologies": (
        "Top technologies with bands",
        lambda one: ({"str": f"{rating.technology}: {rating.band}"} for rating in one.ratings),
    ),
}
NO_EXPOSURE: Final = Exposure(0, ())


def columns(taxonomy: TaxonomyVersion | None) -> tuple[Kind, ...]:
    """Every column that can be added: of the company, then band and score of each technology."""
    fixed = [Kind(id=id_, name=name) for id_, (name, _) in (*_OF_COMPANY.items(), *_OF_EXPOSURE.items())]
    technologies = taxonomy.technologies if taxonomy is not None else ()
    bands = [Kind(id=f"{BAND}{one.id}", name=f"Band in {one.name}") for one in technologies]
    scores = [Kind(id=f"{SCORE}{one.id}", name=f"Score in {one.name}") for one in technologies]
    return (*fixed, *bands, *scores)


def cells(column: str, company: ScreenedCompany, exposure: Exposure) -> tuple[Cell, ...]:
    """The cells of a column of a company; none where nothing is known, or it is not rated."""
    if column in _OF_COMPANY:
        return tuple(_OF_COMPANY[column][1](company))
    if column in _OF_EXPOSURE:
        return tuple(_OF_EXPOSURE[column][1](exposure))
    rated = {one.technology: one for one in exposure.rated}
    if column.startswith(BAND):
        found = rated.get(column.removeprefix(BAND))
        return ({"str": found.band},) if found else ()
    found = rated.get(column.removeprefix(SCORE))
    return ({"float": round(found.score, 2)},) if found else ()
