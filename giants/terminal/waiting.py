"""Waiting until everything that was published is rated and stored, with a bar that says how far it is."""

from rich.progress import Progress as Bars
from rich.progress import TaskID

from giants.kafka.lag import FLOW, ConsumerGroup, LagMonitor, NotCaughtUpError
from giants.settings import Settings
from giants.terminal.output import CommandError, bars, err

WAIT_SECONDS_MAX = 3_600.0


def wait_until_through(settings: Settings, seconds_max: float = WAIT_SECONDS_MAX) -> None:
    """Return once all that is published now is rated and stored; ends the command where it takes too long."""
    with bars(err()) as shown, LagMonitor(settings) as flow:
        reported = LagBars(shown)
        try:
            flow.wait(FLOW, seconds_max, reported.lag)
        except NotCaughtUpError as error:
            raise CommandError(f"{error}; is a worker running?") from error


class LagBars:
    """One bar a consumer group, as its turn comes."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[ConsumerGroup, tuple[TaskID, int]] = {}

    def lag(self, consumer: ConsumerGroup, records: int) -> None:
        """Show how many records a group has still to read."""
        if consumer not in self._tasks:
            name = f"{consumer.group} ({consumer.topics[0].name} …)"
            self._tasks[consumer] = (self._bars.add_task(name, total=records), records)
        task, total = self._tasks[consumer]
        self._bars.update(task, completed=max(total - records, 0))
