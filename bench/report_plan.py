"""Rows of the tables of docs/scaling.md: arithmetic from what was measured, see `bench.plan`."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from bench.plan import (
    COMPANIES,
    CORES,
    FAMILIES,
    FIRST_LOAD_SECONDS,
    WORKERS,
    Costs,
    Fleet,
    Measured,
    fleet_of,
    plan,
    two_machines,
)

_ROLES: Final = ("ingest", "worker", "store", "broker")
_MINUTES: Final = f"{FAMILIES:,} families, minutes"
WORKER_COLUMNS: Final = (
    *("workers", "families/s", "stores", "ingests", "cores of the broker", "cores of all", "partitions"),
    _MINUTES,
)
MACHINE_COLUMNS: Final = (
    *("cores", "on the first", "on the second", "families/s", "cores of the broker", "partitions"),
    _MINUTES,
)

Found = Mapping[str, Any]
Rows = Iterator[tuple[str, ...]]


def plan_rows(runs: Sequence[Found], memory: Found) -> list[tuple[str, str, str]]:
    """A hundred times the data. Raises `ValueError` where there is no such plan."""
    largest = memory["rows"]["sizes"][-1]
    measured = Measured(
        median(run["records"] / run["processor_seconds"] for run in runs),
        largest["bytes_a_family"],
        largest["exposure_bytes_a_company"],
        largest["names_bytes_a_company"] / memory["settings"]["partitions"],
        largest["empty_worker_mb"] * 1e6,
    )
    planned = plan(measured)
    a_company = f"{COMPANIES:,} companies × {measured.exposure_bytes_a_company:,.0f} B"
    a_second = f"{FAMILIES:,} / {measured.families_a_processor_second:,.0f} a processor second"
    return [
        ("first load", a_second, f"{planned.processor_seconds:,.0f} processor s"),
        ("cores, to load within an hour", f"… / {FIRST_LOAD_SECONDS:,.0f} s", f"{planned.cores:,}"),
        (
            "state of families and companies",
            f"{FAMILIES:,} × {measured.bytes_a_family:,.0f} B + {a_company}",
            f"{planned.state_bytes / 1e9:,.0f} GB",
        ),
        (
            "names, in every partition",
            f"{planned.partitions} × {COMPANIES:,} × {measured.name_bytes_a_company:,.0f} B",
            f"{planned.name_bytes / 1e9:,.0f} GB",
        ),
        (
            "workers of 4 GiB, one core each",
            "for cores and for memory, and one to spare",
            f"{planned.workers:,}",
        ),
        ("partitions", "at least four a worker", f"{planned.partitions:,}"),
        (
            "steady state",
            "a tenth of all families change in a year",
            f"{planned.families_a_second:.2f} families/s",
        ),
    ]


def costs_of(loads: Sequence[Found], two_workers: Sequence[Found], processors: int) -> Costs:
    """Of the load that was measured on the quickest processors; `reached` is what two workers made use of."""
    load = min(loads, key=lambda one: float(one["yardstick_ms"]))
    of_all = [
        (float(run["processor_seconds"]) + float(run["broker_seconds"]))
        / (float(run["seconds"]) * processors)
        for run in two_workers
    ]
    ingest, worker, store, broker = (
        float(load[f"{role}_processor_seconds"]) / int(load["families"]) for role in _ROLES
    )
    return Costs(ingest, worker, store, broker, min(median(of_all), 1.0))


def worker_rows(costs: Costs) -> Rows:
    """What so many workers load, and what the others need meanwhile."""
    for workers in WORKERS:
        one = fleet_of(costs, workers)
        processes = f"{one.stores:,}", f"{one.ingests:,}", f"{one.broker_cores:,.1f}", f"{one.cores:,.1f}"
        yield (
            f"{workers:,}",
            f"{one.families_a_second:,.0f}",
            *processes,
            f"{one.partitions:,}",
            _minutes(one),
        )


def costs_sentence(costs: Costs) -> str:
    """What the tables rest on."""
    return (
        f"\nA family takes {costs.worker * 1e6:,.0f} µs of a worker, {costs.store * 1e6:,.0f} of a store, "
        f"{costs.ingest * 1e6:,.0f} of ingest and {costs.broker * 1e6:,.0f} of the broker, whose share is "
        f"{costs.of_broker:.0%}. Of all processors {costs.reached:.0%} are reckoned with, as two workers and "
        "the broker made use of two.\n"
    )


def machine_rows(costs: Costs) -> Rows:
    """Two machines: which processes where, and what they load."""
    for cores in CORES:
        made = two_machines(costs, cores)
        one = made.fleet
        first = [
            "broker",
            _counted(one.ingests, "ingest"),
            *_places(made.stores_on_first, made.workers_on_first),
        ]
        second = _places(one.stores - made.stores_on_first, one.workers - made.workers_on_first)
        rate, broker = f"{one.families_a_second:,.0f}", f"{one.broker_cores:,.1f}"
        places = ", ".join(first), ", ".join(second)
        yield f"2 × {cores}", *places, rate, broker, f"{one.partitions:,}", _minutes(one)


def _places(stores: int, workers: int) -> list[str]:
    return [_counted(count, name) for count, name in ((stores, "store"), (workers, "worker")) if count]


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _minutes(one: Fleet) -> str:
    return f"{FAMILIES / one.families_a_second / 60:,.0f}"
