"""The matcher of names: which company a name, in any script and however it is written, may mean.

Candidates come from an index in memory; each is scored from 0 to 1, and the score is the product of features
that say what agrees, differs or is missing. Nothing here merges companies (N-08): a match is an answer.
"""

from giants.matching.entries import Draft, EntryIndex
from giants.matching.errors import MatchingError, TooManyCompaniesError
from giants.matching.index import CompanyIndex, OneCompany
from giants.matching.matcher import Matcher
from giants.matching.model import (
    Answer,
    Candidate,
    Company,
    Feature,
    Outcome,
    Query,
    Thresholds,
    Verdict,
)

__all__ = [
    "Answer",
    "Candidate",
    "Company",
    "CompanyIndex",
    "Draft",
    "EntryIndex",
    "Feature",
    "Matcher",
    "MatchingError",
    "OneCompany",
    "Outcome",
    "Query",
    "Thresholds",
    "TooManyCompaniesError",
    "Verdict",
]
