"""Arithmetic for a hundred times the data and for two machines, from what was measured."""

from dataclasses import dataclass, replace
from itertools import product
from math import ceil
from typing import Final

FAMILIES: Final = 50_000_000
COMPANIES: Final = 1_000_000
FIRST_LOAD_SECONDS: Final = 3_600.0
WORKER_BYTES: Final = 4 << 30
# So many partitions a worker that an uneven share is little felt, and a worker may be missing.
PARTITIONS_A_WORKER: Final = 4
_PARTITIONS_MAX: Final = 1_024
_SECONDS_A_YEAR: Final = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Measured:
    """What the plan rests on; bytes of state are those in memory."""

    families_a_processor_second: float
    bytes_a_family: float
    exposure_bytes_a_company: float
    name_bytes_a_company: float  # in each partition, since every partition knows every name
    empty_worker_bytes: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What fifty million families ask for."""

    processor_seconds: float
    cores: int  # for a first load within the hour
    state_bytes: float  # of families and companies, held once
    name_bytes: float  # held in every partition
    workers: int  # of 4 GiB and a core each, with one missing
    partitions: int
    families_a_second: float  # in the steady state


def plan(measured: Measured, families: int = FAMILIES, companies: int = COMPANIES) -> Plan:
    """Workers and partitions depend on each other, through the names: the smallest that fit both.

    Raises `ValueError` where the names alone do not fit whatever the number of workers.
    """
    processor_seconds = families / measured.families_a_processor_second
    cores = ceil(processor_seconds / FIRST_LOAD_SECONDS)
    state = families * measured.bytes_a_family + companies * measured.exposure_bytes_a_company
    room = WORKER_BYTES - measured.empty_worker_bytes
    partitions = 1
    while partitions <= _PARTITIONS_MAX:
        names = partitions * companies * measured.name_bytes_a_company
        workers = max(cores, ceil((state + names) / room)) + 1
        if workers * PARTITIONS_A_WORKER <= partitions:
            a_second = families / 10 / _SECONDS_A_YEAR
            return Plan(processor_seconds, cores, state, names, workers, partitions, a_second)
        partitions *= 2
    raise ValueError(
        f"more than {_PARTITIONS_MAX:,} partitions would be needed, each with {companies:,} names of "
        f"{measured.name_bytes_a_company:,.0f} bytes"
    )


WORKERS: Final = (1, 2, 4, 8, 16, 32)
CORES: Final = (2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds that a family takes of each role while files are loaded.

    `reached` is the share of all processors that was used when they were all there was: the rest is lost at
    the beginning and the end, and where one partition is the last.
    """

    ingest: float
    worker: float
    store: float
    broker: float
    reached: float

    @property
    def together(self) -> float:
        """Of all roles."""
        return self.ingest + self.worker + self.store + self.broker

    @property
    def of_broker(self) -> float:
        """The broker's share of all."""
        return self.broker / self.together


@dataclass(frozen=True, slots=True)
class Fleet:
    """Processes that keep up with each other; each but the broker uses at most one core."""

    families_a_second: float
    workers: int
    stores: int
    ingests: int
    broker_cores: float
    cores: float  # that all of them use
    partitions: int


def fleet(costs: Costs, families_a_second: float) -> Fleet:
    """What a rate asks for."""
    a_process = families_a_second / costs.reached
    workers = _processes(a_process * costs.worker)
    partitions = 1
    while partitions < workers * PARTITIONS_A_WORKER:
        partitions *= 2
    return Fleet(
        families_a_second,
        workers,
        _processes(a_process * costs.store),
        _processes(a_process * costs.ingest),
        a_process * costs.broker,
        a_process * costs.together,
        partitions,
    )


def fleet_of(costs: Costs, workers: int) -> Fleet:
    """What so many workers do when nothing else holds them up, and what the others then need."""
    return fleet(costs, workers * costs.reached / costs.worker)


@dataclass(frozen=True, slots=True)
class TwoMachines:
    """A fleet on two machines of so many cores, broker and ingest on the first."""

    cores: int
    fleet: Fleet
    stores_on_first: int
    workers_on_first: int


def two_machines(costs: Costs, cores: int) -> TwoMachines:
    """What two machines do where stores and workers are spread as evenly as whole processes can be."""
    wanted = fleet(costs, 2 * cores * costs.reached / costs.together)
    a_second = wanted.families_a_second / costs.reached
    of_store, of_worker = a_second * costs.store / wanted.stores, a_second * costs.worker / wanted.workers

    def busier(placed: tuple[int, int]) -> float:
        first = a_second * (costs.broker + costs.ingest) + placed[0] * of_store + placed[1] * of_worker
        return max(first, a_second * costs.together - first)

    places = product(range(wanted.stores + 1), range(wanted.workers + 1))
    stores, workers = min(places, key=lambda placed: (round(busier(placed), 6), placed[1]))
    a_second = wanted.families_a_second * min(1.0, cores / busier((stores, workers)))
    made = replace(
        wanted,
        families_a_second=a_second,
        broker_cores=a_second / costs.reached * costs.broker,
        cores=a_second / costs.reached * costs.together,
    )
    return TwoMachines(cores, made, stores, workers)


def _processes(cores: float) -> int:
    return max(1, ceil(round(cores, 6)))
