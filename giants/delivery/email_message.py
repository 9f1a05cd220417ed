"""The e-mail of an alert or of a digest, as plain text and as simple HTML."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from itertools import groupby

from giants.delivery.errors import RefusedTargetError
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


def compose(alerts: Sequence[Alert], sender: str, to: str, now: datetime) -> EmailMessage:
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
    message.set_content(_as_text(alerts))
    message.add_alternative(_as_html(alerts), subtype="html")
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
    if len(alerts) > 1:
        return f"{_SUBJECT_PREFIX}{len(alerts)} changes"
    alert = alerts[0]
    about = f" in {alert.technology.replace('-', ' ')}" if alert.technology else ""
    return one_line(
        f"{_SUBJECT_PREFIX}{alert.name} {alert.kind.replace('-', ' ')}{about}", SUBJECT_CHARACTERS_MAX
    )


def _message_id(alerts: Sequence[Alert], sender: str) -> str:
    digest = sha256("\0".join(alert.id for alert in alerts).encode()).hexdigest()
    return f"<{digest[:40]}@{sender.rpartition('@')[2]}>"


def _as_text(alerts: Sequence[Alert]) -> str:
    parts = []
    for watchlist_id, group in groupby(alerts, key=lambda alert: alert.watchlist_id):
        parts.append(f"Watchlist {_shown(watchlist_id)}\n")
        parts.extend(f"* {alert.text}\n" for alert in group)
    return "\n".join([*parts, f"-- \n{_FOOTER}\n"])


def _as_html(alerts: Sequence[Alert]) -> str:
    parts = ['<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>']
    for watchlist_id, group in groupby(alerts, key=lambda alert: alert.watchlist_id):
        items = "".join(_item(alert) for alert in group)
        parts.append(f"<h2>Watchlist {escape(_shown(watchlist_id))}</h2><ul>{items}</ul>")
    parts.append(f"<p><small>{escape(_FOOTER)}</small></p></body></html>")
    return "\n".join(parts)


def _item(alert: Alert) -> str:
    text = escape(alert.text)
    link = alert.link
    # Anything but a web address stays text, since readers click on links.
    if link.startswith(("https://", "http://")):
        shown = escape(link)
        text = text.replace(shown, f'<a href="{shown}">{shown}</a>')
    return f"<li>{text}</li>"


def _shown(watchlist_id: str) -> str:
    return one_line(watchlist_id, SUBJECT_CHARACTERS_MAX)
