"""`giants up` as a whole, its supervisor killed again and again while facts stream in (`play`).

The embedded broker goes with its supervisor, and with it what ClickHouse had not taken yet. So there are two
sorts of facts: those that were through before the first kill must come back from the journal, and those that
came later are sent again by their producer, who cannot know how far each went.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from signal import SIGKILL
from typing import Final

import httpx

from giants.embedded.broker import LOOPBACK, free_port
from giants.embedded.epochfile import EpochFile, read_epoch_file
from giants.embedded.process import Child
from giants.embedded.runfile import read_run_file
from giants.kafka.lag import FLOW, WATCH, LagMonitor
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.store.client import connect
from tests.chaos.facts import endless_facts
from tests.chaos.feeder import TOPICS, Feeder, digest
from tests.chaos.outcome import Outcome
from tests.chaos.verdict import Verdict
from tests.simulation.history import Sent
from tests.waiting import wait_for

PARTITIONS: Final = 2
FIRST_FACTS: Final = 400
FACTS_PER_SECOND: Final = 40.0
READY_SECONDS_MAX: Final = 150.0
THROUGH_SECONDS_MAX: Final = 120.0
STOP_SECONDS_MAX: Final = 120.0
# After it began to come up: while the journal is published again, or while everything serves.
KILL_AFTER_SECONDS: Final = (1.0, 20.0)
_BEAT_SECONDS: Final = 0.05
Report = Callable[[str], None]


@dataclass(slots=True)
class Result:
    """What a run gave; all is well where `violations` is empty."""

    kills: int = 0
    epochs: list[EpochFile] = field(default_factory=list)  # of each time that everything was ready
    changes: int = 0
    violations: list[str] = field(default_factory=list)


class _Recorded(Iterator[Sent]):
    """Facts, remembered as they are given away."""

    def __init__(self, facts: Iterator[Sent]) -> None:
        self._facts = facts
        self.given: list[Sent] = []

    def __next__(self) -> Sent:
        self.given.append(next(self._facts))
        return self.given[-1]


class UpRun:
    """Plays a number of kills under one seed."""

    def __init__(self, folder: Path, seed: int, kills: int, report: Report) -> None:
        self._seed, self._kills, self._report = seed, kills, report
        self._settings = Settings(
            broker=f"{LOOPBACK}:{free_port()}",
            broker_quirks="embedded",
            api_port=free_port(),
            data_dir=folder / "data",
            partitions=PARTITIONS,
            clock=False,
        )
        self._child = Child(
            "up",
            [sys.executable, "-m", "giants.cli", "up"],
            self._environment(),
            folder / "up.log",
        )
        self._result = Result()

    def play(self) -> Result:
        """Run everything; raises where the stack does not come up or does not get through in time."""
        random, facts = Random(self._seed), endless_facts(self._seed)
        self._child.start()
        try:
            self._wait_until_ready()
            first = list(islice(facts, FIRST_FACTS))
            self._send(first)
            later = _Recorded(facts)
            with Feeder(self._settings, later, FACTS_PER_SECOND) as feeder:
                for number in range(self._kills):
                    # The first kill meets a stack at work, the others also one that is coming up.
                    self._pause(random.uniform(*KILL_AFTER_SECONDS))
                    self._kill()
                    self._child.start()
                    if number % 2 or number == self._kills - 1:
                        self._wait_until_ready()
            self._send(later.given)
            outcome = Outcome.read(self._settings)
            assert self._child.stop(STOP_SECONDS_MAX), f"the stack did not end; see {self._child.log_file}"
            feeder.confirmed.update((one.kind, digest(one.value)) for one in first)
            self._judge(outcome, feeder.confirmed)
        finally:
            if self._child.pid is not None:
                os.kill(self._child.pid, SIGKILL)
            self._child.stop(STOP_SECONDS_MAX)
        return self._result

    def _judge(self, outcome: Outcome, confirmed: Counter[tuple[str, bytes]]) -> None:
        verdict = Verdict(outcome, confirmed, broker_forgets=True)
        with connect(self._settings.clickhouse_dsn()) as database:
            verdict.judge(database)
        self._result.violations, self._result.changes = verdict.violations, len(verdict.changes)
        kept = [epoch.facts for epoch in self._result.epochs]
        if kept != sorted(kept):
            self._result.violations.append(f"the journal lost facts from one start to the next: {kept}")

    def _send(self, facts: list[Sent]) -> None:
        """Send facts and wait until they are through."""
        with Publisher(self._settings) as publisher:
            for one in facts:
                topic = TOPICS[one.kind].full_name(self._settings)
                publisher.send(topic, one.key, one.value, headers=one.headers)
        with LagMonitor(self._settings) as progress:
            progress.wait((*FLOW, WATCH), THROUGH_SECONDS_MAX)

    def _pause(self, seconds: float) -> None:
        """Let the stack work; it must not end by itself meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._child.running, f"the supervisor ended by itself; see {self._child.log_file}"
            time.sleep(_BEAT_SECONDS)

    def _kill(self) -> None:
        assert self._child.pid is not None, f"the supervisor ended by itself; see {self._child.log_file}"
        os.kill(self._child.pid, SIGKILL)
        wait_for("the supervisor to be gone", lambda: not self._child.running)
        self._result.kills += 1
        self._report(f"supervisor killed, {self._result.kills} of {self._kills}")

    def _wait_until_ready(self) -> None:
        epoch = wait_for("the stack", self._ready, READY_SECONDS_MAX)
        self._result.epochs.append(epoch)
        self._report(f"ready in epoch {epoch.epoch}, {epoch.facts} facts came from the journal")

    def _ready(self) -> EpochFile | None:
        assert self._child.running, f"the supervisor ended by itself; see {self._child.log_file}"
        data_dir = self._settings.data_dir
        run_file, epoch = read_run_file(data_dir), read_epoch_file(data_dir)
        if run_file is None or run_file.pid != self._child.pid:
            return None
        if epoch is None or epoch.state != "complete":
            return None
        try:
            answer = httpx.get(f"{run_file.api}/readyz", timeout=5)
        except httpx.HTTPError:
            return None
        return epoch if answer.is_success else None

    def _environment(self) -> dict[str, str]:
        """Fixed ports: whoever outlives its stack would talk to the next one."""
        settings = self._settings
        return {
            "GIANTS_BROKER_PORT": settings.require_broker().rpartition(":")[2],
            "GIANTS_API_PORT": str(settings.api_port),
            "GIANTS_DATA_DIR": str(settings.data_dir),
            "GIANTS_PARTITIONS": str(settings.partitions),
            "GIANTS_CLOCK": "false",
        }
