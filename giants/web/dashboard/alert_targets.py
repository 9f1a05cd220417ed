"""What alerts are of: watchlists and portfolios by their names, with the pages that show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from giants.counterparties.book import GROUP_PREFIX
from giants.store.client import Database
from giants.store.queries.inbox import portfolio_names, watchlist_names
from giants.web.dashboard.rendering import query, segment


@dataclass(frozen=True, slots=True)
class AlertTarget:
    """What an alert is of; `address` is empty for what was deleted since."""

    kind: str
    name: str
    address: str


def alert_targets(database: Database, watchlist_ids: Iterable[str], owner: str) -> dict[str, AlertTarget]:
    """The targets of some alerts by the id of their watchlist; what is not the owner's counts as deleted."""
    ids = set(watchlist_ids)
    of_portfolios = {one: one.removeprefix(GROUP_PREFIX) for one in ids if one.startswith(GROUP_PREFIX)}
    portfolios = portfolio_names(database, of_portfolios.values(), owner)
    watchlists = watchlist_names(database, ids.difference(of_portfolios), owner)
    found: dict[str, AlertTarget] = {}
    for id_ in ids:
        of_portfolio = of_portfolios.get(id_)
        if of_portfolio is None:
            name, address = watchlists.get(id_), f"/watchlists/{segment(id_)}"
        else:
            name, address = portfolios.get(of_portfolio), f"/inbox{query(portfolio=of_portfolio)}"
        kind = "watchlist" if of_portfolio is None else "portfolio"
        found[id_] = AlertTarget(kind, name or of_portfolio or id_, address if name else "")
    return found
