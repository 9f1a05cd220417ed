"""Families as they stand, which whoever brings newer ones compares with."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from giants.store.queries.families import counted_under, families_of
from giants.web.answers import FamilyItem, FamilyList
from giants.web.context import InContext
from giants.web.parameters import FamiliesQuery
from giants.web.problems import problems

router = APIRouter(tags=["families"])


@router.get("/families", responses=problems(HTTPStatus.BAD_REQUEST))
def list_families(context: InContext, query: Annotated[FamiliesQuery, Query()]) -> FamilyList:
    """The newest version of some families, by id; those that are not known are left out."""
    found = families_of(context.database, query.id)
    under = counted_under(context.database, [family.family_id for family in found])
    items = [{**asdict(family), "counted_under": under.get(family.family_id)} for family in found]
    return FamilyList(items=tuple(map(FamilyItem.model_validate, items)))
