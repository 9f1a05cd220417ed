"""One run: all starts, facts stream in, the schedule is played, all comes back, a verdict is given."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from giants.embedded.broker import LOOPBACK, free_port, start_broker
from giants.kafka.admin import create_topics
from giants.kafka.lag import FLOW, WATCH, LagMonitor
from giants.settings import Settings
from giants.store.client import connect
from tests.broker import embedded
from tests.chaos.facts import endless_facts
from tests.chaos.feeder import Feeder
from tests.chaos.outcome import Outcome
from tests.chaos.process_group import ProcessGroup
from tests.chaos.recovery import Recovery
from tests.chaos.schedule import Cast, Means, Step, schedule
from tests.chaos.verdict import Verdict
from tests.clickhouse.standin import StandIn
from tests.kafka.cluster import KafkaCluster
from tests.waiting import wait_for

PARTITIONS: Final = 4
THROUGH_SECONDS_MAX: Final = 300.0
# Late records of a worker that was taken for dead are put right within its check interval.
SETTLE_SECONDS_MAX: Final = 120.0
_BEAT_SECONDS: Final = 0.05
_FLOW: Final = (*FLOW[:-1], WATCH, FLOW[-1])
Report = Callable[[str], None]


class BrokerKind(StrEnum):
    """What the processes talk to."""

    EMBEDDED = "embedded"  # it forgets, so it is left alone; ClickHouse is chDB in the process of the API
    KAFKA = "kafka"  # its brokers are killed too; ClickHouse is the stand-in, store and API apart


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `folder` is made anew by the caller."""

    seed: int
    seconds: float
    kills: int
    others: int
    broker: BrokerKind
    folder: Path
    facts_per_second: float = 60.0
    brokers: int = 3
    outage_seconds: float = 0.0  # one long outage of ClickHouse, beside the drawn ones; 0 = none


@dataclass(slots=True)
class Result:
    """What a run gave; all is well where `violations` is empty."""

    violations: list[str] = field(default_factory=list)
    played: Counter[tuple[str, str]] = field(default_factory=Counter)  # by means and victim
    ended_by_themselves: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    sent_again: int = 0
    changes: int = 0
    alerts: int = 0
    again: Counter[str] = field(default_factory=Counter)
    recovery_seconds: dict[str, list[float]] = field(default_factory=dict)
    through_seconds: float = 0.0
    settle_seconds: float = 0.0

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(times for (means, _), times in self.played.items() if means == Means.KILL)


class Run:
    """Plays a plan; `report` gets a line for people at every step."""

    def __init__(self, plan: Plan, report: Report) -> None:
        self._plan, self._report = plan, report
        self._result = Result()
        self._process_group: ProcessGroup
        self._cluster: KafkaCluster | None = None
        self._standin: StandIn | None = None
        self._recovery: Recovery
        self._up: set[str] = set()
        self._ports: dict[str, int] = {}  # where each says whether it is ready

    def play(self) -> Result:
        """Run everything; raises where the stream does not get through in time."""
        result, plan = self._result, self._plan
        with ExitStack() as stack:
            settings, api = self._start(stack)
            with Recovery(settings, api) as self._recovery:
                with Feeder(settings, endless_facts(plan.seed), plan.facts_per_second) as feeder:
                    self._act(feeder)
                result.facts, result.sent_again = feeder.facts, feeder.again
                result.through_seconds = self._wait_until_through(settings)
                wait_for("all to have recovered", lambda: not self._recovery.pending, THROUGH_SECONDS_MAX)
            result.recovery_seconds = self._recovery.seconds
            outcome = self._settled(settings)
            self._process_group.leave_all()
            verdict = Verdict(outcome, feeder.confirmed)
            with connect(settings.clickhouse_dsn()) as database:
                verdict.judge(database)
        result.violations, result.again = verdict.violations, verdict.again
        result.changes, result.alerts = len(verdict.changes), len(verdict.alerts)
        return result

    def _act(self, _: Feeder) -> None:
        """What happens while facts stream in."""
        self._play_steps(self._steps())

    def _start(self, stack: ExitStack) -> tuple[Settings, str]:
        plan, folder = self._plan, self._plan.folder
        port = free_port()
        common: dict[str, Any] = {
            "partitions": PARTITIONS,
            "clock": False,
            "data_dir": folder,
            "api_port": port,
        }
        if plan.broker is BrokerKind.KAFKA:
            self._cluster = stack.enter_context(KafkaCluster(folder / "kafka", plan.brokers))
            self._standin = stack.enter_context(StandIn(folder / "clickhouse"))
            settings = self._cluster.settings(clickhouse=self._standin.dsn, **common)
        else:
            broker = start_broker(folder / "broker.log")
            stack.callback(broker.stop)
            settings = embedded(broker.address, **common)
        create_topics(settings)
        self._process_group = stack.enter_context(ProcessGroup(folder, environment(settings)))
        for name in ("worker-1", "worker-2"):
            self._ports[name] = free_port()
            self._process_group.add(name, "worker", GIANTS_WORKER_PORT=str(self._ports[name]))
        if plan.broker is BrokerKind.KAFKA:
            self._ports["store"] = free_port()
            self._process_group.add("store", "store", GIANTS_STORE_PORT=str(self._ports["store"]))
        self._ports["api"] = port
        self._process_group.add("api", "api")
        self._up = {"worker-1", "worker-2", "api"} | ({"store"} if self._standin is not None else set())
        return settings, f"http://{LOOPBACK}:{port}"

    def _steps(self) -> list[Step]:
        plan, fixed = self._plan, []
        if plan.outage_seconds and self._standin is not None:
            fixed = [Step(plan.seconds / 3, Means.OUTAGE, "clickhouse", plan.outage_seconds)]
        return schedule(plan.seed, plan.seconds, plan.kills, plan.others, self._cast(), fixed=fixed)

    def _cast(self) -> Cast:
        weights = {
            ("worker-1", Means.KILL): 5.0,
            ("worker-2", Means.KILL): 5.0,
            ("api", Means.KILL): 4.0,
            ("worker-1", Means.LEAVE): 1.0,
            ("worker-2", Means.LEAVE): 2.0,
            ("worker-1", Means.FREEZE): 1.0,
            ("worker-2", Means.FREEZE): 1.0,
        }
        if self._cluster is None or self._standin is None:
            return Cast(weights)
        brokers = [f"broker-{broker.node}" for broker in self._cluster.brokers]
        weights |= {("api", Means.KILL): 2.0, ("store", Means.KILL): 4.0, ("clickhouse", Means.OUTAGE): 2.0}
        if len(brokers) > 1:
            weights |= {(broker, Means.KILL): 1.0 for broker in brokers}
        return Cast(weights, apart=[frozenset(brokers)])

    def _play_steps(self, steps: list[Step]) -> None:
        """Play the steps at their times; what ended by itself is started again, and counted."""
        began = time.monotonic()
        moments: list[tuple[float, bool, Step]] = [(step.at_seconds, True, step) for step in steps]
        moments += [(step.until_seconds, False, step) for step in steps]
        for at_seconds, goes_down, step in sorted(moments, key=lambda moment: moment[0]):
            while time.monotonic() - began < at_seconds:
                self._revive()
                time.sleep(_BEAT_SECONDS)
            self._revive()
            if goes_down:
                self._down(step)
                now = time.monotonic() - began
                self._report(f"{now:6.1f} s  {step.victim} {step.means} for {step.down_seconds:.1f} s")
            else:
                self._back(step)
        while time.monotonic() - began < self._plan.seconds:
            self._revive()
            time.sleep(_BEAT_SECONDS)

    def _revive(self) -> None:
        for name in self._up:
            if not self._process_group.is_running(name):
                self._result.ended_by_themselves[name] += 1
                self._report(f"          {name} ended by itself, see {self._process_group.log_file(name)}")
                self._process_group.start(name)

    def _down(self, step: Step) -> None:
        self._result.played[step.means.value, step.victim] += 1
        if step.victim.startswith("broker") and self._cluster is not None:
            # Two copies are always there: the next broker goes when the one before it is back.
            self._cluster.wait_until_complete()
            self._cluster.kill(_node(step))
        elif step.means is Means.OUTAGE and self._standin is not None:
            self._standin.down()
        elif step.means is Means.FREEZE:
            self._process_group.freeze(step.victim)
        else:
            self._up.discard(step.victim)
            if step.means is Means.KILL:
                self._process_group.kill(step.victim)
            else:
                self._process_group.leave(step.victim)
        self._recovery.went_down(step.victim)

    def _back(self, step: Step) -> None:
        if step.victim.startswith("broker") and self._cluster is not None:
            self._cluster.bring_back(_node(step))
        elif step.means is Means.OUTAGE and self._standin is not None:
            self._standin.up()
        elif step.means is Means.FREEZE:
            self._process_group.thaw(step.victim)
        else:
            self._process_group.start(step.victim)
            self._up.add(step.victim)

    def _wait_until_through(self, settings: Settings) -> float:
        """Wait until all is folded, matched and stored; returns the seconds that took."""
        began = time.monotonic()
        with LagMonitor(settings) as progress:
            progress.wait(_FLOW, THROUGH_SECONDS_MAX)
        return time.monotonic() - began

    def _settled(self, settings: Settings) -> Outcome:
        """The outcome, once the latest values are right, or as it is when the time for that is over."""
        began = time.monotonic()
        while True:
            outcome = Outcome.read(settings)
            self._result.settle_seconds = time.monotonic() - began
            if not any(outcome.stale()) or self._result.settle_seconds > SETTLE_SECONDS_MAX:
                self._wait_until_through(settings)  # what put them right has to be stored too
                return Outcome.read(settings)
            time.sleep(1.0)


def _node(step: Step) -> int:
    return int(step.victim.removeprefix("broker-"))


def environment(settings: Settings) -> dict[str, str]:
    """Settings as the processes get them."""
    values = {
        "GIANTS_BROKER": settings.require_broker(),
        "GIANTS_BROKER_QUIRKS": settings.broker_quirks,
        "GIANTS_BROKER_SECURITY": settings.broker_security,
        "GIANTS_BROKER_CA_FILE": settings.broker_ca_file,
        "GIANTS_BROKER_USERNAME": settings.broker_username,
        "GIANTS_BROKER_PASSWORD": settings.broker_password and settings.broker_password.get_secret_value(),
        "GIANTS_TOPIC_PREFIX": settings.topic_prefix,
        "GIANTS_PARTITIONS": settings.partitions,
        "GIANTS_REPLICATION_FACTOR": settings.replication_factor,
        "GIANTS_CLICKHOUSE": settings.clickhouse_dsn(),
        "GIANTS_DATA_DIR": settings.data_dir,
        "GIANTS_API_PORT": settings.api_port,
        "GIANTS_CLOCK": int(settings.clock),
    }
    return {name: str(value) for name, value in values.items() if value is not None}
