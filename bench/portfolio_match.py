"""What a change costs with one portfolio and with a hundred, and what a million entries take.

    python -m bench.portfolio_match                # 1, 10, 30 and 100 portfolios of 10,000 names
    python -m bench.portfolio_match --steps 1 10   # a part of it, which is written nowhere

Names are made of places, brands and trades, each portfolio its own; one name in a thousand is that of a
company of the programme. Two workloads: changes of companies that are nobody's counterparties, which cost
looking alone, and of companies that are, where each of their pairs is an alert and a record, so that the cost
grows with these. Times are seconds of a processor, so that other work on the machine does not count.
"""

import argparse
import asyncio
import random
import resource
import time
from collections.abc import Iterator, Sequence
from gc import collect
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

import orjson

from agents.counterparties import Counterparties
from bench.results import Results
from giants.domain.watch import CompanyContext
from giants.settings import Settings
from schemas.portfolios import Counterparty, PortfolioEntries
from tests.domain.watchlists import status_change
from tests.store.builders import company

COMPANIES: Final = 20_000
# Companies that portfolios may name; the rest is nobody's counterparty.
COUNTERPARTIES: Final = 1_000
NAMES: Final = 10_000
CHANGES: Final = 300
ROUNDS: Final = 5
STEPS: Final = (1, 10, 30, 100)
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
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="portfolios to measure with")
    steps = sorted(parser.parse_args().steps)
    source = random.Random(SEED)
    known = [name(source) for _ in range(COMPANIES)]
    watched = Counterparties(Settings())
    for number, one in enumerate(known):
        watched.take_company(b"", orjson.dumps(company(f"c-{number}", one)))
    collect()
    empty_mib = memory_mib()
    rows: list[dict[str, float]] = []
    began = time.process_time()
    for number in range(steps[-1]):
        for value in portfolio(source, number, NAMES, known[:COUNTERPARTIES]):
            watched.take_portfolio(None, value, (), 0)
        asyncio.run(watched.settle())
        if number + 1 in steps:
            took = time.process_time() - began
            rows.append(row(watched, known, took, empty_mib))
            print(" ".join(f"{key}={value:,.6g}" for key, value in rows[-1].items()), flush=True)
            began += time.process_time() - began - took  # measuring is no part of taking in
    print(f"ratio of changes that concern nobody: {rows[-1]['quiet_us'] / rows[0]['quiet_us']:.2f}")
    if steps == sorted(STEPS):
        settings = {"names": NAMES, "companies": COMPANIES, "changes": CHANGES, "seed": SEED}
        Results("portfolio_match", settings, {"portfolios": rows}, {"numpy": version("numpy")}).write()


def row(watched: Counterparties, known: list[str], took: float, empty_mib: float) -> dict[str, float]:
    """What was measured with the portfolios that are in force."""
    of_nobody = range(COMPANIES - CHANGES, COMPANIES)
    quiet = median(measured(watched, known, of_nobody)[1] for _ in range(ROUNDS))
    alerts, wanted = sorted(measured(watched, known, range(CHANGES)) for _ in range(ROUNDS))[ROUNDS // 2]
    collect()
    return {
        "portfolios": len(watched.book),
        "entries": watched.book.entries,
        "quiet_us": quiet * 1e6,
        "wanted_us": wanted * 1e6,
        "alerts": alerts,
        "load_seconds": took,
        "memory_mib": memory_mib() - empty_mib,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(watched: Counterparties, known: list[str], of: Sequence[int]) -> tuple[float, float]:
    """Alerts a change, and seconds of a processor a change, for changes of some companies."""
    changes = [status_change(id=f"s-{number}", company_id=f"c-{number}", name=known[number]) for number in of]
    found = 0
    began = time.process_time()
    for change in changes:
        context = CompanyContext(change.company_id, change.name)
        records = list(watched.records_for(change, context))
        found += sum(record.topic.endswith("alerts.v1") for record in records)
    return found / len(changes), (time.process_time() - began) / len(changes)


def memory_mib() -> float:
    """The memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
