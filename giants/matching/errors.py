"""Errors of the matcher.

MatchingError
├── TooManyCompaniesError   the index would hold more than its limit
└── ThresholdsError         thresholds that are no order
"""


class MatchingError(ValueError):
    """The matcher cannot be used as asked."""


class TooManyCompaniesError(MatchingError):
    """The index is full."""

    def __init__(self, companies_max: int) -> None:
        super().__init__(f"got more than {companies_max:,} companies, expected at most that many in an index")


class ThresholdsError(MatchingError):
    """Thresholds out of order."""

    def __init__(self, review: float, match: float) -> None:
        super().__init__(
            f"thresholds: got review {review} and match {match}, expected 0 < review <= match <= 1"
        )
