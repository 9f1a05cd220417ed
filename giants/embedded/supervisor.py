"""The supervisor of `giants up`: starts everything on this machine, keeps it alive, ends it without loss.

Order of start: broker, topics, the process with store and API, workers. The embedded broker gets the records
of its topics from disk (`giants.embedded.topic_files`), so that after a restart or a crash everything goes on
where it was. Where they are not there or do not fit (for a rebuild, after a restore, for another version of
the program) the process that has ClickHouse open makes them again from the journal, under a new epoch; until
that epoch is complete the API answers from the one before.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from signal import SIGKILL
from typing import Final, TypeVar

import httpx
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminKafkaError

from giants.embedded.broker import LOOPBACK, EmbeddedBroker, start_durable_broker
from giants.embedded.epochfile import EpochFile, forget_epoch, read_epoch_file
from giants.embedded.errors import StackFailedError, TopicFilesError
from giants.embedded.last_broker import EMBEDDED, is_another_broker, note_broker
from giants.embedded.orphans import end_orphans
from giants.embedded.ports import api_port
from giants.embedded.process import FAILURES_MAX, Child, turn_over
from giants.embedded.runfile import RunFile, claimed, write_run_file
from giants.embedded.topic_files import (
    FOLDER,
    begin_epoch_on_disk,
    discard_topics,
    epoch_on_disk,
    note_epoch_on_disk,
)
from giants.kafka.admin import cluster_id, create_topics
from giants.kafka.lag import DELIVERY, STORE, STREAM, WATCH, ConsumerGroup, LagMonitor, NotCaughtUpError
from giants.kafka.rebuild import forget_derived
from giants.keys import KeyRing, key_file
from giants.settings import Settings, is_loopback

START_SECONDS_MAX: Final = 60.0
REPLAY_SECONDS_MAX: Final = 3_600.0
DRAIN_SECONDS_MAX: Final = 30.0
WORKER_STOP_SECONDS_MAX: Final = 20.0
STORE_STOP_SECONDS_MAX: Final = 40.0
PROBE_SECONDS_MAX: Final = 2.0
POLL_SECONDS: Final = 0.1

_FROM_THE_JOURNAL: Final = "making everything again from the journal, under a new epoch"

# Before the stack ends everything is through: rated, matched with watchlists, queued for delivery, stored.
WHOLE_FLOW: Final = (*STREAM, WATCH, DELIVERY, STORE)

Found = TypeVar("Found")
Report = Callable[[str], None]


class Supervisor:
    """One stack on one data folder; `report` gets a line for people at every step.

    With `port_may_differ` the API takes a free port where the fixed one is taken and nobody chose one.
    """

    def __init__(self, settings: Settings, report: Report, *, port_may_differ: bool = False) -> None:
        self._settings = settings
        self._report = report
        self._data_dir = settings.data_dir.absolute()
        self._broker: EmbeddedBroker | None = None
        self._services: list[Child] = []
        self._workers: list[Child] = []
        self._ready = False
        # Both keep their ports over restarts, so that nobody has to look for them again.
        self._broker_port = settings.broker_port
        self._api_port = settings.api_port or 0
        self._port_may_differ = port_may_differ

    def run(
        self, stop: threading.Event, rebuild: threading.Event, on_ready: Callable[[RunFile], None]
    ) -> None:
        """Run until `stop` is set; `on_ready` is called once everything serves.

        Where `rebuild` is set all state is made again from the journal, and it is cleared.

        Raises `EmbeddedError` where the stack can't come up, after ending what was started.
        """
        with claimed(self._data_dir):
            end_orphans(self._log_file("").parent, self._report)
            with api_port(
                self._settings, may_differ=self._port_may_differ, report=self._report
            ) as self._api_port:
                self._run(stop, rebuild, on_ready)

    def _run(
        self, stop: threading.Event, rebuild: threading.Event, on_ready: Callable[[RunFile], None]
    ) -> None:
        try:
            self._start(stop)
            if not stop.is_set():
                self._ready = True
                on_ready(self._run_file())
            while not stop.wait(POLL_SECONDS):
                self._watch(stop)
                if rebuild.is_set():
                    rebuild.clear()
                    self._rebuild(stop)
        finally:
            self._end()

    def _start(self, stop: threading.Event, *, anew: bool = False) -> None:
        """Start on the topics on disk, or else, and where `anew` is set, from the journal."""
        forget_epoch(self._data_dir)
        if self._settings.broker is not None:
            self._report(f"broker    {self._settings.broker} (GIANTS_BROKER)")
            cluster = f"{cluster_id(self._effective())}/{self._settings.topic_prefix}"
            if is_another_broker(self._data_dir, cluster):
                self._report(f"the state was made on another broker: {_FROM_THE_JOURNAL}")
                forget_derived(self._effective())
                anew = True
            self._start_on_broker(stop, "serve", *(["--replay"] if anew else []))
            self._note_broker(stop, cluster)
            return
        if is_another_broker(self._data_dir, EMBEDDED):
            self._report(f"the state was made on another broker: {_FROM_THE_JOURNAL}")
            anew = True
        self._start_embedded(stop, anew=anew)
        self._note_broker(stop, EMBEDDED)

    def _start_embedded(self, stop: threading.Event, *, anew: bool) -> None:
        on_disk = None if anew else self._start_broker_from_disk()
        if on_disk is not None:
            if self._start_on_broker(stop, "serve", "--resume", on_disk):
                return
            self._report(f"the topics on disk belong to another database than this one: {_FROM_THE_JOURNAL}")
            self._stop_children()
            self._stop_broker()
            forget_epoch(self._data_dir)
            discard_topics(self._topics_folder)
        if self._broker is None:
            self._start_broker_anew()
        self._start_on_broker(stop, "serve", "--replay")

    def _note_broker(self, stop: threading.Event, cluster: str) -> None:
        """Note on which broker everything is ready."""
        if not stop.is_set():
            note_broker(self._data_dir, cluster)

    def _start_on_broker(self, stop: threading.Event, *serve: str) -> bool:
        """Start everything but the broker; False where the store refuses the epoch of the topics."""
        create_topics(self._effective())
        self._start_services(*serve)
        epoch = self._wait_for("the store", stop, lambda: read_epoch_file(self._data_dir), START_SECONDS_MAX)
        if epoch is None:
            return True
        if epoch.state == "refused":
            return False
        self._wait_for("the API", stop, self._api_answers, START_SECONDS_MAX)
        write_run_file(self._data_dir, self._run_file())
        self._report(f"API       {self._api_url()} answers")
        if self._api_without_keys() == "write" and KeyRing(key_file(self._settings)).is_empty:
            self._report(
                "          without keys every program of this machine may read and write here "
                "(GIANTS_API_WITHOUT_KEYS=read says otherwise)"
            )
        if epoch.facts:
            self._report(
                f"journal   replaying {epoch.facts:,} facts as epoch {epoch.epoch}; until that is done "
                "the API answers with what was known before"
            )
        published = self._wait_for("the journal to be published", stop, self._published, REPLAY_SECONDS_MAX)
        if published is None:
            return True
        if self._broker is not None:
            note_epoch_on_disk(self._settings, self._topics_folder, published.id)
        self._start_workers(epoch.epoch)
        self._wait_for("the journal to be worked off", stop, self._epoch_complete, REPLAY_SECONDS_MAX)
        self._wait_for("the API to be ready", stop, self._api_ready, START_SECONDS_MAX)
        return True

    def _start_broker_from_disk(self) -> str | None:
        """Start the broker with the topics on disk; gives the id of their epoch, None without any."""
        began = time.monotonic()
        try:
            epoch_id = epoch_on_disk(self._settings, self._topics_folder)
            if epoch_id is None:
                return None
            self._start_broker()
        except TopicFilesError as error:
            self._report(f"{error}: {_FROM_THE_JOURNAL}")
            return None
        self._report(f"topics    restored in {time.monotonic() - began:.1f} s")
        return epoch_id

    def _start_broker_anew(self) -> None:
        """Start the broker with the inputs on disk alone, or with nothing where these cannot be used."""
        begin_epoch_on_disk(self._settings, self._topics_folder)
        try:
            self._start_broker()
        except TopicFilesError as error:
            self._report(f"{error}: what the journal does not hold of them is lost")
            discard_topics(self._topics_folder)
            self._start_broker()

    def _start_broker(self) -> None:
        log_file = self._log_file("broker")
        log_file.parent.mkdir(parents=True, exist_ok=True)
        turn_over(log_file)
        self._broker = start_durable_broker(self._topics_folder, log_file, self._broker_port)
        self._broker_port = int(self._broker.address.rpartition(":")[2])
        self._report(f"broker    {self._broker.address}")

    @property
    def _topics_folder(self) -> Path:
        return self._data_dir / FOLDER

    def _stop_broker(self) -> None:
        if self._broker is not None:
            self._broker.stop()
            self._broker = None

    def _start_services(self, *serve: str) -> None:
        self._services = [
            Child("serve", _giants(*serve), self._environment(), self._log_file("serve")),
            Child("delivery", _giants("delivery"), self._environment(), self._log_file("delivery")),
        ]
        for child in self._services:
            child.start()

    def _start_workers(self, epoch: int) -> None:
        environment = self._environment() | {"GIANTS_EPOCH": str(epoch)}
        names = [f"worker-{number}" for number in range(1, self._settings.workers + 1)]
        # Where the supervisor is killed the broker goes with it. A worker that waited for it would write to
        # the next one, which may have its port, what belongs to the old epoch.
        state_directory = self._settings.state_dir or self._data_dir / "state"
        self._workers = [
            Child(
                name,
                _giants("worker"),
                environment | {"GIANTS_STATE_DIR": str(state_directory / name)},
                self._log_file(name),
                end_signal=SIGKILL,
            )
            for name in names
        ]
        for child in self._workers:
            child.start()
        self._report(f"workers   {len(self._workers)}, epoch {epoch}")

    def _watch(self, stop: threading.Event) -> None:
        """Revive what died; a broker that died takes its records along, and everything begins anew."""
        if self._broker is not None and not self._broker.running:
            status = self._broker.process.returncode
            self._report(f"broker ended with status {status}: starting the stack again")
            self._start_again(stop, anew=False)
            return
        for child in (*self._services, *self._workers):
            news = child.revive()
            if news is not None:
                self._report(news)

    def _rebuild(self, stop: threading.Event) -> None:
        """Make all state again from the journal, under a new epoch."""
        self._report("rebuilding everything from the journal")
        self._drain(WHOLE_FLOW)
        self._start_again(stop, anew=True)

    def _start_again(self, stop: threading.Event, *, anew: bool) -> None:
        self._stop_children()
        if self._broker is None:
            forget_derived(self._effective())
        self._stop_broker()
        self._start(stop, anew=anew)
        self._report("everything is ready again")

    def _wait_for(
        self, what: str, stop: threading.Event, look: Callable[[], Found | None], seconds_max: float
    ) -> Found | None:
        """Wait until `look` finds something; None where `stop` is set first."""
        deadline = time.monotonic() + seconds_max
        while not stop.wait(POLL_SECONDS):
            found = look()
            if found:
                return found
            self._keep_alive(what)
            if time.monotonic() > deadline:
                raise StackFailedError(
                    f"{what} took longer than {seconds_max:.0f} s; see {self._data_dir / 'logs'}"
                )
        return None

    def _keep_alive(self, what: str) -> None:
        if self._broker is not None and not self._broker.running:
            raise StackFailedError(f"the broker ended while waiting for {what}; see {self._broker.log_file}")
        for child in (*self._services, *self._workers):
            news = child.revive()
            if news is not None:
                self._report(news)
            if child.failures >= FAILURES_MAX:
                raise StackFailedError(f"{child.name} does not stay up; see {child.log_file}")

    def _published(self) -> EpochFile | None:
        """The epoch once its topics hold all that it is made of."""
        epoch = read_epoch_file(self._data_dir)
        is_published = epoch is not None and (epoch.state in {"published", "complete"} or not epoch.facts)
        return epoch if is_published else None

    def _epoch_complete(self) -> EpochFile | None:
        epoch = read_epoch_file(self._data_dir)
        return epoch if epoch is not None and epoch.state == "complete" else None

    def _api_answers(self) -> bool:
        return self._probe("/healthz")

    def _api_ready(self) -> bool:
        return self._probe("/readyz")

    def _probe(self, path: str) -> bool:
        try:
            return httpx.get(self._api_url() + path, timeout=PROBE_SECONDS_MAX).is_success
        except httpx.HTTPError:
            return False

    def _end(self) -> None:
        """End everything: what was accepted is worked off first, then nobody is left who could write."""
        if self._ready and self._everything_runs([*self._services, *self._workers]):
            self._report("finishing what was accepted")
            self._drain(WHOLE_FLOW)
        self._stop_children()
        self._stop_broker()
        self._report("ended")

    def _stop_children(self) -> None:
        """End the workers, then what stores their output."""
        for child in self._workers:
            self._stop(child, WORKER_STOP_SECONDS_MAX)
        if self._ready and self._everything_runs(self._services):
            self._drain((STORE,))  # what came in while the workers ended
        for child in self._services:
            self._stop(child, STORE_STOP_SECONDS_MAX)

    def _stop(self, child: Child, seconds_max: float) -> None:
        if not child.stop(seconds_max):
            self._report(f"{child.name} did not end within {seconds_max:.0f} s and was killed")

    def _drain(self, flow: tuple[ConsumerGroup, ...]) -> None:
        try:
            with LagMonitor(self._effective()) as monitor:
                monitor.wait(flow, DRAIN_SECONDS_MAX)
        except (NotCaughtUpError, KafkaError, AdminKafkaError) as error:
            self._report(f"{error}: what is in the journal is worked off after the next start")

    def _everything_runs(self, children: Iterable[Child]) -> bool:
        broker_runs = self._broker is None or self._broker.running
        return broker_runs and all(child.running for child in children)

    def _effective(self) -> Settings:
        """The settings with the broker that is in use."""
        return self._settings.model_copy(
            update={"broker": self._broker_address(), "broker_quirks": self._broker_quirks()}
        )

    def _broker_quirks(self) -> str:
        return "embedded" if self._broker is not None else "none"

    def _environment(self) -> dict[str, str]:
        """What the children are told beside what this process was told."""
        return {
            "GIANTS_BROKER": self._broker_address(),
            "GIANTS_BROKER_QUIRKS": self._broker_quirks(),
            "GIANTS_DATA_DIR": str(self._data_dir),
            "GIANTS_API_HOST": self._settings.api_host,
            "GIANTS_API_PORT": str(self._api_port),
            "GIANTS_API_WITHOUT_KEYS": self._api_without_keys(),
        }

    def _api_without_keys(self) -> str:
        """What this machine may do without keys: to write too where nobody chose, on a loopback address."""
        if "api_without_keys" in self._settings.model_fields_set:
            return self._settings.api_without_keys
        return "write" if is_loopback(self._settings.api_host) else "read"

    def _broker_address(self) -> str:
        return self._broker.address if self._broker is not None else self._settings.require_broker()

    def _api_url(self) -> str:
        return f"http://{reachable_host(self._settings.api_host)}:{self._api_port}"

    def _run_file(self) -> RunFile:
        epoch = read_epoch_file(self._data_dir)
        return RunFile(
            pid=os.getpid(),
            broker=self._broker_address(),
            api=self._api_url(),
            data=str(self._data_dir),
            epoch=epoch.epoch if epoch is not None else 0,
            embedded=self._broker is not None,
        )

    def _log_file(self, name: str) -> Path:
        return self._data_dir / "logs" / f"{name}.log"


def reachable_host(listening: str) -> str:
    """Where to reach from here what listens on an address; all addresses include the loopback one."""
    try:
        address = ip_address(listening)
    except ValueError:
        return listening
    if address.is_unspecified:
        return LOOPBACK
    return f"[{address}]" if address.version == 6 else str(address)


def _giants(*arguments: str) -> list[str]:
    """The command line of one of our own commands, in this very environment."""
    return [sys.executable, "-m", "giants.cli", *arguments]
