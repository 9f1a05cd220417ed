"""What can go wrong when a watchlist is taken in."""


class WatchError(ValueError):
    """A watchlist was refused."""


class WatchFullError(WatchError):
    """Another watchlist would take more memory than is set aside for them."""

    def __init__(self, watchlist_id: str, what: str, got: int, maximum: int) -> None:
        super().__init__(
            f"watchlist {watchlist_id!r} is refused: got {got:,} {what} in all, expected at most {maximum:,}"
        )
