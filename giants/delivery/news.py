"""What a message to people says: alerts of one piece of news as one item, for mail and for chats alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from giants.domain.watch import group_of, group_sentence
from giants.domain.watch.sentence import cause_in_words, shown_company
from giants.domain.watch.text import one_line
from schemas.changes import Alert

HEADLINE_CHARACTERS_MAX = 150
FOOTER: Final = "Ratings and statuses are one input into an assessment, not a verdict."
_PREFIX = "Little Giants: "


@dataclass(frozen=True, slots=True)
class NewsContext:
    """The address of the dashboard, and how many alerts of a group went to the address before."""

    link_base: str = ""
    earlier: Mapping[str, int] = field(default_factory=dict)


NO_CONTEXT: Final = NewsContext()


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One piece of news: its sentence, its link, and the members that are shown under it."""

    text: str
    link: str
    members: tuple[str, ...] = ()
    more: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands under the sentence: the first members, and how many more there are."""
        return (*self.members, f"and {self.more:,} more") if self.more else self.members

    @property
    def has_web_link(self) -> bool:
        """Whether readers may click on the link: anything but a web address stays text."""
        return self.link.startswith(("https://", "http://"))


def headline(alerts: Sequence[Alert]) -> str:
    """One line that says what the message holds."""
    groups = _groups(alerts)
    alert = alerts[0]
    companies = len({one.company_id for one in alerts if one.company_id})
    if len(groups) > 1:
        return f"{_PREFIX}{len(groups):,} changes"
    if companies > 1:
        about = f"{companies:,} companies, {cause_in_words(alert.change.cause)}"
        return one_line(f"{_PREFIX}{about}", HEADLINE_CHARACTERS_MAX)
    about = f" in {alert.technology.replace('-', ' ')}" if alert.technology else ""
    return one_line(f"{_PREFIX}{alert.name} {alert.kind.replace('-', ' ')}{about}", HEADLINE_CHARACTERS_MAX)


def by_watchlist(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    """Alerts by the id of their watchlist, in the order of the first of each."""
    return _by(alerts, lambda alert: alert.watchlist_id)


def news_items(alerts: Sequence[Alert], context: NewsContext) -> list[NewsItem]:
    """One item for each group of alerts, in the order of the first of each."""
    return [_item_of(group, context) for group in _groups(alerts)]


def _groups(alerts: Sequence[Alert]) -> list[list[Alert]]:
    return list(_by(alerts, lambda alert: alert.group_id or alert.id).values())


def _by(alerts: Sequence[Alert], key: Callable[[Alert], str]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(key(alert), []).append(alert)
    return found


def _item_of(alerts: Sequence[Alert], context: NewsContext) -> NewsItem:
    if len(alerts) == 1:
        return NewsItem(alerts[0].text, alerts[0].link)
    group = group_of(alerts, context.link_base, context.earlier.get(alerts[0].group_id, 0))
    text = group_sentence(alerts, group)
    if group.companies < 2:
        return NewsItem(text, group.link)
    members = tuple(
        f"{shown_company(one.name, one.name_en, one.name_reading)}: {one.kind.replace('-', ' ')}"
        for one in group.sample
        if one.company_id
    )
    return NewsItem(text, group.link, members, group.members - len(group.sample))
