"""Clock: publishes each day as it begins, as a fact. Nothing else in the stream reads a clock."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Final

from giants.kafka import topics
from giants.kafka.log import Log, Record
from giants.settings import Settings
from schemas.facts import Day

_LOOK_SECONDS_MAX: Final = 600.0


class Clock:
    """Every worker runs one: a day that is published twice is known."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log, self._topic = log, topics.DAYS.full_name(settings)

    async def run(self) -> None:
        """Work until cancelled."""
        published: date | None = None
        while True:
            now = datetime.now(UTC)
            if now.date() != published:
                published = now.date()
                value = Day(day=published).model_dump_json().encode()
                await self._log.send([Record(self._topic, 0, published.isoformat().encode(), value)])
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
            await asyncio.sleep(min((midnight - now).total_seconds() + 1, _LOOK_SECONDS_MAX))
