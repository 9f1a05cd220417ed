"""`giants tail`: changes as they happen."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.text import Text

from giants.cli.output import CommandError, Json, note, out, print_json
from giants.cli.signals import stop_on_signals
from giants.cli.target import Api, api_url, broker_settings
from giants.kafka import topics
from giants.kafka.follow import Follower
from giants.settings import Settings

EXAMPLES = (
    "Examples: `giants tail` · `giants tail --only alerts --json` · `giants tail --from-start --limit 20`"
)
NAMES_KEPT_MAX = 10_000

BAND_COLOURS = {
    "very_weak": "bright_black",
    "weak": "cyan",
    "moderate": "yellow",
    "strong": "magenta",
    "very_strong": "red",
}
KIND_COLOURS = {
    "designated": "green",
    "renominated": "green",
    "review-passed": "green",
    "elevated": "bright_green",
    "decertified": "red",
    "revoked": "red",
    "status-unknown": "yellow",
}
Names = Callable[[str], tuple[str, str | None]]


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
        if from_start:
            follower.rewind()
        else:
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
    """A look-up of a company's Chinese and English name; the id stands in where no API answers."""
    url = api_url(settings)
    api = Api(url, settings.api_key) if url is not None else None

    @lru_cache(maxsize=NAMES_KEPT_MAX)
    def ask(company_id: str) -> tuple[str, str | None]:
        found = api.find(f"/companies/{company_id}") if api is not None else None
        if found is None:
            raise LookupError(company_id)  # not kept: it may be there a moment later
        return found["name"], found.get("name_en")

    def names(company_id: str) -> tuple[str, str | None]:
        try:
            return ask(company_id)
        except (LookupError, CommandError, httpx.HTTPError):
            return company_id, None

    return names


def line(topic: str, change: dict[str, Any], names: Names) -> Text:
    """One change in one line: instant, kind, company in both languages, what changed, because of what."""
    if topic == topics.ALERTS.name:
        text = _started(change, "alert", "bright_yellow")
        return text.append(f"{change['watchlist_id']}: {change['text']}")
    if topic == topics.RATING_CHANGES.name:
        return _rating(change, *names(change["company_id"]))
    if topic == topics.SIGNAL_CHANGES.name:
        return _signal(change, *names(change["company_id"]))
    return _status(change)


def _status(change: dict[str, Any]) -> Text:
    kind = change["kind"]
    text = _started(change, kind, KIND_COLOURS.get(kind, "blue"))
    _company(text, change["name"], change["name_en"])
    previous, current = change["previous"], change["current"]
    before, after = (state["status"] if state else "–" for state in (previous, current))
    if previous and current and previous["name"] != current["name"]:
        text.append(f"formerly {previous['name']}")
    else:
        text.append(f"{before} → {after}" if before != after else after)
    if change["reason"]:
        text.append(f", {change['reason'].replace('_', ' ')}")
    return _because(text, change)


def _rating(change: dict[str, Any], name: str, name_en: str | None) -> Text:
    text = _started(change, "rating", "bright_blue")
    _company(text, name, name_en)
    text.append(f"{change['technology']}: ")
    _rated(text, change["previous"]).append(" → ")
    _rated(text, change["current"])
    return _because(text, change)


def _signal(change: dict[str, Any], name: str, name_en: str | None) -> Text:
    text = _started(change, change["kind"], "bright_magenta")
    _company(text, name, name_en)
    about = f" in {change['technology']}" if change["technology"] else ""
    text.append(f"{change['signal'].replace('-', ' ')}{about}: {change['text']}")
    return _because(text, change)


def _rated(text: Text, rating: dict[str, Any] | None) -> Text:
    if rating is None:
        return text.append("unrated", style="dim")
    band = rating["band"]
    text.append(band.replace("_", " "), style=BAND_COLOURS.get(band, ""))
    return text.append(f" {rating['score']:.1f} {rating['profile']}")


def _started(change: dict[str, Any], kind: str, colour: str) -> Text:
    at = datetime.fromisoformat(change["at"]).astimezone(UTC)
    text = Text(f"{at:%Y-%m-%d %H:%M:%S}Z ", style="")
    text.append(f"{kind:<15} ", style=f"bold {colour}")
    return text


def _company(text: Text, name: str, name_en: str | None) -> None:
    text.append(name, style="bold")
    text.append(f" · {name_en}  " if name_en else "  ")


def _because(text: Text, change: dict[str, Any]) -> Text:
    cause = change["cause"]
    return text.append(f"  ({cause['kind']} {cause['ref']})", style="dim")
