"""The life of a company as a line of years: its status, and the documents that settled it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from giants.web.dashboard.charts.svg import Scale, element, group, line, picture, text
from schemas.changes import CompanySnapshot, StatusSpell

WIDTH: Final = 720.0
LEFT: Final = 12.0
RIGHT: Final = 708.0
TRACK_TOP: Final = 56.0
TRACK_HEIGHT: Final = 26.0
AXIS: Final = 104.0
HEIGHT: Final = 124.0
MARK_RADIUS: Final = 10.0
# Marks closer than this are raised above each other.
MARK_ROOM: Final = 23.0
LABEL_ROOM: Final = 62.0
ROWS_MAX: Final = 2
_SHORT: Final = {"active": "active", "inactive": "inactive", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on the line; `number` is that of its row in the list beside the chart."""

    number: int
    on: date
    class_: str
    said: str


def timeline(company: CompanySnapshot, marks: Sequence[Mark], until: date) -> Markup:
    """Draw the stretches of status up to a day, with numbered marks above."""
    first = min((spell.since for spell in company.timeline), default=company.since)
    until = max(until, first)
    across = Scale(date(first.year, 1, 1).toordinal(), date(until.year + 1, 1, 1).toordinal(), LEFT, RIGHT)
    years = range(first.year, until.year + 2)
    children = [
        *(_year(year, across) for year in years),
        *_spells(company.timeline, until, across),
        _today(until, across),
        group(_marks(marks, across), class_="marks"),
    ]
    return picture(
        (WIDTH, HEIGHT), "Status over the years", _described(company, until), children, "chart-timeline"
    )


def _year(year: int, across: Scale) -> Markup:
    x = across(date(year, 1, 1).toordinal())
    middle = across(date(year, 7, 2).toordinal())
    tick = line(x, TRACK_TOP - 4, x, AXIS - 6, "grid")
    if middle > RIGHT:
        return tick
    return tick + text(middle, AXIS + 12, str(year), "tick", "middle")


def _spells(spells: Sequence[StatusSpell], until: date, across: Scale) -> list[Markup]:
    drawn = []
    ends = [*(spell.since for spell in spells[1:]), until]
    for spell, end in zip(spells, ends, strict=True):
        x, width = across(spell.since.toordinal()), across(end.toordinal()) - across(spell.since.toordinal())
        if width <= 0:
            continue
        pending = " pending" if spell.sub_state == "review_pending" else ""
        drawn.append(
            element(
                "rect",
                x=x,
                y=TRACK_TOP,
                width=width,
                height=TRACK_HEIGHT,
                class_=f"s-{spell.status}{pending}",
            )
        )
        if width > LABEL_ROOM:
            drawn.append(text(x + 8, TRACK_TOP + 17.5, _SHORT[spell.status], f"on-{spell.status}"))
    return drawn


def _today(until: date, across: Scale) -> Markup:
    x = across(until.toordinal())
    return line(x, TRACK_TOP - 6, x, AXIS - 4, "today")


def _marks(marks: Sequence[Mark], across: Scale) -> list[Markup]:
    drawn: list[Markup] = []
    last_of_row = [float("-inf")] * ROWS_MAX
    for mark in sorted(marks, key=lambda mark: (mark.on, mark.number)):
        at = across(mark.on.toordinal())
        # The lowest row with room; where none has, the mark moves to the right of the last one.
        row = next((row for row in range(ROWS_MAX) if at - last_of_row[row] >= MARK_ROOM), None)
        if row is None:
            row = min(range(ROWS_MAX), key=lambda row: last_of_row[row])
        x = max(at, last_of_row[row] + MARK_ROOM)
        last_of_row[row] = x
        y = TRACK_TOP - 18 - row * MARK_ROOM
        drawn.append(line(at, TRACK_TOP, x, y + MARK_RADIUS, "stem"))
        drawn.append(element("circle", cx=x, cy=y, r=MARK_RADIUS, class_=f"mark {mark.class_}"))
        drawn.append(text(x, y + 4, str(mark.number), "mark-number", "middle"))
    return drawn


def _described(company: CompanySnapshot, until: date) -> str:
    spells = "; ".join(f"{spell.status} from {spell.since.isoformat()}" for spell in company.timeline)
    return f"{spells or company.status}; up to {until.isoformat()}. Every event stands in the list below."
