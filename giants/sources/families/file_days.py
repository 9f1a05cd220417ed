"""The days of one file of patents: how they are read, and on which day it was exported."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Final

from giants.sources.base import Context, Row
from giants.sources.families.days import DayOrder
from giants.sources.families.publication import NOTHING, LeftOut, Publication, shown
from giants.sources.families.versions import export_day

_HEADING_LINE: Final = 1


class FileDays:
    """First every publication is learned, then the file is settled, then days are asked for."""

    def __init__(self, context: Context, name: str) -> None:
        self.context: Final = context
        self.exported_on: date | None = None
        self._name: Final = name
        self._order: Final = DayOrder()
        self._texts: Final[set[str]] = set()  # days repeat: a century has fewer than 40,000
        self._today: Final = datetime.now(UTC).date()

    def learn(self, filed: str, dated: Collection[str]) -> None:
        """Take the days of a publication into account."""
        self._order.learn(filed)
        for text in dated:
            self._order.learn(text)
        self._texts.update(dated)

    def settle(self) -> Iterator[Row]:
        """Decide how days are read and on which day the file was exported; give what a reader must know."""
        known = {day for text in self._texts if (day := self._order.read(text)) is not None}
        newest = max((day for day in known if day <= self._today), default=None)
        given = self.context.options.exported_on
        self.exported_on, known_from = export_day(given, self._name, newest, self._today)
        self.context.understanding.exported_on = self.exported_on
        self.context.understanding.exported_by = known_from
        if self._order.is_guessed:
            yield Row(_HEADING_LINE, note="days such as 04/03/24 are read day first: no day of it tells")
        if self._order.is_mixed:
            yield Row(
                _HEADING_LINE,
                note="days are written day first and month first: those that fit both are left out",
            )
        if later := sorted(day for day in known if day > self._today):
            yield Row(_HEADING_LINE, note=f"holds days that are yet to come, such as {later[0]}")
        if given is not None and newest is not None and given < newest:
            yield Row(_HEADING_LINE, note=f"was exported on {given} as given, but holds days up to {newest}")

    def of(self, publication: Publication) -> tuple[date | None, date | None, LeftOut]:
        """Give the filing day of a publication, its newest day, and what of its days is none."""
        filed_on, *dated = (self._order.read(text) for text in (publication.filed, *publication.dated))
        texts = (publication.filed, *publication.dated)
        pairs = dict(zip(texts, (filed_on, *dated), strict=True))  # the same text may stand for both
        odd = [text for text, day in pairs.items() if text and day is None]
        left_out = LeftOut(days=len(odd), first=shown(odd[0])) if odd else NOTHING
        return filed_on, max((day for day in dated if day is not None), default=None), left_out
