"""Trajectory signals: what the years show of a company, with the numbers behind each (A-04, S-10, S-12).

A signal says where to look. It is no finding, no designation and no forecast of what a ministry decides; it
says nothing of what anybody intends (A-07).

`counts` holds a portfolio by filing year, `rules` decides what is in force, `trajectories` follows the
companies of one partition, `sentence` says the same in words.
"""

from giants.domain.signals.counts import Filings, PortfolioByYear
from giants.domain.signals.filed_family import FiledFamily
from giants.domain.signals.rules import (
    RULES,
    ElevationCandidate,
    Evidence,
    FilingsDryingUp,
    FocusDrift,
    ReviewDue,
    SignalRules,
    Subject,
    caveats_of,
    signals_methodology,
    signals_of,
)
from giants.domain.signals.sentence import sentence_of
from giants.domain.signals.trajectories import Announced, CompanyTrajectory, SignalChange, Trajectories

__all__ = [
    "RULES",
    "Announced",
    "CompanyTrajectory",
    "ElevationCandidate",
    "Evidence",
    "FiledFamily",
    "Filings",
    "FilingsDryingUp",
    "FocusDrift",
    "PortfolioByYear",
    "ReviewDue",
    "SignalChange",
    "SignalRules",
    "Subject",
    "Trajectories",
    "caveats_of",
    "sentence_of",
    "signals_methodology",
    "signals_of",
]
