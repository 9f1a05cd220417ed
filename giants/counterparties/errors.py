"""Errors of portfolios.

PortfolioError
└── PortfoliosFullError   another portfolio would take more memory than is set aside
"""


class PortfolioError(ValueError):
    """A portfolio was refused."""


class PortfoliosFullError(PortfolioError):
    """All portfolios together have too many entries."""

    def __init__(self, portfolio_id: str, entries: int, maximum: int) -> None:
        super().__init__(
            f"portfolio {portfolio_id!r} is refused: got {entries:,} entries in all portfolios, "
            f"expected at most {maximum:,}"
        )
