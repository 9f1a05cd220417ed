"""Every command: the module and function that add it, and its summary in the list of commands.

The summaries are here, so that `giants --help` imports no command; a test compares them with the commands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """A module of this package, and its function that adds the command."""

    module: str
    line: str
    register: str = "register"
    hidden: bool = False


# In the order of the list: commands first, then groups of commands.
COMMANDS: Final[Mapping[str, Command]] = {
    "demo": Command(
        "demo", "Watch Little Giants being designated, reviewed and rated, on a stack of its own."
    ),
    "seed": Command(
        "seed",
        "Write made-up lists, names, families and records to try the system with, and say what to type next.",
    ),
    "up": Command("up", "Run broker, workers, store and API on this machine until interrupted."),
    "ingest": Command("ingest", "Read files and publish what they say; the same file again changes nothing."),
    "tail": Command("tail", "Follow changes of status, rating and signals, and alerts, until interrupted."),
    "company": Command(
        "company", "Show a company: names, status with its history, ratings, and what analysts add."
    ),
    "screen": Command(
        "screen", "Screen a list of names: which are Little Giants, with status, batches and technologies."
    ),
    "explain": Command("explain", "Show how the score of a company in a technology is made."),
    "history": Command(
        "movements", "Show what was announced of a company in a technology, newest first.", "register_history"
    ),
    "movers": Command(
        "movements",
        "Show what rose and fell furthest; by default in the thirty days up to the newest change.",
        "register_movers",
    ),
    "predict": Command(
        "predict",
        "Compare signals before reviews with the outcomes: precision, recall and lift, with intervals.",
    ),
    "signals": Command(
        "trajectory",
        "List the signals in force: focus drift, filings drying up, reviews due, elevation candidates.",
    ),
    "mcp": Command(
        "mcp", "Answer a program that speaks the Model Context Protocol over stdin and stdout; read only."
    ),
    "export": Command("export", "Write a whole table: companies, exposures, changes, facts and more."),
    "rebuild": Command(
        "rebuild",
        "Compute all state again from the journal; readers switch over when it is complete.",
    ),
    "backup": Command(
        "backup",
        "Write a backup: facts, changes, dead letters, alerts, epochs, "
        "and the queue and keys of this machine.",
        "register_backup",
    ),
    "restore": Command(
        "backup",
        "Restore a backup into an empty database and data folder, while nothing of the stack runs.",
        "register_restore",
    ),
    "cohorts": Command(
        "cohorts",
        "Count, for each batch and review year, who was due, passed, removed, unknown, designated again.",
    ),
    "schema": Command("schema", "Print the schema of a topic, or write all documents."),
    "doctor": Command(
        "doctor", "Check settings, versions and connections, and say what to do about each problem."
    ),
    "worker": Command(
        "worker", "Run one worker: intake and agents. Start as many as the topics have partitions."
    ),
    "store": Command(
        "service", "Store every fact and change in ClickHouse, until interrupted.", "register_store"
    ),
    "api": Command(
        "service",
        "Serve the HTTP API, and the store with it where ClickHouse is embedded, until interrupted.",
        "register_api",
    ),
    "delivery": Command(
        "service",
        "Deliver alerts to webhooks and by e-mail, until interrupted; one process for each data folder.",
        "register_delivery",
    ),
    "serve": Command(
        "serve",
        "Run store and API; with --replay, publish the journal to a broker that has forgotten it.",
        hidden=True,
    ),
    "coverage": Command(
        "coverage",
        "Show which lists were ingested, by authority, batch and review year, and which are outstanding.",
    ),
    "programme": Command(
        "programme",
        "Show what is known of the programme: aims, ladder, benefits, thresholds, the cycle, with sources.",
    ),
    "watchlists": Command("watchlists", "List the watchlists: owner, what they watch, and where alerts go."),
    "rules": Command(
        "rules", "Say what codes such as X-04 stand for: the catalogue of rules, one sentence each."
    ),
    "topics": Command("topics", "List every topic with its key, partitions and meaning."),
    "epochs": Command("epochs", "Epochs, each a reading of the journal, and which of them is served."),
    "days": Command("days", "Days that have begun: withdraw one that a wrong clock published."),
    "names": Command("names", "Names of companies: consolidations, proposals, quality."),
    "taxonomy": Command("taxonomy", "The mapping of technologies to CPC symbols."),
    "cpc": Command("cpc", "Editions of the CPC scheme: titles, retired symbols."),
    "keys": Command(
        "keys", "Keys of the HTTP API. While there are none, it answers requests from this machine only."
    ),
    "portfolios": Command("portfolios", "Your own counterparties, watched and judged."),
    "screenings": Command("screenings", "Runs of screening, for an auditor."),
    "lists": Command("lists", "Lists that were ingested, by id and revision."),
    "dead-letters": Command("dead_letters", "Inputs that were refused, with the reason."),
    "deliveries": Command("deliveries", "Alerts on their way to webhooks and mail addresses."),
}
