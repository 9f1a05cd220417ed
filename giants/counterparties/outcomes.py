"""What a change of the programme, or a list that is put, means for a pair: an alert, a review, or nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Final

from giants.counterparties.book import GROUP_PREFIX, PortfolioInForce
from giants.counterparties.entries import PackedEntry
from giants.counterparties.memory import Judged, has_same_uscc
from giants.domain.watch import CompanyContext, alert_for
from giants.domain.watch.text import one_line
from giants.matching import Candidate, Company, Thresholds, Verdict
from giants.matching.matcher import MARGIN_MIN, verdict_of
from schemas.changes import Alert, RatingChange, SignalChange, StatusChange
from schemas.codes import ChangeKind
from schemas.facts import Watchlist
from schemas.portfolios import JudgementVerdict, MatchVerdict, PairFeature, PortfolioMatch

Change = StatusChange | RatingChange | SignalChange

# What is wanted of a confirmed pair where a portfolio names nothing.
EVENTS: Final = frozenset(
    {
        *(ChangeKind.DESIGNATED, ChangeKind.RENOMINATED, ChangeKind.REVIEW_PASSED, ChangeKind.DECERTIFIED),
        *(ChangeKind.REVOKED, ChangeKind.STATUS_UNKNOWN, ChangeKind.ELEVATED, ChangeKind.RENAMED),
        *(ChangeKind.MERGED, ChangeKind.RATING_CHANGED),
    }
)
ENTRY_CHARACTERS_SHOWN: Final = 120
TEXT_CHARACTERS_MAX: Final = 2_400


class Outcome(Enum):
    """What follows for a pair."""

    NOTHING = "nothing"
    MATCH = "match"  # the entry is the company, unless a person says otherwise
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry of a portfolio, and from when on it is in the list as it is."""

    portfolio: PortfolioInForce
    entry: PackedEntry
    first_seen_ms: int

    @classmethod
    def at(cls, portfolio: PortfolioInForce, place: int) -> "ListedEntry":
        """The entry at a place of the list."""
        return cls(portfolio, portfolio.entries[place], portfolio.entries.first_seen_ms(place))


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry and a company that it may be, with what the matcher says of the two."""

    listed: ListedEntry
    company: Company
    candidate: Candidate
    verdict: MatchVerdict


@dataclass(frozen=True, slots=True)
class Found:
    """What follows for a pair: `new_evidence` speaks for it since it was judged."""

    pair: Pair
    outcome: Outcome
    new_evidence: str | None


def verdict_for(
    company_id: str, candidates: Iterable[Candidate], rejected: Collection[str], thresholds: Thresholds
) -> tuple[MatchVerdict, Candidate] | None:
    """What the candidates of an entry say of one company; None where they mean another or nobody.

    Companies that a person rejected for the entry are passed over, but the one that is asked about.
    """
    ranked = tuple(
        one for one in candidates if one.company_id == company_id or one.company_id not in rejected
    )
    found = next((one for one in ranked if one.company_id == company_id), None)
    if found is None:
        return None
    verdict = verdict_of(ranked, thresholds)
    is_first = found is ranked[0]
    if verdict is Verdict.MATCH and not is_first:
        return None
    if verdict is Verdict.AMBIGUOUS and ranked[0].score - found.score >= MARGIN_MIN:
        return None
    return MatchVerdict(verdict.value), found


def outcome_of(pair: Pair, judged: Judged | None, thresholds: Thresholds) -> Found:
    """What follows for a pair.

    A rejected pair stays quiet until there is new evidence, and then a person is asked. One that somebody was
    unsure of is asked about again with new evidence alone; a match stays a match.
    """
    news = None if judged is None else judged.new_evidence(pair.candidate, thresholds)
    if judged is not None and judged.verdict is JudgementVerdict.CONFIRMED:
        return Found(pair, Outcome.NOTHING, None)
    is_rejected = judged is not None and judged.verdict is JudgementVerdict.REJECTED
    if pair.verdict is MatchVerdict.MATCH and not is_rejected:
        return Found(pair, Outcome.MATCH, None)
    if judged is not None and news is None:
        return Found(pair, Outcome.NOTHING, None)
    return Found(pair, Outcome.REVIEW, news)


def wants(listed: ListedEntry, change: Change, *, is_confirmed: bool) -> bool:
    """Whether a change alerts of an entry: no backfill, nothing from before the entry was in its list.

    Of a pair that nobody has confirmed only changes of status alert.
    """
    if change.backfill or change.replayed or int(change.at.timestamp() * 1000) < listed.first_seen_ms:
        return False
    if not is_confirmed and not isinstance(change, StatusChange):
        return False
    return kind_of(change) in (listed.portfolio.events or EVENTS)


def kind_of(change: Change) -> ChangeKind:
    """The kind of a change, as portfolios name it."""
    return ChangeKind.RATING_CHANGED if isinstance(change, RatingChange) else ChangeKind(change.kind.value)


def alert_of_entry(
    listed: ListedEntry, score: float | None, change: Change, context: CompanyContext, link_base: str
) -> Alert:
    """The alert for an entry, by an id of portfolio, entry and change; a confirmed pair has no score."""
    portfolio, entry = listed.portfolio, listed.entry
    target = Watchlist(watchlist_id=GROUP_PREFIX + portfolio.portfolio_id, owner=portfolio.owner)
    alert = alert_for(target, change, context, link_base)
    entry_name = one_line(entry.name, ENTRY_CHARACTERS_SHOWN)
    list_name = one_line(portfolio.name or portfolio.portfolio_id, ENTRY_CHARACTERS_SHOWN)
    how = "confirmed" if score is None else f"match {score:.2f}, not yet confirmed"
    reference = f", {one_line(entry.reference, ENTRY_CHARACTERS_SHOWN)}" if entry.reference else ""
    text = f"Counterparty {entry_name}{reference} of {list_name} ({how}): {alert.text}"
    return alert.model_copy(
        update={
            "id": _digest(portfolio.portfolio_id, entry.entry_id, change.id),
            "text": one_line(text, TEXT_CHARACTERS_MAX),
            "portfolio_id": portfolio.portfolio_id,
            "entry_id": entry.entry_id,
            "entry_name": entry_name,
            "match_score": score,
        }
    )


def match_of(found: Found, cause: str | None, at: datetime) -> PortfolioMatch:
    """The message of a pair; the same evidence gives the same id."""
    pair, news = found.pair, found.new_evidence
    portfolio, entry = pair.listed.portfolio, pair.listed.entry
    company, candidate = pair.company, pair.candidate
    uscc = has_same_uscc(candidate)
    evidence = (
        pair.verdict,
        f"{candidate.score:.4f}",
        candidate.query_name,
        candidate.matched_name,
        uscc,
        news,
    )
    return PortfolioMatch(
        id=_digest(portfolio.portfolio_id, entry.entry_id, company.company_id, *evidence),
        portfolio_id=portfolio.portfolio_id,
        owner=portfolio.owner,
        entry_id=entry.entry_id,
        entry_name=entry.name,
        company_id=company.company_id,
        name=company.names[0],
        name_en=company.names_en[0] if company.names_en else None,
        verdict=pair.verdict,
        to_review=found.outcome is Outcome.REVIEW,
        score=candidate.score,
        uscc=uscc,
        query_name=candidate.query_name,
        matched_name=candidate.matched_name,
        features=tuple(
            PairFeature(name=one.name, outcome=one.outcome.value, factor=one.factor, detail=one.detail)
            for one in candidate.features
        ),
        new_evidence=news,
        cause=cause,
        at=at,
    )


def _digest(*parts: object) -> str:
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()
