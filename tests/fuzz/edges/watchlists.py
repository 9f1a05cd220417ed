"""Watchlists as JSON: refused with a reason, or matched, told in alerts, and deleted without a trace.

The first byte chooses the change that they meet, the rest is the watchlist.
"""

from collections.abc import Iterator

from giants.decoding.facts import WATCHLISTS, FactError, read_fact
from giants.domain.watch import CompanyContext, Watch, alert_for
from schemas.changes import CompanySnapshot, RatingChange, StatusChange
from schemas.facts import Watchlist
from tests.agents.hostile import EXAMPLES, as_json
from tests.store.builders import company, rating_change, status_change

_CONTEXT = CompanyContext.from_snapshot(CompanySnapshot.model_validate(company("lg-1")))
_CHANGES = (
    StatusChange.model_validate(status_change("lg-1", 1)),
    StatusChange.model_validate(status_change("lg-1", 2, "renamed")),
    RatingChange.model_validate(rating_change("lg-1", 1)),
)
_DASHBOARD = "https://giants.example"
_WEBHOOK = {"kind": "webhook", "url": "https://desk.example/alerts", "secret": "whsec_" + "c2VjcmV0" * 4}


def seeds() -> Iterator[bytes]:
    """The example, one with every condition, and one that is delivered."""
    yield b"\x00" + as_json(EXAMPLES[WATCHLISTS])
    whole = EXAMPLES[WATCHLISTS] | {
        "technologies": ["radar"],
        "authorities": ["ZJ"],
        "batches": [2, 7],
        "events": ["designated", "rating-changed"],
        "include_backfill": True,
        "deliver": [_WEBHOOK, {"kind": "email", "to": "desk@desk.example", "digest": "daily"}],
    }
    yield b"\x01" + as_json(whole)
    yield b"\x02" + as_json({"watchlist_id": "w", "owner": "desk", "deliver": [_WEBHOOK]})


def one_input(data: bytes) -> None:
    """Take the watchlist in, meet a change, write the alert, and take the watchlist out again."""
    if not data:
        return
    try:
        watchlist = read_fact(WATCHLISTS, data[1:], None)
    except FactError as error:
        if not str(error):
            raise RuntimeError("a refusal that says nothing") from error
        return
    if not isinstance(watchlist, Watchlist):
        raise TypeError(f"expected a watchlist, got {watchlist!r}")
    if watchlist != read_fact(WATCHLISTS, watchlist.model_dump_json(by_alias=True).encode(), None):
        raise RuntimeError(f"written and read again it is another: {watchlist}")
    change = _CHANGES[data[0] % len(_CHANGES)]
    watch = Watch()
    watch.put(watchlist)
    if watch.match(change, _CONTEXT):
        alert_for(watchlist, change, _CONTEXT, _DASHBOARD).model_dump_json()
    watch.delete(watchlist.watchlist_id)
    if len(watch) or watch.match(change, _CONTEXT):
        raise RuntimeError(f"it is still there: {watchlist}")
