"""Alerts, targets and instants for tests of delivery."""

from base64 import b64encode
from datetime import UTC, datetime

from giants.domain.watch import alert_for
from schemas.changes import Alert
from schemas.facts import Email, Watchlist, Webhook
from tests.domain.watchlists import company, rating_change

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SECRET, OTHER_SECRET = (f"whsec_{b64encode(bytes(range(first, first + 32))).decode()}" for first in (0, 100))


def alert(number: int = 1, watchlist_id: str = "w-1") -> Alert:
    """An alert of its own for each number and watchlist."""
    watchlist = Watchlist(watchlist_id=watchlist_id, owner="desk-a")
    change = rating_change(id=f"change-{number}", seq=number)
    return alert_for(watchlist, change, company(), "https://giants.example")


def webhook(url: str = "https://hooks.example/token-in-path", secret: str = SECRET) -> Webhook:
    return Webhook(kind="webhook", url=url, secret=secret)


def daily(to: str = "desk@mail.example") -> Email:
    return Email(kind="email", to=to, digest="daily")


def immediate(to: str = "desk@mail.example") -> Email:
    return Email(kind="email", to=to, digest="immediate")
