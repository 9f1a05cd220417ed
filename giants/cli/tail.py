"""`giants tail`: changes as they happen."""

import threading
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import httpx
import orjson
import typer

from giants.cli.signals import stop_on_signals
from giants.cli.target import Api, api_url, broker_settings
from giants.kafka import topics
from giants.kafka.topic_reader import Follower
from giants.settings import Settings
from giants.terminal.change_line import Names, line
from giants.terminal.output import CommandError, Json, note, out, print_json

EXAMPLES = (
    "Examples: `giants tail` · `giants tail --only alerts --json` · `giants tail --from-start --limit 20`"
)
NAMES_CACHED_MAX = 10_000


class Feed(StrEnum):
    """What can be followed."""

    STATUS = "status-changes"
    RATINGS = "rating-changes"
    SIGNALS = "signal-changes"
    ALERTS = "alerts"


_TOPICS = {
    Feed.STATUS: topics.STATUS_CHANGES,
    Feed.RATINGS: topics.RATING_CHANGES,
    Feed.SIGNALS: topics.SIGNAL_CHANGES,
    Feed.ALERTS: topics.ALERTS,
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(tail)


def tail(
    only: Annotated[list[Feed] | None, typer.Option(help="Only these; all without it.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with the oldest change.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many changes.")] = None,
    json: Json = False,
) -> None:
    """Follow changes of status, rating and signals, and alerts, until interrupted."""
    settings = broker_settings()
    stop = threading.Event()
    stop_on_signals(stop)
    names = names_from_api(settings)
    with Follower(settings, [_TOPICS[feed] for feed in only or Feed]) as follower:
        if not from_start:
            follower.skip_to_end()
            note("following; Ctrl-C ends")
        seen = 0
        for message in follower.onwards(stop):
            if message.value is None:
                continue
            change = orjson.loads(message.value)
            if json:
                print_json({"topic": message.topic, **change})
            else:
                out().print(line(message.topic, change, names), soft_wrap=True)
            seen += 1
            if seen == limit:
                return


def names_from_api(settings: Settings) -> Names:
    """A look-up of a company's Chinese and English name; gives the id where no API answers."""
    url = api_url(settings)
    api = Api(url, settings.api_key) if url is not None else None

    @lru_cache(maxsize=NAMES_CACHED_MAX)
    def ask(company_id: str) -> tuple[str, str | None]:
        found = api.find(f"/companies/{company_id}") if api is not None else None
        if found is None:
            raise LookupError(company_id)  # not cached: the company may be stored a moment later
        return found["name"], found.get("name_en")

    def names(company_id: str) -> tuple[str, str | None]:
        try:
            return ask(company_id)
        except (LookupError, CommandError, httpx.HTTPError):
            return company_id, None

    return names
