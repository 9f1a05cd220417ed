"""A signal in one English sentence, with its numbers and years."""

from giants.domain.names.hints import ClusterPlace, GroupToken, JointStockForm, NameHint, TokenSeen
from giants.domain.signals.rules import (
    RULES,
    ElevationCandidate,
    Evidence,
    FilingsDryingUp,
    FocusDrift,
    ReviewDue,
)


def sentence_of(evidence: Evidence, technology: str) -> str:
    """The sentence of a signal in force; `technology` is "" where it is about none. Without the company."""
    words = technology.replace("-", " ")
    match evidence:
        case FocusDrift():
            return (
                f"Of what was filed from {evidence.window_from} to {evidence.window_to}, "
                f"{evidence.window_alignment:.1%} falls to {words} ({evidence.window_matching} of "
                f"{evidence.window_instances} instances, {evidence.window_families} families), at most "
                f"1/{RULES.drift_fall} of the {evidence.alignment:.1%} of all filings "
                f"({evidence.matching} of {evidence.instances}, {evidence.families} families)."
            )
        case FilingsDryingUp():
            return (
                f"Nothing is known to be filed after {evidence.last_filed_year}, though from "
                f"{evidence.regular_from} to {evidence.regular_to} there were {evidence.regular_families} "
                f"families in {evidence.regular_years} different years; {evidence.silent_from} to "
                f"{evidence.silent_to} have had time to be published, newer years are not held against it."
            )
        case GroupToken() | JointStockForm() | ClusterPlace():
            return _hint_sentence(evidence)
        case ReviewDue():
            begins = "has begun" if evidence.review_year <= evidence.year else "begins within twelve months"
            return f"The review year {evidence.review_year} {begins}."
        case ElevationCandidate():
            return (
                f"The title passed a review and the portfolio is rated {evidence.band.replace('_', ' ')} in "
                f"{words} (score {evidence.score:.1f}, {evidence.matching} of {evidence.instances} "
                f"instances, {evidence.families} families{_of_classified(evidence)}), "
                "without drift, silence or a higher title."
            )


def _hint_sentence(hint: NameHint) -> str:
    match hint:
        case GroupToken():
            return " ".join(map(_token_sentence, hint.tokens))
        case JointStockForm():
            since = f" since {hint.since.isoformat()}" if hint.since else ""
            return (
                f"The limited company {hint.name_before} ({hint.ref_before}) is the joint-stock company "
                f"{hint.name} ({hint.ref}){since}, a standard step before a listing, which need not follow."
            )
        case ClusterPlace():
            return (
                f"The name {hint.name} ({hint.ref}) says {''.join(hint.words)}, the place of "
                f"{hint.cluster}, which a source names as a cluster ({hint.source}); a firm of the place "
                "need not belong to it."
            )


def _token_sentence(seen: TokenSeen) -> str:
    brought = ", and a change of name brought it" if seen.came_by_rename else ""
    own = ", by this project's own reading of the source" if seen.reading == "own_work" else ""
    return (
        f"{seen.token} in {seen.name} ({seen.ref}) is a token that firms of {seen.group} use{brought}{own} "
        f"({seen.source}); firms without any tie use the same words."
    )


def _of_classified(evidence: ElevationCandidate) -> str:
    """How many of the families carry a symbol, where it is not all of them."""
    is_stated = evidence.classified is not None and evidence.classified != evidence.families
    return f", {evidence.classified} of them classified" if is_stated else ""
