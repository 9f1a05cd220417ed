"""Does it predict? Signals before reviews against what the reviews brought (S-10, A-04)."""

from fastapi import APIRouter

from giants.web.answers_prediction import PredictionAnswer
from giants.web.context import InContext
from giants.web.prediction import prediction
from giants.web.problems import problems

router = APIRouter(tags=["signals"])


@router.get("/prediction", responses=problems())
def get_prediction(context: InContext) -> PredictionAnswer:
    """How many companies that lost their title had shown each signal, compared with those that passed."""
    return prediction(context)
