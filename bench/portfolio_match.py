"""What a change costs with one portfolio and with a hundred, and what a million entries take.

    python -m bench.portfolio_match                # 1 and 100 portfolios of 10,000 names
    python -m bench.portfolio_match --entries 1000000

Names are made of places, brands and trades, each portfolio its own; one name in a thousand is that of a
company of the programme. Times are seconds of a processor, so that other work on the machine does not count.
"""

import argparse
import asyncio
import random
import resource
import time
from collections.abc import Iterator
from typing import Final

import orjson

from agents.counterparties import Counterparties
from giants.domain.watch import CompanyContext
from giants.settings import Settings
from schemas.portfolios import Counterparty, PortfolioEntries
from tests.domain.watchlists import status_change
from tests.store.builders import company

COMPANIES: Final = 2_000
NAMES: Final = 10_000
CHANGES: Final = 300
SEED: Final = 20
PLACES: Final = ("宁波", "上海", "深圳市", "成都", "洛阳", "青岛", "西安", "武汉", "苏州", "大连")
TRADES: Final = ("气动机械", "电子科技", "光电科技", "精密仪器", "新材料", "生物医药", "自动化设备")
FIRST, LAST = 0x4E00, 0x5FFF


def name(source: random.Random) -> str:
    """A name with a brand of two or three characters."""
    brand = "".join(chr(source.randint(FIRST, LAST)) for _ in range(source.choice((2, 3, 3))))
    return f"{source.choice(PLACES)}{brand}{source.choice(TRADES)}有限公司"


def portfolio(source: random.Random, number: int, names: int, known: list[str]) -> Iterator[bytes]:
    """The parts of a portfolio."""
    every = [source.choice(known) if place % 1_000 == 0 else name(source) for place in range(names)]
    pieces = [every[first : first + 20_000] for first in range(0, names, 20_000)]
    for part, piece in enumerate(pieces, 1):
        entries = tuple(Counterparty(entry_id=f"{part}-{place}", name=one) for place, one in enumerate(piece))
        yield (
            PortfolioEntries(
                kind="entries",
                portfolio_id=f"p-{number}",
                owner="desk",
                revision=1,
                part=part,
                parts=len(pieces),
                entries=entries,
            )
            .model_dump_json(exclude_defaults=True)
            .encode()
        )


def main() -> None:
    """Print what changes cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100 * NAMES, help="entries in all")
    wanted = parser.parse_args().entries
    source = random.Random(SEED)
    known = [name(source) for _ in range(COMPANIES)]
    watched = Counterparties(Settings())
    for number, one in enumerate(known):
        watched.take_company(b"", orjson.dumps(company(f"c-{number}", one)))
    costs: list[float] = []
    taken = 0
    began = time.process_time()
    for number in range(max(wanted // NAMES, 1)):
        for value in portfolio(source, number, NAMES, known):
            watched.take_portfolio(None, value, (), 0)
        asyncio.run(watched.settle())
        taken += NAMES
        if number == 0 or taken >= wanted:
            took = time.process_time() - began
            alerts, cost = measured(watched, known)
            costs.append(cost)
            print(
                f"{number + 1:>4} portfolios, {watched.book.entries:>9,} entries: {cost * 1e6:>8.0f} us "
                f"a change, {alerts:.2f} alerts a change, {took:.0f} s to take them in, {memory():.0f} MiB"
            )
            began = time.process_time()
    print(f"ratio {costs[-1] / costs[0]:.2f}")


def measured(watched: Counterparties, known: list[str]) -> tuple[float, float]:
    """Alerts a change, and seconds of a processor a change."""
    changes = [
        status_change(id=f"s-{number}", company_id=f"c-{number}", name=known[number])
        for number in range(CHANGES)
    ]
    found = 0
    began = time.process_time()
    for change in changes:
        context = CompanyContext(change.company_id, change.name)
        records = list(watched.records_for(change, context))
        found += sum(record.topic.endswith("alerts.v1") for record in records)
    return found / CHANGES, (time.process_time() - began) / CHANGES


def memory() -> float:
    """The most memory that the process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
