"""Arithmetic for a hundred times the data, from what was measured."""

from dataclasses import dataclass
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
