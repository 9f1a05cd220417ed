"""When a peer is through: what it has to have committed, or that nothing comes any more."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from bench.peers.kit import Order
from bench.peers.launch import PATHWAY_COMMIT_MS, STREAMS_GUARANTEE
from bench.peers.offsets import Offsets, snapshot_reaches
from bench.peers.oracle import Oracle
from bench.peers.program import Program
from bench.processes import Measured

Through = Callable[[Oracle], bool]

# A program has nothing left to do when for so long no record came and its process was busy for less than this
# share of the time: some times the longest commit, and some times what it spends while it waits.
QUIET_SECONDS: Final = 2.5
_IDLE_SHARE_MAX: Final = 0.05


def through_of(program: Program, order: Order, offsets: Offsets, process: Measured) -> Through:
    """Whether all is durable: every topic that is read is committed to its end, and every snapshot is out.

    A program that commits offsets before what it sent is confirmed is not done until the snapshots are there.
    """
    if program in PATHWAY_COMMIT_MS:
        return Quiet(order, offsets, process)
    if program is Program.BYTEWAX:
        return lambda oracle: (
            offsets.count(order.exposures) >= oracle.deltas
            and snapshot_reaches(order.state, offsets.ends(order.families))
        )
    read = [order.families]
    if program is Program.FAUST or program in STREAMS_GUARANTEE:
        read.append(order.deltas)
    elif program is Program.QUIX:
        read.append(f"repartition__{order.group}--{order.families}--company")
    return lambda oracle: (
        offsets.count(order.exposures) >= oracle.deltas
        and all(offsets.committed_all(order.group, topic) for topic in read)
    )


class Quiet:
    """Whether a program that sends one snapshot a company and commit, however many, has sent its last.

    How many records that makes nobody knows beforehand. When it did so is told by its newest record.
    """

    def __init__(self, order: Order, offsets: Offsets, process: Measured) -> None:
        self._order, self._offsets, self._process = order, offsets, process
        self._sent = self._sent_before = 0
        self._since, self._spent = monotonic(), 0.0

    def __call__(self, oracle: Oracle) -> bool:
        """Look; true once it is quiet after there were snapshots of everybody and more than the last time."""
        sent = self._offsets.count(self._order.exposures) + self._offsets.count(self._order.changes)
        spent, now = self._process.processor_seconds, monotonic()
        if sent != self._sent or spent - self._spent > _IDLE_SHARE_MAX * QUIET_SECONDS:
            self._sent, self._since, self._spent = sent, now, spent
            return False
        if now - self._since < QUIET_SECONDS:
            return False
        self._since, self._spent = now, spent
        if sent <= self._sent_before or self._offsets.count(self._order.exposures) < len(oracle.portfolios):
            return False
        self._sent_before = sent
        return True
