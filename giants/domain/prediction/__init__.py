"""Whether what patents show before a review goes with its outcome (S-10, A-04).

`cases` says, for each review that was settled, which signals a portfolio showed before its year began;
`measures` holds them against the outcomes. It imports NumPy, and is not imported here.
"""

from giants.domain.prediction.cases import (
    RULES_ID,
    SIGNALS,
    Cases,
    ReviewCase,
    Settled,
    SignalName,
    cases_of,
    settled_reviews,
)

__all__ = [
    "RULES_ID",
    "SIGNALS",
    "Cases",
    "ReviewCase",
    "Settled",
    "SignalName",
    "cases_of",
    "settled_reviews",
]
