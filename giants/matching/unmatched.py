"""Assignees in Chinese whose families count for nobody: how many families, who comes near, and why not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from giants.domain.names import is_chinese, lookup_keys
from giants.matching.matcher import Matcher
from giants.matching.model import Answer, Company, Query

# Assignees counted at once; the rest of them have few families and are passed over with a count.
ASSIGNEES_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An assignee that no company bears by rule, its families, and what the matcher says of it."""

    assignee: str
    families: int
    answer: Answer

    @property
    def why(self) -> str:
        """Why its families are credited to nobody."""
        if not self.answer.candidates:
            return "no company comes near"
        best = self.answer.candidates[0]
        reasons = [feature.detail for feature in best.features if feature.factor < 1]
        return f"near {best.matched_name} ({best.score:.2f}), but {'; '.join(reasons) or 'not by rule'}"


def unmatched_assignees(
    assignees: Iterable[str], companies: Iterable[Company], matcher: Matcher, shown_max: int
) -> list[Unmatched]:
    """The assignees in Chinese of some families that no company bears, those of most families first.

    `assignees` has each as often as it has families. Raises nothing; beyond `ASSIGNEES_MAX` different ones
    new ones are passed over.
    """
    borne = {key for company in companies for name in company.names for key in lookup_keys(name)}
    counted: Counter[str] = Counter()
    for assignee in assignees:
        if assignee in counted or len(counted) < ASSIGNEES_MAX:
            counted[assignee] += 1
    strangers = (
        (families, assignee)
        for assignee, families in counted.items()
        if is_chinese(assignee) and borne.isdisjoint(lookup_keys(assignee))
    )
    most = nsmallest(shown_max, strangers, key=lambda one: (-one[0], one[1]))
    return [Unmatched(assignee, families, matcher.match(Query(assignee))) for families, assignee in most]
