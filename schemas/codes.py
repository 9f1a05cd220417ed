"""The closed vocabularies of the contract."""

from enum import StrEnum


class Status(StrEnum):
    """Every company has exactly one status at any instant (S-01)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class SubState(StrEnum):
    """How a company came to its status (S-14)."""

    NEW = "new"
    MAINTAINED = "maintained"
    REVIEW_PENDING = "review_pending"
    LAPSED = "lapsed"
    REVOKED = "revoked"


class Tier(StrEnum):
    """A higher title beside the status (S-13)."""

    SINGLE_CHAMPION = "single_champion"


class Band(StrEnum):
    """Bands of the exposure score, weakest first (X-11; the cut-offs are assumed)."""

    VERY_WEAK = "very_weak"
    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"


class Profile(StrEnum):
    """Quadrants of alignment and confidence (X-15)."""

    ESTABLISHED = "established"
    PERIPHERAL = "peripheral"
    TENTATIVE = "tentative"
    SPARSE = "sparse"


class StatusChangeKind(StrEnum):
    """What happened to a company (design §3.2)."""

    DESIGNATED = "designated"
    RENOMINATED = "renominated"
    REVIEW_PASSED = "review-passed"
    DECERTIFIED = "decertified"
    REVOKED = "revoked"
    STATUS_UNKNOWN = "status-unknown"
    ELEVATED = "elevated"
    RENAMED = "renamed"
    MERGED = "merged"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    LINKED = "linked"
    UNLINKED = "unlinked"


class SignalKind(StrEnum):
    """What a company's trajectory or its names show (A-04); no finding and no forecast of a decision.

    The last three are hints of names: they merge and link nothing, and are part of no rating (N-14).
    """

    FOCUS_DRIFT = "focus-drift"
    FILINGS_DRYING_UP = "filings-drying-up"
    REVIEW_DUE = "review-due"
    ELEVATION_CANDIDATE = "elevation-candidate"
    GROUP_NAME = "group-name"
    JOINT_STOCK_FORM = "joint-stock-form"
    CLUSTER_PLACE = "cluster-place"


class SignalChangeKind(StrEnum):
    """What happened to a signal."""

    RAISED = "signal-raised"
    CLEARED = "signal-cleared"


class ListKind(StrEnum):
    """What a list does to the companies on it."""

    DESIGNATION = "designation"
    REVOCATION = "revocation"
    ELEVATION = "elevation"
    REVIEW = "review"


class ListChangeKind(StrEnum):
    """News of a list: it came, confirms its notice, is another one now; all lists are there; who was lost."""

    PUBLISHED = "list-published"
    CONFIRMED = "list-confirmed"
    REVISED = "list-revised"
    BATCH_COMPLETE = "batch-complete"
    ATTRITION = "attrition"


class ChangeKind(StrEnum):
    """Everything that a watchlist can ask for; news of lists is sent only to those that name its kind."""

    DESIGNATED = "designated"
    RENOMINATED = "renominated"
    REVIEW_PASSED = "review-passed"
    DECERTIFIED = "decertified"
    REVOKED = "revoked"
    STATUS_UNKNOWN = "status-unknown"
    ELEVATED = "elevated"
    RENAMED = "renamed"
    MERGED = "merged"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    LINKED = "linked"
    UNLINKED = "unlinked"
    RATING_CHANGED = "rating-changed"
    SIGNAL_RAISED = "signal-raised"
    SIGNAL_CLEARED = "signal-cleared"
    LIST_PUBLISHED = "list-published"
    LIST_CONFIRMED = "list-confirmed"
    LIST_REVISED = "list-revised"
    BATCH_COMPLETE = "batch-complete"
    ATTRITION = "attrition"


class Grouping(StrEnum):
    """What a watchlist takes as one piece of news: all of one cause, or each of its alerts."""

    CAUSE = "cause"
    SINGLE = "single"


class WebhookFormat(StrEnum):
    """The shape of a webhook's body: the alert's own, or a message of a chat service."""

    STANDARD = "standard"
    SLACK = "slack"
    TEAMS = "teams"


class Category(StrEnum):
    """The six analytical categories; a company may be in several, set by analysts alone (A-00 … A-07)."""

    CIVIL_MILITARY_FUSION = "civil_military_fusion"
    DUE_DILIGENCE = "due_diligence"
    IP_PROTECTION = "ip_protection"
    SME_TRAJECTORY = "sme_trajectory"
    DISCOVERY = "discovery"
    EMERGING_ADVANTAGE = "emerging_advantage"


class OutsideRecord(StrEnum):
    """Kinds of records of others that a company may be linked to (K-01, K-03)."""

    CHINA_DEFENCE_UNIVERSITIES_TRACKER = "china_defence_universities_tracker"
    REGISTRY = "registry"
    ENTITY_LIST = "entity_list"
    OTHER = "other"


class OwnershipRole(StrEnum):
    """What a source names a company as, seen from another one.

    `subsidiary` and `parent` speak of control, `investee` and `shareholder` of a share without it;
    `affiliate` is of one group, with no direction known.
    """

    SUBSIDIARY = "subsidiary"
    PARENT = "parent"
    INVESTEE = "investee"
    SHAREHOLDER = "shareholder"
    AFFILIATE = "affiliate"

    @property
    def seen_from_the_other(self) -> "OwnershipRole":
        """What the other company then is."""
        return _OTHER_ROLES[self]


_OTHER_ROLES = {
    OwnershipRole.SUBSIDIARY: OwnershipRole.PARENT,
    OwnershipRole.PARENT: OwnershipRole.SUBSIDIARY,
    OwnershipRole.INVESTEE: OwnershipRole.SHAREHOLDER,
    OwnershipRole.SHAREHOLDER: OwnershipRole.INVESTEE,
    OwnershipRole.AFFILIATE: OwnershipRole.AFFILIATE,
}


class Caveat(StrEnum):
    """What a reader must be told beside an answer (catalogue §11); texts are in `giants.domain.caveats`."""

    FLOOR_NOT_CEILING = "floor_not_ceiling"
    TAXONOMY_SCOPE = "taxonomy_scope"
    PATENT_COVERAGE = "patent_coverage"
    ONE_INPUT = "one_input"
    STANDALONE_ENTITY = "standalone_entity"
    STARTING_POINT = "starting_point"
    NOT_A_VERDICT = "not_a_verdict"
    CONFIDENCE_NOT_PROBABILITY = "confidence_not_probability"
    STATUS_UNKNOWN = "status_unknown"
    AUTHORITY_UNKNOWN = "authority_unknown"
    NOT_MALIGN = "not_malign"
    OUT_OF_TAXONOMY = "out_of_taxonomy"
    NO_PATENTS = "no_patents"
    SCORE_DERIVED = "score_derived"
    BANDS_ASSUMED = "bands_assumed"
    MAPPING_OWN_WORK = "mapping_own_work"
    PROVISIONAL = "provisional"
    SIGNAL_NOT_FINDING = "signal_not_finding"
    PUBLICATION_LAG = "publication_lag"
    FEW_CLASSIFIED = "few_classified"
    REVIEW_PENDING = "review_pending"
    AS_FILED = "as_filed"
    ASSOCIATION = "association"
    SMALL_NUMBERS = "small_numbers"
