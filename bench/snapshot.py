"""What the snapshot of a company with many ratings costs, in microseconds of a processor.

`python -m bench.snapshot`
"""

import json
from statistics import median
from time import process_time_ns

from agents.messages import ExposureMessages
from giants.domain.events import Delta, Origin
from giants.domain.ratings import CompanyTallies, Ratings
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.settings import Settings

TECHNOLOGIES = 20
FAMILIES = 200
RUNS, ROUNDS = 21, 400


def company_of(taxonomy: Taxonomy) -> CompanyTallies:
    """A company that is rated in so many technologies, with indexing codes and children in its portfolio."""
    ratings = Ratings()
    ratings.adopt(taxonomy, (taxonomy.version, 0))
    entries = [
        (technology.cpc[0], next((child for some in technology.children.values() for child in some), None))
        for technology in taxonomy.definition.technologies[: 2 * TECHNOLOGIES : 2]
    ]
    for number in range(FAMILIES):
        entry, child = entries[number % len(entries)]
        symbols = {entry, child or entry, "Y02E10/50", "H01L2924/181"}
        delta = Delta("c", f"f{number}", 1, None, tuple(sorted(symbols)), "family", "f@1", Origin(0))
        ratings.apply_delta(delta)
    return ratings.companies["c"]


def main() -> None:
    """Print the median of the runs."""
    taxonomy = Taxonomy.compile(shipped_taxonomy())
    company = company_of(taxonomy)
    messages = ExposureMessages(0, Settings())
    value = messages.exposure("c", company, taxonomy, 0).value or b""
    rated = sum(one["band"] is not None for one in json.loads(value)["technologies"])
    took = []
    for _ in range(RUNS):
        began = process_time_ns()
        for _ in range(ROUNDS):
            messages.exposure("c", company, taxonomy, 0)
        took.append((process_time_ns() - began) / ROUNDS / 1_000)
    print(f"{rated} ratings, {len(value)} bytes: {median(took):.1f} µs, {min(took):.1f} µs at best")


if __name__ == "__main__":
    main()
