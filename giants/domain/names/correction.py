"""Transcription corrections, category 1 (N-02): four conditions, and all of them must hold."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from giants.domain.names.normal import normal_form
from giants.domain.names.similar import SimilarCharacters

SUBSTITUTIONS_MAX: Final = 2


class CorrectionCondition(StrEnum):
    """The four conditions of a correction (N-02a to N-02d)."""

    NOT_FOUND_UNDER_ORIGINAL = "not_found_under_original"
    CONFIRMED_LITTLE_GIANT = "confirmed_little_giant"
    AT_MOST_TWO_SUBSTITUTIONS = "at_most_two_substitutions"
    VISUALLY_SIMILAR = "visually_similar"


@dataclass(frozen=True, slots=True)
class Substitution:
    """One character that stands for another, at a position (from 0) of the normal forms."""

    position: int
    old: str
    new: str
    similar: bool


@dataclass(frozen=True, slots=True)
class CorrectionVerdict:
    """Whether a correction is accepted, the conditions that fail, and what would be substituted.

    `substitutions` is empty where the normal forms have different lengths or are equal: neither is a
    substitution of characters.
    """

    accepted: bool
    failed: tuple[CorrectionCondition, ...]
    substitutions: tuple[Substitution, ...]

    def explanation(self) -> str:
        """One sentence for a person: what holds, or what is missing."""
        pairs = ", ".join(f"{pair.old} → {pair.new}" for pair in self.substitutions[: SUBSTITUTIONS_MAX + 1])
        if self.accepted:
            return f"all four conditions hold; substituted: {pairs}"
        conditions = ", ".join(self.failed)
        return f"conditions that fail: {conditions}; substituted: {pairs or 'nothing that can be compared'}"


def check_correction(
    old: str, new: str, not_found: bool, confirmed: bool, similar: SimilarCharacters
) -> CorrectionVerdict:
    """Judge a correction of `old` to `new` (N-02).

    `not_found` and `confirmed` are the evidence given with the fact (conditions a and b); c and d are
    computed on the normal forms. An insertion or deletion fails both: there is no pair to compare.
    """
    substitutions = _substitutions(normal_form(old), normal_form(new), similar)
    holds = {
        CorrectionCondition.NOT_FOUND_UNDER_ORIGINAL: not_found,
        CorrectionCondition.CONFIRMED_LITTLE_GIANT: confirmed,
        CorrectionCondition.AT_MOST_TWO_SUBSTITUTIONS: 1 <= len(substitutions) <= SUBSTITUTIONS_MAX,
        CorrectionCondition.VISUALLY_SIMILAR: bool(substitutions)
        and all(pair.similar for pair in substitutions),
    }
    failed = tuple(condition for condition, held in holds.items() if not held)
    return CorrectionVerdict(not failed, failed, substitutions)


def _substitutions(old: str, new: str, similar: SimilarCharacters) -> tuple[Substitution, ...]:
    if len(old) != len(new):
        return ()
    return tuple(
        Substitution(position, before, after, similar.similar(before, after))
        for position, (before, after) in enumerate(zip(old, new, strict=True))
        if before != after
    )
