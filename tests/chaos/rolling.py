"""A rolling restart: one process after the other is told to end and started again, while facts stream in.

The next one goes when all are ready again, as a StatefulSet and `docs/operations.md` have it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from giants.embedded.broker import LOOPBACK
from giants.kafka import topics
from tests.chaos.feeder import Feeder
from tests.chaos.run import BrokerKind, Plan, Report, Result, Run
from tests.waiting import wait_for

ORDER: Final = ("worker-1", "worker-2", "store", "api")
READY_SECONDS_MAX: Final = 120.0
_ANSWER_SECONDS_MAX: Final = 2.0


@dataclass(frozen=True, slots=True)
class HandOver:
    """One process was told to end (SIGTERM), ended, was started again, and all were ready."""

    name: str
    facts_before: int  # that the broker had confirmed
    ended_seconds: float  # after it was told
    ready_seconds: float  # after it was told


def rolling_plan(seed: int, folder: Path, facts_per_second: float, brokers: int = 1) -> Plan:
    """A plan in which nothing fails. `folder` is made anew by the caller."""
    return Plan(
        seed=seed,
        seconds=0.0,
        kills=0,
        others=0,
        broker=BrokerKind.KAFKA,
        folder=folder,
        facts_per_second=facts_per_second,
        brokers=brokers,
    )


class RollingRun(Run):
    """Plays a rolling restart; `hand_overs` has what was measured, in the order in which it was done."""

    def __init__(self, plan: Plan, report: Report, facts_between: int) -> None:
        super().__init__(plan, report)
        self.hand_overs: list[HandOver] = []
        self._facts_between = facts_between

    def _act(self, feeder: Feeder) -> None:
        with httpx.Client(timeout=_ANSWER_SECONDS_MAX) as client:
            wait_for("all to be ready", lambda: self._all_ready(client), READY_SECONDS_MAX)
            for name in ORDER:
                self._stream_on(feeder)
                self.hand_overs.append(self._hand_over(name, feeder, client))
            self._stream_on(feeder)

    def _hand_over(self, name: str, feeder: Feeder, client: httpx.Client) -> HandOver:
        facts_before, began = feeder.facts, time.monotonic()
        self._recovery.went_down(name)
        self._process_group.leave(name)
        ended_seconds = time.monotonic() - began
        self._process_group.start(name)
        wait_for(f"all to be ready after {name}", lambda: self._all_ready(client), READY_SECONDS_MAX)
        done = HandOver(name, facts_before, ended_seconds, time.monotonic() - began)
        self._report(f"{name}: ended after {ended_seconds:.1f} s, all ready after {done.ready_seconds:.1f} s")
        return done

    def _stream_on(self, feeder: Feeder) -> None:
        """Let so many more facts come in; nobody may end by itself meanwhile."""
        goal = feeder.facts + self._facts_between

        def have_come() -> bool:
            for name in ORDER:
                self._process_group.pid(name)
            return feeder.facts >= goal

        wait_for(f"{goal} facts", have_come, READY_SECONDS_MAX)

    def _all_ready(self, client: httpx.Client) -> bool:
        return all(self._is_ready(name, client) for name in ORDER)

    def _is_ready(self, name: str, client: httpx.Client) -> bool:
        self._process_group.pid(name)
        try:
            return client.get(f"http://{LOOPBACK}:{self._ports[name]}/readyz").is_success
        except httpx.HTTPError:
            return False


def rolling_lines(hand_overs: list[HandOver], result: Result) -> list[str]:
    """What a rolling restart did and measured."""
    again: Mapping[str, int] = result.again
    worked_off = {name: seconds for name, (seconds,) in result.recovery_seconds.items()}
    return [
        f"{result.facts} facts confirmed, {result.changes} changes, {len(hand_overs)} restarts",
        *(
            f"  {one.name:10} after {one.facts_before:6} facts: ended {one.ended_seconds:5.1f} s, "
            f"all ready {one.ready_seconds:5.1f} s, worked off {worked_off[one.name]:5.1f} s"
            for one in hand_overs
        ),
        f"{result.alerts} alerts, {again.get(topics.ALERTS.name, 0)} of them sent again with the same id",
        *(f"VIOLATION {violation[:1_000]}" for violation in result.violations[:50]),
        f"{len(result.violations)} violations",
    ]
