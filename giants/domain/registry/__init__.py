"""The registry: who the companies are and where they stand, from all facts of the programme.

`Registry` folds one fact at a time and says what changed; `batch` computes the same state from the whole
set at once, and is what the fold is tested against. Neither knows a clock: days are facts.
"""

from giants.domain.registry.findings import Finding, FindingCode, Severity
from giants.domain.registry.fold import Registry
from giants.domain.registry.identity import company_id
from giants.domain.registry.oracle import Recomputation, recompute_all
from giants.domain.registry.outcome import Outcome, Place

__all__ = [
    "Finding",
    "FindingCode",
    "Outcome",
    "Place",
    "Recomputation",
    "Registry",
    "Severity",
    "company_id",
    "recompute_all",
]
