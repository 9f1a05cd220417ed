"""Technologies: the taxonomy in force, and the companies rated in each."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from giants.store.queries.exposures import companies_of_technology, technologies
from giants.web.answers import (
    RATING_CAVEATS,
    notes,
)
from giants.web.answers_technologies import (
    RatedCompanyItem,
    RatedCompanyList,
    TechnologyItem,
    TechnologyList,
)
from giants.web.context import InContext
from giants.web.errors import NotFoundError
from giants.web.parameters import RatedQuery, TechnologyId
from giants.web.problems import problems

router = APIRouter(tags=["technologies"])


@router.get("/technologies", responses=problems())
def list_technologies(context: InContext) -> TechnologyList:
    """The technologies of the taxonomy in force, with the number of companies by band."""
    version = context.taxonomy()
    companions = {one.id: one.companions for one in version.technologies}
    return TechnologyList(
        taxonomy=version.taxonomy,
        taxonomy_version=version.version,
        items=tuple(
            TechnologyItem.model_validate(asdict(row) | {"companions": companions.get(row.technology, ())})
            for row in context.answers.get(
                "technologies", lambda: technologies(context.database, version.taxonomy)
            )
        ),
        caveats=notes(RATING_CAVEATS),
    )


@router.get(
    "/technologies/{technology}/companies", responses=problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
)
def list_rated_companies(
    context: InContext, technology: TechnologyId, query: Annotated[RatedQuery, Query()]
) -> RatedCompanyList:
    """Companies rated in a technology, highest score first."""
    definition = next((item for item in context.taxonomy().technologies if item.id == technology), None)
    if definition is None:
        raise NotFoundError("technology", technology)
    page = companies_of_technology(context.database, technology, query.min_band, query.cursor, query.limit)
    return RatedCompanyList(
        technology=definition.id,
        name=definition.name,
        category=definition.category,
        items=tuple(RatedCompanyItem.model_validate(item) for item in page.items),
        next=page.next_cursor,
        caveats=notes(RATING_CAVEATS),
    )
