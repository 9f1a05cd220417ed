"""The documents behind everything: lists, reviews, name records, patent families."""

from collections.abc import Sequence
from math import ceil
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from giants.domain.cpc import normalize_symbol
from giants.store.queries.dashboard_documents import companies_named, contents, family_document
from giants.store.queries.dashboard_technologies import technology_names
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import taxonomy_in_force
from giants.store.queries.families import same_invention
from giants.web.context import Context, InContext
from giants.web.dashboard.parameters import FamilyId, NumberedQuery, Ref
from giants.web.dashboard.rendering import render
from giants.web.errors import NotFoundError

MENTIONS_OF_A_PAGE: Final = 500

router = APIRouter()


@router.get("/documents/{ref:path}")
def one_document(
    request: Request, context: InContext, ref: Ref, query: Annotated[NumberedQuery, Query()]
) -> Response:
    """A document as it was received, with the companies that it names."""
    found = contents(context.database, ref)
    if found is None:
        raise NotFoundError("document", ref)
    first = (query.page - 1) * MENTIONS_OF_A_PAGE
    shown = found.mentions[first : first + MENTIONS_OF_A_PAGE]
    return render(
        request,
        "document.html",
        contents=found,
        document=found.document,
        shown=shown,
        first=first,
        page=query.page,
        pages=max(1, ceil(len(found.mentions) / MENTIONS_OF_A_PAGE)),
        companies=companies_named(context.database, [mention.name for mention in shown]),
    )


@router.get("/families/{family_id:path}")
def one_family(request: Request, context: InContext, family_id: FamilyId) -> Response:
    """A patent family: whose it is, and which symbols it carries."""
    found = family_document(context.database, family_id)
    if found is None:
        raise NotFoundError("patent family", family_id)
    return render(
        request,
        "family.html",
        family=found,
        records=same_invention(context.database, family_id),
        symbols=_technologies_of(context, found.cpc),
        technologies=technology_names(context.database, context.settings.taxonomy),
        companies=companies_named(context.database, found.assignees),
    )


def _technologies_of(context: Context, symbols: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each symbol, in normal form, with the technologies that take it; none while no taxonomy is known."""
    version = taxonomy_in_force(context.database, context.settings.taxonomy)
    taxonomy = compiled(version) if version else None
    normal = sorted({normalize_symbol(symbol) for symbol in symbols})
    return [(symbol, taxonomy.technologies_of(symbol) if taxonomy else ()) for symbol in normal]
