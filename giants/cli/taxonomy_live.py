"""Live portfolios for `giants taxonomy`: rated under two taxonomies, held against editions, taken apart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from giants.cli.cpc import text_table
from giants.cli.tables import rows
from giants.cli.target import Api, api_url
from giants.domain.exposure import METHODOLOGIES, Methodology
from giants.domain.rating import Rating
from giants.domain.taxonomy_diff import Portfolio
from giants.domain.taxonomy_live import SymbolCount, UnknownSymbols
from giants.terminal.output import out, read_settings, say
from schemas.codes import Band, Profile

UNKNOWN_SHOWN_MAX: Final = 30


def stack_runs() -> bool:
    """Whether the settings name an API, or a stack runs on the data folder."""
    return api_url(read_settings()) is not None


def live_portfolios() -> tuple[list[Portfolio], dict[str, str]]:
    """Give the portfolios of the running stack, by id of company, and the names of the companies."""
    families: Counter[str] = Counter()
    classified: Counter[str] = Counter()
    tallies: dict[str, Counter[str]] = {}
    with Api.of_stack() as api:
        for row in rows(api, "portfolio"):
            families[row["company_id"]] += 1
            classified[row["company_id"]] += bool(row["symbols"])
            tallies.setdefault(row["company_id"], Counter()).update(row["symbols"])
        names = {row["company_id"]: row["name"] for row in rows(api, "companies")}
    portfolios = [Portfolio(id_, families[id_], classified[id_], tallies[id_]) for id_ in sorted(tallies)]
    return portfolios, names


def live_ratings() -> dict[str, dict[str, Rating]]:
    """Give the ratings that the running stack has announced, by id of company and technology."""
    ratings: dict[str, dict[str, Rating]] = {}
    with Api.of_stack() as api:
        for row in rows(api, "exposures"):
            if row["band"] is not None:
                rating = Rating(row["score"], Band(row["band"]), Profile(row["profile"]))
                ratings.setdefault(row["company_id"], {})[row["technology"]] = rating
    return ratings


def live_methodology() -> Methodology:
    """Give the methodology that the running stack follows, as the settings say."""
    return METHODOLOGIES[read_settings().methodology]


def counts_of(portfolios: Iterable[Portfolio]) -> list[SymbolCount]:
    """Count each symbol over portfolios."""
    instances: Counter[str] = Counter()
    companies: Counter[str] = Counter()
    for portfolio in portfolios:
        instances.update(portfolio.tallies)
        companies.update(portfolio.tallies.keys())
    return [SymbolCount(symbol, count, companies[symbol]) for symbol, count in instances.items()]


def unknown_as_dict(found: UnknownSymbols) -> Mapping[str, Any]:
    """For `--json`."""
    return {
        "editions": found.editions,
        "instances": found.instances,
        "unknown_instances": found.unknown_instances,
        "untaken_instances": found.untaken_instances,
        "by_subclass": found.by_subclass(),
        "symbols": [
            {
                "symbol": one.symbol,
                "instances": one.instances,
                "companies": one.companies,
                "technologies": one.technologies,
            }
            for one in found.symbols
        ],
    }


def show_unknown(found: UnknownSymbols) -> None:
    """For people."""
    say(
        f"live portfolios: {found.unknown_instances:,} of {found.instances:,} instances carry "
        f"{len(found.symbols):,} symbols that no known edition has ({', '.join(found.editions)}); "
        f"{found.untaken_instances:,} of them are taken by no technology"
    )
    if not found.symbols:
        return
    new = ", ".join(f"{subclass} {count:,}" for subclass, count in list(found.by_subclass().items())[:12])
    say(f"by subclass: {new}")
    values = (
        (one.symbol, one.instances, one.companies, ", ".join(one.technologies))
        for one in found.symbols[:UNKNOWN_SHOWN_MAX]
    )
    out().print(
        text_table("symbols of no known edition", ("symbol", "instances", "companies", "taken by"), values)
    )
    if len(found.symbols) > UNKNOWN_SHOWN_MAX:
        say(f"… {len(found.symbols) - UNKNOWN_SHOWN_MAX:,} more: --json shows all")
