"""Portfolios and judgements, with what a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from giants.matching import Candidate, Feature, Outcome
from schemas.portfolios import Counterparty, Evidence, Judgement, JudgementVerdict, PortfolioEntries

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def part(*names: str, revision: int = 1, number: int = 1, parts: int = 1, **changes: Any) -> PortfolioEntries:
    """A part whose entries have their names as ids."""
    entries = tuple(Counterparty(entry_id=name, name=name) for name in names)
    values: dict[str, Any] = {"portfolio_id": "p", "owner": "desk", "entries": entries}
    return PortfolioEntries(kind="entries", revision=revision, part=number, parts=parts, **(values | changes))


def judgement(
    verdict: JudgementVerdict, entry_id: str = "e", company_id: str = "c", seconds: int = 0, **changes: Any
) -> Judgement:
    values: dict[str, Any] = {
        "portfolio_id": "p",
        "owner": "desk",
        "judgement_id": f"{entry_id}/{company_id}/{seconds}/{verdict}",
        "by": "desk",
        "evidence": Evidence(verdict="review", score=0.8, entry_names=("甲",), company_names=("甲",)),
    }
    return Judgement(
        kind="judgement",
        entry_id=entry_id,
        company_id=company_id,
        verdict=verdict,
        at=AT + timedelta(seconds=seconds),
        **(values | changes),
    )


def candidate(score: float, *, matched: str = "甲", asked: str = "甲", uscc: bool = False) -> Candidate:
    features = (Feature("uscc", Outcome.AGREES, 1.0, "same"),) if uscc else ()
    return Candidate("c", score, asked, matched, features)
