"""What was judged of pairs of an entry and a company, and when a rejected pair speaks up again.

The outcome is the same in whatever order judgements come, and however often: of those of a pair the one with
the latest instant counts, of several at one instant that with the highest id. A company that others merged
into has what was judged of any of them, so the latest of all counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from giants.domain.names import normal_form
from giants.matching import Candidate, Thresholds
from schemas.portfolios import Judgement, JudgementVerdict


class ScoreClass(IntEnum):
    """Where a score lies between the thresholds."""

    NONE = 0
    REVIEW = 1
    MATCH = 2


def score_class(score: float, thresholds: Thresholds) -> ScoreClass:
    """The class of a score."""
    if score >= thresholds.match:
        return ScoreClass.MATCH
    return ScoreClass.REVIEW if score >= thresholds.review else ScoreClass.NONE


@dataclass(frozen=True, slots=True)
class Judged:
    """What counts of a judgement; names are in normal form, None where it says nothing of its evidence."""

    verdict: JudgementVerdict
    at: datetime
    judgement_id: str
    score: float
    uscc: bool
    entry_names: frozenset[str] | None
    company_names: frozenset[str] | None

    @classmethod
    def of(cls, judgement: Judgement) -> "Judged":
        """What counts of a message. Without evidence all but an agreeing code is taken for known."""
        evidence = judgement.evidence
        return cls(
            verdict=judgement.verdict,
            at=judgement.at,
            judgement_id=judgement.judgement_id,
            score=1.0 if evidence is None else evidence.score,
            uscc=evidence is not None and evidence.uscc,
            entry_names=_known(evidence.entry_names) if evidence is not None else None,
            company_names=_known(evidence.company_names) if evidence is not None else None,
        )

    @property
    def precedence(self) -> tuple[datetime, str]:
        """Of two judgements of a pair the one with the higher precedence counts."""
        return self.at, self.judgement_id

    def new_evidence(self, found: Candidate, thresholds: Thresholds) -> str | None:
        """What speaks for the pair that did not when it was judged; None where nothing does.

        That is an agreeing code of the register, a higher class of the score, or a name of either side that
        was not known then and by which they match now.
        """
        if has_same_uscc(found) and not self.uscc:
            return "the code of the register agrees"
        if score_class(found.score, thresholds) > score_class(self.score, thresholds):
            return f"the score rose from {self.score:.2f} to {found.score:.2f}"
        if self.company_names is not None and normal_form(found.matched_name) not in self.company_names:
            return f"a new name of the company: {found.matched_name}"
        if self.entry_names is not None and normal_form(found.query_name) not in self.entry_names:
            return f"a new name of the entry: {found.query_name}"
        return None


class JudgementMemory:
    """The judgements of one portfolio."""

    def __init__(self) -> None:
        self._of_entry: dict[str, dict[str, Judged]] = {}
        self._of_company: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of_entry.values()))

    def put(self, judgement: Judgement) -> None:
        """Take a judgement in."""
        judged = Judged.of(judgement)
        of_entry = self._of_entry.setdefault(judgement.entry_id, {})
        known = of_entry.get(judgement.company_id)
        if known is None or judged.precedence > known.precedence:
            of_entry[judgement.company_id] = judged
        self._of_company.setdefault(judgement.company_id, set()).add(judgement.entry_id)

    def find(self, entry_id: str, company_ids: Iterable[str]) -> Judged | None:
        """What counts of an entry and a company under all its ids."""
        of_entry = self._of_entry.get(entry_id, {})
        found = [of_entry[id_] for id_ in company_ids if id_ in of_entry]
        return max(found, key=lambda judged: judged.precedence, default=None)

    def confirmed(self, company_ids: Iterable[str]) -> Iterator[str]:
        """Ids of the entries that are confirmed to be a company, under any of its ids, sorted."""
        ids = tuple(company_ids)
        entries = {entry for id_ in ids for entry in self._of_company.get(id_, ())}
        for entry_id in sorted(entries):
            judged = self.find(entry_id, ids)
            if judged is not None and judged.verdict is JudgementVerdict.CONFIRMED:
                yield entry_id

    def companies(self) -> Iterator[str]:
        """Ids of all companies of which something was judged."""
        return iter(self._of_company)


def has_same_uscc(found: Candidate) -> bool:
    """Whether the codes of the register agree."""
    return any(one.name == "uscc" and one.factor == 1 for one in found.features)


def _known(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(normal_form, names))
