"""The e-mail of an alert or of a digest, as plain text and as simple HTML.

Alerts of one piece of news are one item: what happened to how many and why, the first of them, and a link to
all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Final

from giants.delivery.errors import RefusedTargetError
from giants.domain.watch import group_of, group_sentence
from giants.domain.watch.sentence import cause_in_words, shown_company
from giants.domain.watch.text import one_line
from schemas.changes import Alert

SUBJECT_CHARACTERS_MAX = 150
ADDRESS_CHARACTERS_MAX = 254
# Chinese names are encoded: not every mail server takes 8-bit text.
_POLICY = SMTP.clone(cte_type="7bit")
_SUBJECT_PREFIX = "Little Giants: "
# An address as browsers accept it: no quoting, comments or lists, which a header would have to escape.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_FOOTER = (
    "You receive this because a watchlist names your address. "
    "Ratings and statuses are one input into an assessment, not a verdict."
)


@dataclass(frozen=True, slots=True)
class GroupContext:
    """The address of the dashboard, and how many alerts of a group went to the address before."""

    link_base: str = ""
    earlier: Mapping[str, int] = field(default_factory=dict)


NO_CONTEXT: Final = GroupContext()


@dataclass(frozen=True, slots=True)
class _Item:
    """One piece of news: its sentence, its link, and the members that are shown under it."""

    text: str
    link: str
    members: tuple[str, ...] = ()
    more: int = 0


def compose(
    alerts: Sequence[Alert],
    sender: str,
    to: str,
    now: datetime,
    context: GroupContext = NO_CONTEXT,
) -> EmailMessage:
    """One message for some alerts, at least one, in the order given.

    The Message-ID follows from the ids of the alerts: what is sent again is recognised as the same. Raises
    `RefusedTargetError` where an address is not a plain one.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = checked_address(sender)
    message["To"] = checked_address(to)
    message["Subject"] = subject(alerts)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = _message_id(alerts, sender)
    message["Auto-Submitted"] = "auto-generated"
    items = {
        watchlist_id: [_item_of(group, context) for group in _groups(of_one)]
        for watchlist_id, of_one in _by(alerts, lambda alert: alert.watchlist_id).items()
    }
    message.set_content(_as_text(items))
    message.add_alternative(_as_html(items), subtype="html")
    return message


def checked_address(address: str) -> str:
    """The address, where it is one that can stand in a header as it is."""
    if len(address) > ADDRESS_CHARACTERS_MAX or _ADDRESS.fullmatch(address) is None:
        raise RefusedTargetError(
            "got an e-mail address with unusual characters, expected name@domain in ASCII"
        )
    return address


def subject(alerts: Sequence[Alert]) -> str:
    """One line that says what the message holds."""
    groups = _groups(alerts)
    alert = alerts[0]
    companies = len({one.company_id for one in alerts if one.company_id})
    if len(groups) > 1:
        return f"{_SUBJECT_PREFIX}{len(groups):,} changes"
    if companies > 1:
        about = f"{companies:,} companies, {cause_in_words(alert.change.cause)}"
        return one_line(f"{_SUBJECT_PREFIX}{about}", SUBJECT_CHARACTERS_MAX)
    about = f" in {alert.technology.replace('-', ' ')}" if alert.technology else ""
    return one_line(
        f"{_SUBJECT_PREFIX}{alert.name} {alert.kind.replace('-', ' ')}{about}", SUBJECT_CHARACTERS_MAX
    )


def _message_id(alerts: Sequence[Alert], sender: str) -> str:
    digest = sha256("\0".join(alert.id for alert in alerts).encode()).hexdigest()
    return f"<{digest[:40]}@{sender.rpartition('@')[2]}>"


def _groups(alerts: Sequence[Alert]) -> list[list[Alert]]:
    return list(_by(alerts, lambda alert: alert.group_id or alert.id).values())


def _by(alerts: Sequence[Alert], key: Callable[[Alert], str]) -> dict[str, list[Alert]]:
    """Alerts by a key, in the order of the first of each."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(key(alert), []).append(alert)
    return found


def _item_of(alerts: Sequence[Alert], context: GroupContext) -> _Item:
    if len(alerts) == 1:
        return _Item(alerts[0].text, alerts[0].link)
    group = group_of(alerts, context.link_base, context.earlier.get(alerts[0].group_id, 0))
    text = group_sentence(alerts, group)
    if group.companies < 2:
        return _Item(text, group.link)
    members = tuple(
        f"{shown_company(one.name, one.name_en, one.name_reading)}: {one.kind.replace('-', ' ')}"
        for one in group.sample
        if one.company_id
    )
    return _Item(text, group.link, members, group.members - len(group.sample))


def _as_text(items: Mapping[str, Sequence[_Item]]) -> str:
    parts = []
    for watchlist_id, of_one in items.items():
        parts.append(f"Watchlist {_shown(watchlist_id)}\n")
        for item in of_one:
            more = [f"and {item.more:,} more"] if item.more else []
            parts.append("\n".join([f"* {item.text}", *(f"  - {one}" for one in (*item.members, *more)), ""]))
    return "\n".join([*parts, f"-- \n{_FOOTER}\n"])


def _as_html(items: Mapping[str, Sequence[_Item]]) -> str:
    parts = ['<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>']
    for watchlist_id, of_one in items.items():
        shown = "".join(map(_html_of, of_one))
        parts.append(f"<h2>Watchlist {escape(_shown(watchlist_id))}</h2><ul>{shown}</ul>")
    parts.append(f"<p><small>{escape(_FOOTER)}</small></p></body></html>")
    return "\n".join(parts)


def _html_of(item: _Item) -> str:
    text = escape(item.text)
    # Anything but a web address stays text, since readers click on links.
    if item.link.startswith(("https://", "http://")):
        shown = escape(item.link)
        text = text.replace(shown, f'<a href="{shown}">{shown}</a>')
    more = [f"and {item.more:,} more"] if item.more else []
    members = "".join(f"<li>{escape(one)}</li>" for one in (*item.members, *more))
    return f"<li>{text}{f'<ul>{members}</ul>' if members else ''}</li>"


def _shown(watchlist_id: str) -> str:
    return one_line(watchlist_id, SUBJECT_CHARACTERS_MAX)
