"""Does it predict? Signals before reviews against what the reviews brought (S-10, A-04)."""

from fastapi import APIRouter

from giants.web.answers_prediction import PredictionAnswer
from giants.web.context import InContext
from giants.web.prediction import prediction
from giants.web.problems import problems

router = APIRouter(tags=["signals"])


@router.get("/prediction", responses=problems())
def get_prediction(context: InContext) -> PredictionAnswer:
    """Of those that lost their title, how many had shown each signal before, against those that passed."""
    return prediction(context)
