"""Alerts, targets and instants for tests of delivery."""

from base64 import b64encode
from datetime import UTC, datetime

from giants.domain.watch import alert_for
from schemas.base import AuthorityCode
from schemas.changes import Alert, Cause
from schemas.facts import Email, Watchlist, Webhook
from tests.domain.watchlists import company, rating_change, status_change

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BASE = "https://giants.example"
BY_CAUSE = Watchlist(watchlist_id="w-1", owner="desk-a")
SECRET, OTHER_SECRET = (f"whsec_{b64encode(bytes(range(first, first + 32))).decode()}" for first in (0, 100))


def alert(number: int = 1, watchlist_id: str = "w-1") -> Alert:
    """An alert of its own, with its own cause, for each number and watchlist."""
    watchlist = Watchlist(watchlist_id=watchlist_id, owner="desk-a")
    cause = Cause(kind="family", ref=f"{number}@1")
    change = rating_change(id=f"change-{number}", seq=number, cause=cause)
    return alert_for(watchlist, change, company(), "https://giants.example")


def listed(number: int, ref: str = "2026-b8-zj@1", watchlist: Watchlist = BY_CAUSE) -> Alert:
    """An alert that the company of a number was designated by a list."""
    name = f"浙江星辰{number:04}科技有限公司"
    change = status_change(
        id=f"{ref}-{number}",
        company_id=f"c-{number}",
        name=name,
        cause=Cause(kind="designation", ref=ref),
        batches=(8,),
        authority=AuthorityCode.ZJ,
    )
    return alert_for(watchlist, change, company(company_id=f"c-{number}", name=name), BASE)


def webhook(url: str = "https://hooks.example/token-in-path", secret: str = SECRET) -> Webhook:
    return Webhook(kind="webhook", url=url, secret=secret)


def daily(to: str = "desk@mail.example") -> Email:
    return Email(kind="email", to=to, digest="daily")


def immediate(to: str = "desk@mail.example") -> Email:
    return Email(kind="email", to=to, digest="immediate")
