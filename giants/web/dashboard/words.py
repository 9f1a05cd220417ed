"""Plain English for the codes of the contract, with what each of them means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain import ownership
from giants.domain.exposure import METHODOLOGY
from giants.domain.inventions import CODES
from schemas.changes import CompanySnapshot
from schemas.codes import (
    Band,
    Category,
    ChangeKind,
    OutsideRecord,
    OwnershipRole,
    Profile,
    SignalKind,
    Status,
    SubState,
    WebhookFormat,
)

_HIGH_ALIGNMENT: Final = f"{METHODOLOGY.high_alignment:.0%}"
_HIGH_CONFIDENCE: Final = f"{METHODOLOGY.high_confidence:g}"

# Kinds of findings whose subject is a patent family, and whose reference is one too.
FINDINGS_OF_FAMILIES: Final = CODES
STATUSES: Final[Mapping[Status, str]] = {
    Status.ACTIVE: "The company holds the title.",
    Status.INACTIVE: "The company lost the title. It stays listed with its whole history.",
    Status.UNKNOWN: "A review was due, and the lists known so far do not settle it.",
}
SUB_STATES: Final[Mapping[SubState, str]] = {
    SubState.NEW: "designated, not yet reviewed",
    SubState.MAINTAINED: "passed at least one review",
    SubState.REVIEW_PENDING: "a review is due and not settled: the title stands to the end of the year",
    SubState.LAPSED: "failed a review, or was absent from a complete list that had to hold it",
    SubState.REVOKED: "the title was revoked outside a review",
}
PROFILES: Final[Mapping[Profile, str]] = {
    Profile.ESTABLISHED: "Confirmed exposure: much of the portfolio matches, and it is large enough.",
    Profile.PERIPHERAL: "Minor exposure: the portfolio is large, and the technology is a small part of it.",
    Profile.TENTATIVE: "Likely exposure: much of the portfolio matches, but it is small.",
    Profile.SPARSE: "Possible exposure: a small part of a small portfolio, too little to conclude from.",
}
PROFILE_NAMES: Final[Mapping[Profile, str]] = {profile: profile.value for profile in Profile}
QUADRANTS: Final[Mapping[Profile, str]] = {
    Profile.ESTABLISHED: f"alignment of {_HIGH_ALIGNMENT} or more, confidence of {_HIGH_CONFIDENCE} or more",
    Profile.PERIPHERAL: f"alignment below {_HIGH_ALIGNMENT}, confidence of {_HIGH_CONFIDENCE} or more",
    Profile.TENTATIVE: f"alignment of {_HIGH_ALIGNMENT} or more, confidence below {_HIGH_CONFIDENCE}",
    Profile.SPARSE: f"alignment below {_HIGH_ALIGNMENT}, confidence below {_HIGH_CONFIDENCE}",
}
# What happened, as it follows the name of a company.
HAPPENED: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.DESIGNATED: "designated",
    ChangeKind.RENOMINATED: "designated again",
    ChangeKind.REVIEW_PASSED: "passed its review",
    ChangeKind.DECERTIFIED: "lost its title",
    ChangeKind.REVOKED: "title revoked",
    ChangeKind.STATUS_UNKNOWN: "status now unknown",
    ChangeKind.ELEVATED: "elevated to single champion",
    ChangeKind.RENAMED: "changed its name",
    ChangeKind.MERGED: "merged with another record",
    ChangeKind.TAGGED: "put in a category by an analyst",
    ChangeKind.UNTAGGED: "taken out of a category",
    ChangeKind.LINKED: "linked to an outside record",
    ChangeKind.UNLINKED: "link to an outside record withdrawn",
    ChangeKind.RATING_CHANGED: "rating changed",
    ChangeKind.SIGNAL_RAISED: "shows a signal",
    ChangeKind.SIGNAL_CLEARED: "no longer shows a signal",
    ChangeKind.LIST_PUBLISHED: "list published",
    ChangeKind.LIST_CONFIRMED: "final list confirms its notice",
    ChangeKind.LIST_REVISED: "list revised",
    ChangeKind.BATCH_COMPLETE: "all lists are there",
    ChangeKind.ATTRITION: "removal rate of a round",
}
# What a signal is called; it says where to look and finds nothing.
SIGNALS: Final[Mapping[SignalKind, str]] = {
    SignalKind.FOCUS_DRIFT: "focus drift",
    SignalKind.FILINGS_DRYING_UP: "filings drying up",
    SignalKind.REVIEW_DUE: "review due within a year",
    SignalKind.ELEVATION_CANDIDATE: "elevation candidate",
    SignalKind.GROUP_NAME: "token of a group in a name",
    SignalKind.JOINT_STOCK_FORM: "joint-stock form",
    SignalKind.CLUSTER_PLACE: "place of a cluster",
}
# The same in few words, for those who choose among kinds.
KINDS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.DESIGNATED: "designated",
    ChangeKind.RENOMINATED: "designated again",
    ChangeKind.REVIEW_PASSED: "passed its review",
    ChangeKind.DECERTIFIED: "lost its title",
    ChangeKind.REVOKED: "title revoked",
    ChangeKind.STATUS_UNKNOWN: "status unknown",
    ChangeKind.ELEVATED: "elevated",
    ChangeKind.RENAMED: "renamed",
    ChangeKind.MERGED: "merged",
    ChangeKind.TAGGED: "put in a category",
    ChangeKind.UNTAGGED: "taken out of a category",
    ChangeKind.LINKED: "linked to a record",
    ChangeKind.UNLINKED: "link withdrawn",
    ChangeKind.RATING_CHANGED: "rating changed",
    ChangeKind.SIGNAL_RAISED: "signal raised",
    ChangeKind.SIGNAL_CLEARED: "signal cleared",
    ChangeKind.LIST_PUBLISHED: "list published",
    ChangeKind.LIST_CONFIRMED: "list confirmed",
    ChangeKind.LIST_REVISED: "list revised",
    ChangeKind.BATCH_COMPLETE: "batch complete",
    ChangeKind.ATTRITION: "removal rate",
}
# The shapes of a webhook's body.
WEBHOOK_FORMATS: Final[Mapping[WebhookFormat, str]] = {
    WebhookFormat.STANDARD: "the alert as JSON",
    WebhookFormat.SLACK: "a message for Slack",
    WebhookFormat.TEAMS: "a message for Teams",
}
# The six analytical categories (A-01 … A-06) and the kinds of outside records (K-01).
CATEGORIES: Final[Mapping[Category, str]] = {
    Category.CIVIL_MILITARY_FUSION: "civil–military fusion",
    Category.DUE_DILIGENCE: "due diligence",
    Category.IP_PROTECTION: "IP protection",
    Category.SME_TRAJECTORY: "predictive SME trajectory",
    Category.DISCOVERY: "discovery",
    Category.EMERGING_ADVANTAGE: "emerging advantage",
}
ROLES_ZH: Final = ownership.ROLES_ZH
OUTSIDE_RECORDS: Final[Mapping[OutsideRecord, str]] = {
    OutsideRecord.CHINA_DEFENCE_UNIVERSITIES_TRACKER: "China Defence Universities Tracker",
    OutsideRecord.REGISTRY: "company registry",
    OutsideRecord.ENTITY_LIST: "entity list",
    OutsideRecord.OTHER: "other record",
}
# Why a name belongs to a company (N-07), as the snapshot says it.
NAME_CAUSES: Final[Mapping[str, str]] = {
    "designation": "as designated",
    "review": "as reviewed",
    "revocation": "as on a revocation list",
    "elevation": "as on an elevation list",
    "genuine_change": "genuine change of name",
    "rename": "genuine change of name",
    "corporate_form": "change of corporate form",
    "listing_difference": "listing difference",
    "correction": "transcription corrected",
    "english": "English name record",
}
DOCUMENT_KINDS: Final[Mapping[str, str]] = {
    "designation": "designation list",
    "revocation": "revocation list",
    "elevation": "elevation list",
    "review": "review list",
    "rename": "name record",
    "correction": "correction of a name",
    "english": "English name record",
    "tag": "analyst's tag",
    "link": "outside record",
    "ownership": "record of ownership",
    "family": "patent family",
    "taxonomy": "taxonomy",
    "day": "the calendar",
    "recalculation": "recalculation",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "passed": "passed",
    "failed": "failed",
    "absent": "absent from the complete list",
    "unknown": "not known",
    "pending": "not settled yet",
}
REASONS: Final[Mapping[str, str]] = {
    "absent_from_complete_list": "absent from the complete list that had to hold it",
    "absent_after_elevation": "absent after its elevation to a higher title, which is no failure",
    "no_list": "no list of its authority for that year is known: that list would settle it",
    "not_all_lists": (
        "its authority is not known: the complete lists of all authorities would settle it, or a national one"
    ),
    "list_not_complete": "the list known is not complete: a complete one would settle it",
    "list_contradicts_itself": (
        "the list says that it is complete and contradicts itself, so it proves no absence: a corrected "
        "revision would settle it"
    ),
    "total_contradicts": (
        "the lists of that year do not add up to its published total, so none proves an absence: corrected "
        "revisions would settle it"
    ),
    "not_in_final_list": "named in the public notice, and not in the complete final list",
    "focus_mismatch": "the focus of its technology no longer matches",
    "weak_competitiveness": "its product is not competitive enough",
    "patent_misalignment": "its patents no longer match the technology",
    "not_applied": "it did not apply for its review",
    "violation": "a serious violation",
    "other": "another reason",
    "failed_review": "it failed its review",
    "revoked": "the title was revoked",
    "merged": "it turned out to be the same company as another record",
    "withdrawn_by_revision": "a later revision of the list no longer names it",
    "no_review_data": "no list known so far settles the review that was due",
    "tier_withdrawn": "no list names it a single champion any more",
    "genuine_change": "genuine change of name",
    "corporate_form": "change of corporate form",
    "listing_difference": "lists print the name differently",
    **{code.value: text for code, text in CATEGORIES.items()},
    **{code.value: text for code, text in OUTSIDE_RECORDS.items() if code is not OutsideRecord.OTHER},
    **{role.value: f"named as {role.value}" for role in OwnershipRole},
}
# A change that corrects what was said before carries the reason of what is right behind this.
_CORRECTED: Final = "corrected:"
SOURCE_CLASSES: Final[Mapping[str, str]] = {
    "miit": "the ministry (MIIT)",
    "authority": "a nominating authority",
    "supplementary": "a supplementary source",
    "analyst": "an analyst",
}


@dataclass(frozen=True, slots=True)
class BandLimits:
    """A band with its lower bound, which belongs to it; `upper` is None for the highest."""

    band: Band
    lower: float
    upper: float | None


def band_limits() -> tuple[BandLimits, ...]:
    """The bands of the methodology, weakest first."""
    cutoffs = METHODOLOGY.band_cutoffs
    uppers = [*(lower for lower, _ in cutoffs[1:]), None]
    return tuple(BandLimits(band, lower, upper) for (lower, band), upper in zip(cutoffs, uppers, strict=True))


def spoken(code: object) -> str:
    """A code as words: `very_weak` is "very weak"."""
    return str(code).replace("_", " ").replace("-", " ")


def reason_text(reason: str | None) -> str | None:
    """A reason in words; one that lists give in their own words stays as it is."""
    if reason is None:
        return None
    if reason.startswith(_CORRECTED):
        right = reason.removeprefix(_CORRECTED)
        return f"corrected by later knowledge: {REASONS.get(right, spoken(right))}"
    return REASONS.get(reason, reason)


def status_sentence(company: CompanySnapshot) -> str:
    """Where a company stands, in one sentence: title held since, current term since, next review."""
    since = _spelled(company.since)
    if company.status is Status.UNKNOWN:
        return f"Status not confirmed since {since}: a review was due, and the lists known do not settle it."
    meaning = SUB_STATES[company.sub_state]
    if company.sub_state is SubState.NEW and len(company.batches) > 1:
        meaning = "designated again, not yet reviewed since"
    first = f"; first designated on {_spelled(company.first_designated)}" if company.first_designated else ""
    if company.status is not Status.ACTIVE:
        return f"Without the title since {since}: {meaning}{first}."
    if company.held_since is None or company.held_since == company.first_designated:
        first = ""
    term = f", its current term since {since}" if company.held_since != company.since else ""
    due = f", next review {company.next_review_year}" if company.next_review_year else ""
    held = _spelled(company.held_since or company.since)
    return f"Holds the title without interruption since {held}{term}{due}: {meaning}{first}."


def _spelled(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
