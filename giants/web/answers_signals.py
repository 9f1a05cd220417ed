"""Answers about trajectory signals, each with what goes with it as codes and sentences (catalogue §11)."""

from datetime import datetime
from typing import Final

from giants.web.answers import Answer, CaveatNote
from giants.web.reading import Nominated, OfCompany
from schemas.changes import SignalChange
from schemas.codes import Caveat, SignalKind
from schemas.signals import SignalEvidence

SIGNAL_CAVEATS: Final = (
    Caveat.SIGNAL_NOT_FINDING,
    Caveat.NOT_MALIGN,
    Caveat.PATENT_COVERAGE,
    Caveat.PUBLICATION_LAG,
    Caveat.STANDALONE_ENTITY,
)


class SignalItem(OfCompany, Nominated):
    """A signal in force: the numbers behind it, the same in a sentence, and since when it is shown."""

    signal: SignalKind
    technology: str | None
    evidence: SignalEvidence
    text: str
    since: datetime
    methodology: str


class SignalList(Answer):
    """A page of signals in force; `counts` tells how many there are of each kind in all."""

    items: tuple[SignalItem, ...]
    counts: dict[SignalKind, int]
    next: str | None
    caveats: tuple[CaveatNote, ...]


class CompanySignals(OfCompany):
    """The signals of a company: those in force, and those raised or cleared so far, newest first."""

    signals: tuple[SignalItem, ...]
    changes: tuple[SignalChange, ...]
    caveats: tuple[CaveatNote, ...]
