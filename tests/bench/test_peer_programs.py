"""Peers of the comparison on a real broker: what they send is what the oracle says, or their time is refused.

Their environments are made beforehand (`python -m bench.peers.environments pathway` and, for Kafka Streams,
`python -m bench.peers.streams_build`): no test downloads one.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from bench.brokers import Broker, Kind, running_broker
from bench.peers import streams_build
from bench.peers.environments import is_made
from bench.peers.offsets import Offsets
from bench.peers.oracle import Oracle, WrongAnswerError
from bench.peers.program import Program
from bench.peers.runs import Loads, Task, run_peer
from bench.workload import families, records
from tests.kafka.cluster import KafkaMissingError, kafka_version

PARTITIONS = 4


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Apache Kafka."""
    try:
        running = running_broker(Kind.KAFKA, tmp_path_factory.mktemp("broker"))
        with running as found:
            yield found
    except KafkaMissingError as error:
        pytest.skip(str(error))


def task_on(broker: Broker, folder: Path) -> Task:
    """Some hundred records, of which some families come before and again in another version."""
    warm_up, backlog = records(200, prefix="w"), records(1_500)
    later = [one.model_copy(update={"version": 3, "cpc": one.cpc[:2]}) for one in families(50, prefix="w")]
    loads = Loads(PARTITIONS, warm_up, [*backlog, *later])
    oracle = Oracle.of([*warm_up, *backlog, *later])
    return Task(broker.address, broker.pid, folder, loads, oracle, Oracle.of(warm_up))


def skip_without(name: str) -> None:
    if not is_made(name):
        pytest.skip(f"the environment of {name} is absent: python -m bench.peers.environments {name}")


@pytest.mark.parametrize("program", [Program.PATHWAY, Program.PATHWAY_SHORT])
def test_pathway_comes_to_the_oracle_and_its_clock_ends_with_its_last_record(
    program: Program, broker: Broker, tmp_path: Path
) -> None:
    skip_without("pathway")
    began = time()
    outcome = run_peer(program, task_on(broker, tmp_path))
    assert outcome.records == 1_550
    assert 0 < outcome.seconds < time() - began
    assert outcome.processor_seconds > 0
    persisted = list((tmp_path / "pathway" / "streams").rglob("*"))
    assert any(file.is_file() and file.stat().st_size for file in persisted)


@pytest.mark.parametrize("program", [Program.STREAMS, Program.STREAMS_EXACTLY_ONCE])
def test_kafka_streams_comes_to_the_oracle_and_commits_all_that_it_read(
    program: Program, broker: Broker, tmp_path: Path
) -> None:
    if not streams_build.is_built():
        pytest.skip("Kafka Streams is not built: python -m bench.peers.streams_build (Java, Maven)")
    outcome = run_peer(program, task_on(broker, tmp_path))
    assert outcome.records == 1_550
    assert outcome.processor_seconds > 0
    stores = list(tmp_path.rglob("rocksdb"))
    assert {store.parent.name[0] for store in stores} == {"0", "1"}  # families, and tallies of companies


def test_kafka_streams_is_of_the_version_of_the_broker() -> None:
    pom = (streams_build.SOURCES / "pom.xml").read_text(encoding="utf-8")
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", pom)
    assert found is not None
    assert found[1] == kafka_version()


def test_the_time_of_a_program_that_is_wrong_is_refused(broker: Broker, tmp_path: Path) -> None:
    skip_without("pathway")
    task = task_on(broker, tmp_path)
    wrong = replace(task, oracle=task.oracle_of_warm_up)
    with pytest.raises(WrongAnswerError, match="pathway is wrong about"):
        run_peer(Program.PATHWAY, wrong)


def test_the_newest_record_says_when_it_came(broker: Broker) -> None:
    with Offsets(broker.address) as offsets:
        offsets.create(["bench-empty"], 2)
        assert offsets.newest_at("bench-empty") == 0
