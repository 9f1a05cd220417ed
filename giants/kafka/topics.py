"""Every topic: its name, what keys it, how it is spread and kept."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from giants.decoding.facts import SCHEMA_VERSION_HEADER
from giants.settings import Settings
from schemas import changes, facts, portfolios, signals

# Largest value that an input topic takes: a list of 20,000 names fits.
RECORD_BYTES_MAX = 8_000_000
# Largest batch: of an input topic with keys and headers; elsewhere with room for what is made of such an
# input (its dead letter with reason and place, its frame), and for the state that one frame leads to.
INPUT_BATCH_BYTES_MAX = RECORD_BYTES_MAX + 100_000
BATCH_BYTES_MAX = RECORD_BYTES_MAX + 1_000_000
# Headers of an input that its dead letter keeps, so that it can be published again as it was.
KEPT_INPUT_HEADERS = frozenset({"giants-replayed", SCHEMA_VERSION_HEADER})


class TopicRole(StrEnum):
    """Whether a topic is read from others, written for others, or internal."""

    INPUT = "input"
    OUTPUT = "output"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic without its prefix; `partitions` 0 means as many as the settings say."""

    name: str
    role: TopicRole
    key: str
    about: str
    model: type[BaseModel] | None = None
    partitions: int = 0
    compacted: bool = False

    def full_name(self, settings: Settings) -> str:
        """The name with the configured prefix."""
        return settings.topic_prefix + self.name

    def partition_count(self, settings: Settings) -> int:
        """How many partitions the topic has."""
        return self.partitions or settings.partitions


ANNOUNCEMENTS = Topic(
    "announcements.v1",
    TopicRole.INPUT,
    "list_id",
    "Designation, revocation and elevation lists",
    facts.Announcement,
)
REVIEWS = Topic("reviews.v1", TopicRole.INPUT, "list_id", "Review-outcome lists", facts.Review)
NAMES = Topic("names.v1", TopicRole.INPUT, "record_id", "Renames, corrections, English identities")
RECORDS = Topic(
    "records.v1",
    TopicRole.INPUT,
    "record_id",
    "What analysts add: tags with evidence, links to records of others, ownership with its source",
)
FAMILIES = Topic("families.v1", TopicRole.INPUT, "family_id", "Patent-family updates", facts.Family)
TAXONOMIES = Topic("taxonomies.v1", TopicRole.INPUT, "taxonomy", "Taxonomy versions", facts.TaxonomyVersion)
WATCHLISTS = Topic(
    "watchlists.v1",
    TopicRole.INPUT,
    "watchlist_id",
    "Watchlists; null deletes one",
    facts.Watchlist,
    compacted=True,
)
PORTFOLIOS = Topic(
    "portfolios.v1",
    TopicRole.INPUT,
    "portfolio_id",
    "Desks' own lists of counterparties, and judgements of their matches; null deletes a portfolio",
)
SCREENINGS = Topic(
    "screenings.v1",
    TopicRole.INPUT,
    "run_id",
    "Runs of screening: what was asked, what was found, and from which state of the programme",
    portfolios.ScreeningRun,
)
DAYS = Topic(
    "days.v1",
    TopicRole.INPUT,
    "day",
    "Days that have begun: the only clock of the folds",
    facts.Day,
    partitions=1,
)

COMPANIES = Topic(
    "companies.v1",
    TopicRole.OUTPUT,
    "company_id",
    "Latest state of each company",
    changes.CompanySnapshot,
    compacted=True,
)
STATUS_CHANGES = Topic(
    "status-changes.v1",
    TopicRole.OUTPUT,
    "company_id",
    "Changes of status, tier and name, of tags and links",
    changes.StatusChange,
)
EXPOSURES = Topic(
    "exposures.v1",
    TopicRole.OUTPUT,
    "company_id",
    "Latest exposure of each company",
    changes.ExposureSnapshot,
    compacted=True,
)
RATING_CHANGES = Topic(
    "rating-changes.v1", TopicRole.OUTPUT, "company_id", "Changes of ratings", changes.RatingChange
)
SIGNALS = Topic(
    "signals.v1",
    TopicRole.OUTPUT,
    "company_id",
    "Trajectory signals in force for each company; null where there are none",
    signals.SignalsSnapshot,
    compacted=True,
)
SIGNAL_CHANGES = Topic(
    "signal-changes.v1",
    TopicRole.OUTPUT,
    "company_id",
    "Trajectory signals that were raised or cleared",
    changes.SignalChange,
)
LISTS = Topic(
    "lists.v1",
    TopicRole.OUTPUT,
    "list_id",
    "Summary of each list: counts against expectation, who came, passed and left",
    changes.ListSnapshot,
    compacted=True,
)
LIST_CHANGES = Topic(
    "list-changes.v1",
    TopicRole.OUTPUT,
    "list_id",
    "News of lists: published, confirmed, revised; batches complete; removal rates",
    changes.ListChange,
)
ALERTS = Topic(
    "alerts.v1", TopicRole.OUTPUT, "watchlist_id", "Changes that matched a watchlist", changes.Alert
)
PORTFOLIO_MATCHES = Topic(
    "portfolio-matches.v1",
    TopicRole.OUTPUT,
    "portfolio_id",
    "Pairs of an entry of a portfolio and a company: matches, and those for a person to review",
    portfolios.PortfolioMatch,
)
FINDINGS = Topic(
    "findings.v1",
    TopicRole.OUTPUT,
    "finding_id",
    "Data-quality findings in force; null settles one",
    changes.Finding,
    compacted=True,
)
DEAD_LETTERS = Topic(
    "dead-letters.v1",
    TopicRole.OUTPUT,
    "that of the input",
    "Inputs that were refused, with the reason in headers",
)

PROGRAMME_LOG = Topic(
    "log.programme.v1", TopicRole.INTERNAL, "-", "Programme facts in one order", partitions=1
)
FAMILY_LOG = Topic(
    "log.families.v1",
    TopicRole.INTERNAL,
    "-",
    "Frames of families, name assignments and claims to publications",
)
INVENTION_LOG = Topic(
    "log.inventions.v1",
    TopicRole.INTERNAL,
    "-",
    "Frames of claims to publications that several families share",
    partitions=1,
)
DELTA_LOG = Topic(
    "log.deltas.v1", TopicRole.INTERNAL, "-", "Frames of deltas, standings, days and taxonomies"
)
REGISTRY_STATE = Topic(
    "state.registry.v1",
    TopicRole.INTERNAL,
    "-",
    "Position of the registry agent",
    partitions=1,
    compacted=True,
)
PORTFOLIO_STATE = Topic(
    "state.portfolio.v1", TopicRole.INTERNAL, "-", "State of the portfolio agent", compacted=True
)
INVENTIONS_STATE = Topic(
    "state.inventions.v1",
    TopicRole.INTERNAL,
    "-",
    "State of the inventions agent",
    partitions=1,
    compacted=True,
)
EXPOSURE_STATE = Topic(
    "state.exposure.v1", TopicRole.INTERNAL, "-", "State of the exposure agent", compacted=True
)
SIGNALS_STATE = Topic(
    "state.signals.v1", TopicRole.INTERNAL, "-", "State of the signals agent", compacted=True
)
STREAM_STATE = Topic(
    "state.stream.v1",
    TopicRole.INTERNAL,
    "-",
    "Partition count of the state, and how far watch is",
    partitions=1,
    compacted=True,
)

INPUTS = (
    ANNOUNCEMENTS,
    REVIEWS,
    NAMES,
    RECORDS,
    FAMILIES,
    TAXONOMIES,
    WATCHLISTS,
    PORTFOLIOS,
    SCREENINGS,
    DAYS,
)
# Records of these belong to an owner, and may hold secrets and addresses.
PRIVATE_TOPICS = (WATCHLISTS, PORTFOLIOS, SCREENINGS)
OUTPUTS = (
    COMPANIES,
    STATUS_CHANGES,
    EXPOSURES,
    RATING_CHANGES,
    SIGNALS,
    SIGNAL_CHANGES,
    LISTS,
    LIST_CHANGES,
    FINDINGS,
    ALERTS,
    PORTFOLIO_MATCHES,
    DEAD_LETTERS,
)
# What follows from the inputs, and is made again by a rebuild.
DERIVED = (
    PROGRAMME_LOG,
    FAMILY_LOG,
    INVENTION_LOG,
    DELTA_LOG,
    REGISTRY_STATE,
    PORTFOLIO_STATE,
    INVENTIONS_STATE,
    EXPOSURE_STATE,
    SIGNALS_STATE,
)
INTERNALS = (*DERIVED, STREAM_STATE)
ALL = INPUTS + OUTPUTS + INTERNALS
