"""How each peer is started, and what has to be there before."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.peers import streams_build
from bench.peers.environments import REPOSITORY, python_of
from bench.peers.kit import COMMIT_SECONDS, Order
from bench.peers.program import Program
from bench.processes import Measured

# Milliseconds between two commits of Pathway.
PATHWAY_COMMIT_MS: Final[Mapping[Program, int]] = {Program.PATHWAY: 1_000, Program.PATHWAY_SHORT: 100}
# The processing guarantee of Kafka Streams.
STREAMS_GUARANTEE: Final[Mapping[Program, str]] = {
    Program.STREAMS: "at_least_once",
    Program.STREAMS_EXACTLY_ONCE: "exactly_once_v2",
}


def command_of(program: Program, order: Order) -> Sequence[str | Path]:
    """The command of a peer; raises ValueError for a program that is none."""
    match program:
        case Program.BYTEWAX:
            flow = "bench.peers.programs.bytewax_flow:flow"
            recovery = ["-r", order.folder, "-s", str(int(COMMIT_SECONDS)), "-b", "0"]
            return [python_of("bytewax"), "-m", "bytewax.run", flow, *recovery]
        case Program.QUIX:
            return [python_of("quix"), "-m", "bench.peers.programs.quix"]
        case Program.CONFLUENT:
            return [python_of("confluent"), "-m", "bench.peers.programs.confluent_loop"]
        case Program.PATHWAY | Program.PATHWAY_SHORT:
            module = "bench.peers.programs.pathway_tables"
            return [python_of("pathway"), "-m", module, str(PATHWAY_COMMIT_MS[program])]
        case Program.STREAMS | Program.STREAMS_EXACTLY_ONCE:
            return streams_build.command_of(order, STREAMS_GUARANTEE[program])
        case Program.FAUST:
            return [sys.executable, "-m", "bench.peers.programs.faust_plain"]
        case _:
            raise ValueError(f"expected a peer of the whole path, got {program}")


def environment_of(order: Order) -> dict[str, str]:
    """The variables that every peer is given; one worker thread where a program could have several."""
    return order.as_environment() | {"PYTHONPATH": str(REPOSITORY), "PATHWAY_THREADS": "1"}


def prepare(program: Program, order: Order) -> None:
    """Make what a peer does not make itself."""
    if program is Program.BYTEWAX:
        command: Sequence[str | Path] = [python_of("bytewax"), "-m", "bytewax.recovery", order.folder, "1"]
        with Measured("bytewax-recovery", command, {}, order.state) as process:
            process.wait()
    elif program in STREAMS_GUARANTEE:
        streams_build.write_tables(order)
