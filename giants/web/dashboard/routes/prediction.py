"""Do signals before a review go with a lost title?"""

from fastapi import APIRouter, Request, Response

from giants.web.context import InContext
from giants.web.dashboard.rendering import render
from giants.web.prediction import CAVEATS, prediction

router = APIRouter()


@router.get("/prediction")
def prediction_page(request: Request, context: InContext) -> Response:
    """Every signal that was tried, with its numbers and intervals."""
    return render(request, "prediction.html", found=prediction(context), caveats=CAVEATS)
