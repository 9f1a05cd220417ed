"""The e-mail of an alert or of a digest, as plain text and as simple HTML.

Alerts of one piece of news are one item: what happened to how many and why, the first of them, and a link to
all.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from giants.delivery.errors import RefusedTargetError
from giants.delivery.news import (
    FOOTER,
    HEADLINE_CHARACTERS_MAX,
    NO_CONTEXT,
    NewsContext,
    NewsItem,
    by_watchlist,
    headline,
    news_items,
)
from giants.domain.watch.text import one_line
from schemas.changes import Alert

ADDRESS_CHARACTERS_MAX = 254
# Chinese names are encoded: not every mail server takes 8-bit text.
_POLICY = SMTP.clone(cte_type="7bit")
# An address as browsers accept it: no quoting, comments or lists, which a header would have to escape.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_FOOTER = f"You receive this because a watchlist names your address. {FOOTER}"


def compose(
    alerts: Sequence[Alert],
    sender: str,
    to: str,
    now: datetime,
    context: NewsContext = NO_CONTEXT,
) -> EmailMessage:
    """One message for some alerts, at least one, in the order given.

    The Message-ID follows from the ids of the alerts: what is sent again is recognised as the same. Raises
    `RefusedTargetError` where an address is not a plain one.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = checked_address(sender)
    message["To"] = checked_address(to)
    message["Subject"] = headline(alerts)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = _message_id(alerts, sender)
    message["Auto-Submitted"] = "auto-generated"
    items = {
        watchlist_id: news_items(of_one, context) for watchlist_id, of_one in by_watchlist(alerts).items()
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


def _message_id(alerts: Sequence[Alert], sender: str) -> str:
    digest = sha256("\0".join(alert.id for alert in alerts).encode()).hexdigest()
    return f"<{digest[:40]}@{sender.rpartition('@')[2]}>"


def _as_text(items: Mapping[str, Sequence[NewsItem]]) -> str:
    parts = []
    for watchlist_id, of_one in items.items():
        parts.append(f"Watchlist {_shown(watchlist_id)}\n")
        parts += [
            "\n".join([f"* {item.text}", *(f"  - {line}" for line in item.lines), ""]) for item in of_one
        ]
    return "\n".join([*parts, f"-- \n{_FOOTER}\n"])


def _as_html(items: Mapping[str, Sequence[NewsItem]]) -> str:
    parts = ['<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>']
    for watchlist_id, of_one in items.items():
        shown = "".join(map(_html_of, of_one))
        parts.append(f"<h2>Watchlist {escape(_shown(watchlist_id))}</h2><ul>{shown}</ul>")
    parts.append(f"<p><small>{escape(_FOOTER)}</small></p></body></html>")
    return "\n".join(parts)


def _html_of(item: NewsItem) -> str:
    text = escape(item.text)
    if item.has_web_link:
        shown = escape(item.link)
        text = text.replace(shown, f'<a href="{shown}">{shown}</a>')
    members = "".join(f"<li>{escape(line)}</li>" for line in item.lines)
    return f"<li>{text}{f'<ul>{members}</ul>' if members else ''}</li>"


def _shown(watchlist_id: str) -> str:
    return one_line(watchlist_id, HEADLINE_CHARACTERS_MAX)
