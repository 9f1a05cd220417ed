"""The service itself: how it is, and the page of its API."""

from importlib.metadata import version

from fastapi import APIRouter, Request, Response

from giants.store.epochs import shown_epoch
from giants.store.errors import StoreError
from giants.store.queries.exposures import taxonomy_in_force
from giants.web.context import Context, InContext
from giants.web.dashboard.rendering import render
from giants.web.routers.health import readiness
from schemas.facts import TaxonomyVersion

router = APIRouter()


@router.get("/service")
def service(request: Request, context: InContext) -> Response:
    """Whether everything works, how far the store is, which versions are in use."""
    epoch, taxonomy = _in_use(context)
    return render(
        request,
        "service.html",
        state=readiness(context),
        version=version("little-giants-stream"),
        epoch=epoch,
        taxonomy=taxonomy,
    )


@router.get("/docs")
def api_page(request: Request) -> Response:
    """Every route of the API, to read and to try; works without a network."""
    return render(request, "api.html")


def _in_use(context: Context) -> tuple[int | None, TaxonomyVersion | None]:
    """The epoch shown and the taxonomy; None where the store does not answer, which the page says."""
    try:
        return shown_epoch(context.database), taxonomy_in_force(context.database, context.settings.taxonomy)
    except StoreError:
        return None, None
