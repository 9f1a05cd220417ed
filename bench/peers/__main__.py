"""The same work through this project and its peers, on one broker, in one run.

    python -m bench.peers                        # everything: three runs of 100,000 records
    python -m bench.peers --only giants quix --families 20000 --runs 1

Peers get virtual environments of their own, made once from pinned requirements. Each answer is compared with
that of a batch computation before its time counts. Runs go round: every program once, then again.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench.brokers import Broker, Kind, running_broker
from bench.peers import streams_build
from bench.peers.clickhouse_batch import run_batch
from bench.peers.environments import python_of, versions_of
from bench.peers.launch import STREAMS_GUARANTEE
from bench.peers.oracle import Oracle
from bench.peers.program import Program
from bench.peers.runs import Loads, Outcome, Task, run_agent, run_peer, run_tracker
from bench.plot import bars
from bench.results import FOLDER, Results
from bench.workload import records
from schemas.facts import Family
from tests.kafka.cluster import kafka_version

TITLES: Final[Mapping[Program, str]] = {
    Program.TRACKER: "this project, one worker",
    Program.TRACKER_TWO: "this project, two workers",
    Program.FAUST: "plain Faust",
    Program.QUIX: "Quix Streams",
    Program.BYTEWAX: "Bytewax",
    Program.PATHWAY: "Pathway, commits of 1,000 ms",
    Program.PATHWAY_SHORT: "Pathway, commits of 100 ms",
    Program.STREAMS: "Kafka Streams, at least once",
    Program.STREAMS_EXACTLY_ONCE: "Kafka Streams, exactly once",
    Program.CONFLUENT: "bare confluent-kafka, nothing durable",
    Program.AGENT: "one agent alone",
    Program.AIOKAFKA: "bare aiokafka, same changelog",
    Program.CLICKHOUSE: "ClickHouse SQL, one batch",
}
# Whose rate a rate is divided into: what the targets are stated for, and the target.
TARGETS: Final = (
    (Program.TRACKER, Program.PATHWAY, 1.2),
    (Program.TRACKER, Program.PATHWAY_SHORT, 2.0),
    (Program.TRACKER, Program.FAUST, 15.0),
    (Program.TRACKER, Program.QUIX, 3.0),
    (Program.TRACKER, Program.BYTEWAX, 3.0),
    (Program.AGENT, Program.AIOKAFKA, 0.85),
    (Program.TRACKER_TWO, Program.TRACKER, 1.6),
)
ENVIRONMENTS: Final = {
    Program.QUIX: ("quix", ("quixstreams", "confluent-kafka")),
    Program.BYTEWAX: ("bytewax", ("bytewax", "confluent-kafka")),
    Program.PATHWAY: ("pathway", ("pathway",)),
    Program.PATHWAY_SHORT: ("pathway", ("pathway",)),
    Program.CONFLUENT: ("confluent", ("confluent-kafka",)),
}
WARM_UP: Final = 2_000
PARTITIONS: Final = 8
# Plain Faust takes some thousand records a second: it is given fewer, and its rate is compared.
FAUST_RECORDS_MAX: Final = 30_000


def main() -> None:
    """Run the comparison."""
    arguments = _arguments()
    console = Console(stderr=True)
    programs = [program for program in Program if not arguments.only or program in arguments.only]
    versions = _prepare(programs, console)
    outcomes: dict[Program, list[Outcome]] = {program: [] for program in programs}
    with tempfile.TemporaryDirectory() as folder, running_broker(arguments.broker, Path(folder)) as broker:
        tasks = _tasks(broker, Path(folder), arguments.families)
        for number in range(1, arguments.runs + 1):
            for program in programs:
                outcome = _run(program, tasks[program is Program.FAUST], Path(folder), number)
                outcomes[program].append(outcome)
                console.print(f"run {number}: {TITLES[program]}: {outcome.records_a_second:,.0f} records/s")
        results = _results(outcomes, versions | {"broker": broker.name}, arguments.families)
    Console().print(_table(outcomes))
    Console().print(_ratios(outcomes))
    whole = [program for program in programs if program not in {Program.AGENT, Program.AIOKAFKA}]
    rates = {
        TITLES[program]: _rate(outcomes[program]) for program in whole if program is not Program.CLICKHOUSE
    }
    picture = bars("peers", "Families rated, durable and announced", "records a second", rates)
    results.write(arguments.output, [picture])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", type=int, default=100_000, help="records of the backlog")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", type=Program, nargs="*", choices=list(Program), help="these programs alone")
    parser.add_argument("--broker", type=Kind, choices=list(Kind), default=Kind.KAFKA)
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder for the JSON and the picture")
    return parser.parse_args()


def _prepare(programs: Sequence[Program], console: Console) -> dict[str, str]:
    """Make the environments; versions of what is compared."""
    versions: dict[str, str] = {}
    for program in programs:
        if program in ENVIRONMENTS:
            name, packages = ENVIRONMENTS[program]
            console.print(f"environment of {TITLES[program]} …")
            found = versions_of(python_of(name), packages)
            versions |= {f"{package} ({name})": got for package, got in found.items()}
        elif program in STREAMS_GUARANTEE:
            console.print(f"jars of {TITLES[program]} …")
            streams_build.jars()
            versions["Kafka Streams"] = kafka_version()
    return versions


def _tasks(broker: Broker, folder: Path, count: int) -> tuple[Task, Task]:
    """The task of everybody, and that of plain Faust."""
    warm_up = records(WARM_UP, prefix="w")
    backlog = records(count)
    oracle_of_warm_up = Oracle.of(warm_up)

    def task(some: Sequence[Family]) -> Task:
        oracle = Oracle.of([*warm_up, *some])
        loads = Loads(PARTITIONS, warm_up, some)
        return Task(broker.address, broker.pid, folder, loads, oracle, oracle_of_warm_up)

    return task(backlog), task(backlog[:FAUST_RECORDS_MAX])


def _run(program: Program, task: Task, folder: Path, number: int) -> Outcome:
    task = task.inside(folder / f"{number}-{program}")
    match program:
        case Program.TRACKER | Program.TRACKER_TWO:
            return run_tracker(program, task)
        case Program.AGENT | Program.AIOKAFKA:
            return run_agent(program, task)
        case Program.CLICKHOUSE:
            return run_batch(task)
        case _:
            return run_peer(program, task)


def _rate(outcomes: Sequence[Outcome]) -> float:
    return median(outcome.records_a_second for outcome in outcomes)


def _table(outcomes: Mapping[Program, Sequence[Outcome]]) -> Table:
    table = Table("program", title="medians", title_justify="left")
    for column in ("runs", "records", "records/s", "records/processor s", "memory MB"):
        table.add_column(column, justify="right")
    for program, runs in outcomes.items():
        table.add_row(
            TITLES[program],
            str(len(runs)),
            f"{runs[0].records:,}",
            f"{_rate(runs):,.0f}",
            f"{median(run.records / run.processor_seconds for run in runs):,.0f}",
            f"{median(run.memory_mb for run in runs):,.0f}",
        )
    return table


def _ratios(outcomes: Mapping[Program, Sequence[Outcome]]) -> Table:
    table = Table("ratio", title="ratios", title_justify="left")
    for column in ("measured", "target", "the broker's share of the first"):
        table.add_column(column, justify="right")
    for one, other, target in TARGETS:
        if outcomes.get(one) and outcomes.get(other):
            rounds = zip(outcomes[one], outcomes[other], strict=True)
            ratio = median(a.records_a_second / b.records_a_second for a, b in rounds)
            share = median(run.share_of_broker for run in outcomes[one])
            table.add_row(f"{TITLES[one]} : {TITLES[other]}", f"{ratio:.2f}", f"≥ {target}", f"{share:.0%}")
    return table


def _results(
    outcomes: Mapping[Program, Sequence[Outcome]], versions: Mapping[str, str], families: int
) -> Results:
    runs: list[dict[str, Any]] = [
        {
            "program": program.value,
            "title": TITLES[program],
            "run": number,
            "records": run.records,
            "seconds": round(run.seconds, 3),
            "processor_seconds": round(run.processor_seconds, 2),
            "memory_mb": run.memory_mb,
            "broker_seconds": round(run.broker_seconds, 2),
        }
        for program, done in outcomes.items()
        for number, run in enumerate(done, 1)
    ]
    targets = [{"of": one.value, "to": other.value, "at_least": target} for one, other, target in TARGETS]
    settings = {"families": families, "companies": 20_000, "partitions": PARTITIONS, "warm_up": WARM_UP}
    return Results("peers", settings, {"runs": runs, "targets": targets}, versions)


if __name__ == "__main__":
    main()
