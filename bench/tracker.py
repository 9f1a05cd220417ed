"""This project's processes in a benchmark: how they are started, and what they have to know beforehand."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agents.intake import Input, Packer
from agents.portfolio import PortfolioProcessor
from bench.load import Load
from bench.workload import COMPANIES, designations, directory
from giants.decoding.facts import FAMILIES, taxonomy_event
from giants.decoding.frames import DeltaFrame, FamilyFrame, encode
from giants.domain.events import Assignments, Origin
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka import topics
from giants.kafka.lag import STREAM, LagMonitor
from giants.kafka.log import Record
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from schemas.facts import Family

WORKER: Final = (sys.executable, "-m", "giants.cli", "worker")
STORE: Final = (sys.executable, "-m", "giants.cli", "store")
PROGRAMME_SECONDS_MAX: Final = 600.0
# What intake polls and packs at once.
_INPUTS_AT_ONCE: Final = 4_000


def tracker_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process under these settings; signals, which no peer computes, are off."""
    return {
        "GIANTS_BROKER": settings.require_broker(),
        "GIANTS_BROKER_QUIRKS": settings.broker_quirks,
        "GIANTS_TOPIC_PREFIX": settings.topic_prefix,
        "GIANTS_PARTITIONS": str(settings.partitions),
        "GIANTS_DATA_DIR": str(settings.data_dir),
        "GIANTS_CLICKHOUSE": settings.clickhouse_dsn(),
        "GIANTS_CLOCK": "false",
        "GIANTS_LOG_LEVEL": "WARNING",
        "GIANTS_SIGNALS": "false",
    }


def designate(settings: Settings, companies: int = COMPANIES) -> None:
    """Designate the companies, put the taxonomy in force, and wait until both are through."""
    with Publisher(settings) as publisher:
        publisher.send_fact(shipped_taxonomy())
        for announcement in designations(companies):
            publisher.send_fact(announcement)
    with LagMonitor(settings) as progress:
        progress.wait(STREAM, PROGRAMME_SECONDS_MAX)


def agent_frames(partitions: int, warm_up: Sequence[Family], backlog: Sequence[Family]) -> tuple[Load, Load]:
    """The delta log that intake and portfolio make of the families: for the warm-up, and for the backlog."""
    settings = Settings(broker="127.0.0.1:1", partitions=partitions)
    packer = Packer(settings)
    folds = {number: PortfolioProcessor(number, settings) for number in range(settings.partitions)}
    offsets = dict.fromkeys(folds, 0)
    first, second = Load(), Load()
    taxonomy = encode(DeltaFrame([taxonomy_event(shipped_taxonomy(), Origin(1))]))
    log = topics.DELTA_LOG.full_name(settings)
    for partition, fold in folds.items():
        first.records[log, partition].append(Record(log, partition, None, taxonomy, 1))
        frame = FamilyFrame([Assignments(dict(directory()), "designation", "bench@1", Origin(1))])
        fold.apply(0, frame)
    for load, families in ((first, warm_up), (second, backlog)):
        for record in _packed(packer, families):
            offsets[record.partition] += 1
            fold = folds[record.partition]
            for output in fold.apply(offsets[record.partition], fold.decode(record.value or b"")).outputs:
                if output.topic == log:
                    load.records[output.topic, output.partition].append(output)
    return first, second


def _packed(packer: Packer, families: Sequence[Family]) -> Iterator[Record]:
    for begin in range(0, len(families), _INPUTS_AT_ONCE):
        inputs: Mapping[int, Input] = {
            number: Input(FAMILIES, FAMILIES, 0, number, None, family.model_dump_json().encode(), 1)
            for number, family in enumerate(families[begin : begin + _INPUTS_AT_ONCE])
        }
        yield from packer.pack(inputs.values())
