"""What all routes need, made once with the application."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from giants.embedded.epochfile import read_epoch_file
from giants.screening.screener import Screener
from giants.settings import Settings
from giants.store.client import Database
from giants.store.queries.exposures import taxonomy_in_force
from giants.store.queries.feed import newest_change_at
from giants.store.writer import WriterState
from giants.web.errors import NotReadyError
from giants.web.facts import FactSender
from giants.web.hub import Hub
from giants.web.inbox_tail import InboxTail
from giants.web.shared_answers import SharedAnswers
from giants.web.shared_state import SharedState
from giants.web.unknown_symbols import UnknownSymbolsWatch
from schemas.facts import TaxonomyVersion


@dataclass(frozen=True, slots=True)
class Context:
    """The store, the settings, and the state of the writer where it runs in this process."""

    database: Database
    settings: Settings
    writer_state: Callable[[], WriterState | None]
    hub: Hub
    inbox: InboxTail
    facts: FactSender
    screener: Screener
    unknown_symbols: UnknownSymbolsWatch
    shared: SharedState
    answers: SharedAnswers = field(default_factory=SharedAnswers)

    def taxonomy(self) -> TaxonomyVersion:
        """The taxonomy that ratings follow. Raises `NotReadyError` while there is none."""
        return self.answers.get("taxonomy", self._taxonomy)

    def newest_change_at(self) -> datetime | None:
        """The instant of the newest change, at which periods end; None while there is none."""
        return self.answers.get("newest change", lambda: newest_change_at(self.database))

    def facts_replayed(self) -> int:
        """How many facts of the journal `giants up` is replaying; 0 where it is not."""
        return self.answers.get("facts replayed", self._facts_replayed)

    def _facts_replayed(self) -> int:
        epoch = read_epoch_file(self.settings.data_dir)
        return epoch.facts if epoch is not None and epoch.state == "filling" else 0

    def _taxonomy(self) -> TaxonomyVersion:
        version = taxonomy_in_force(self.database, self.settings.taxonomy)
        if version is None:
            raise NotReadyError(f"taxonomy {self.settings.taxonomy!r} is not known yet")
        return version


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]
