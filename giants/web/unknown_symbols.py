"""The watch for symbols that no imported edition of CPC has, for the metrics and the page of data quality."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from giants.domain.cpc import CpcError
from giants.domain.editions import editions_in
from giants.domain.taxonomy_live import SymbolCount, UnknownSymbols, unknown_symbols
from giants.store.client import Database
from giants.store.errors import StoreError
from giants.store.queries.dashboard_quality import symbol_counts
from giants.store.queries.explain import compiled
from giants.store.queries.exposures import taxonomy_in_force

# All symbols of all portfolios are counted anew: a new edition comes a few times a year.
AGE_SECONDS_MAX: Final = 600.0

_logger: Final = structlog.get_logger(__name__)


class UnknownSymbolsWatch:
    """Counts at most every `AGE_SECONDS_MAX`; None where no edition is imported or no taxonomy has come.

    Which symbols are known is remembered: editions are read, 25 MB and two seconds each, only when a symbol
    comes that was never looked up, and let go again.
    """

    def __init__(
        self,
        database: Database,
        taxonomy: str,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database: Final = database
        self._taxonomy: Final = taxonomy
        self._folder: Final = folder
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._editions: tuple[str, ...] = ()
        self._known: dict[str, bool] = {}
        self._found: UnknownSymbols | None = None
        self._counted_at: float | None = None
        self._counting: threading.Thread | None = None

    def latest(self) -> UnknownSymbols | None:
        """What was counted last, at once; where that is too old it is counted anew in the background."""
        with self._lock:
            running = self._counting is not None and self._counting.is_alive()
            if self._is_old() and not running:
                self._counting = threading.Thread(target=self._count_in_background, daemon=True)
                self._counting.start()
            return self._found

    def current(self) -> UnknownSymbols | None:
        """What portfolios carried `AGE_SECONDS_MAX` ago at most; raises what the database raises."""
        if self._is_old():
            self._count()
        return self._found

    def _is_old(self) -> bool:
        return self._counted_at is None or self._clock() - self._counted_at >= AGE_SECONDS_MAX

    def _count_in_background(self) -> None:
        try:
            self._count()
        except (CpcError, OSError, StoreError) as error:  # the next scrape tries again
            _logger.warning("symbols could not be held against the editions of CPC", error=str(error))

    def _count(self) -> None:
        counted_at = self._clock()
        editions = editions_in(self._folder)
        version = taxonomy_in_force(self._database, self._taxonomy) if editions.names else None
        found = None
        if version is not None:
            counts = symbol_counts(self._database)
            known = self._look_up(counts)
            found = unknown_symbols(counts, editions.names, known.__getitem__, compiled(version))
        self._found, self._counted_at = found, counted_at

    def _look_up(self, counts: list[SymbolCount]) -> dict[str, bool]:
        editions = editions_in(self._folder)
        known = self._known if editions.names == self._editions else {}
        new = [one.symbol for one in counts if one.symbol not in known]
        found = {symbol: editions.edition_of(symbol) is not None for symbol in new}
        # Put in place as a whole: another thread may read what was there before.
        self._known, self._editions = known | found, editions.names
        return self._known
