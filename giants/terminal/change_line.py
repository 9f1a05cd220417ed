"""A change or an alert as one line of a terminal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from giants.kafka import topics

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
# From the id of a company to its Chinese and its English name.
Names = Callable[[str], tuple[str, str | None]]


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
