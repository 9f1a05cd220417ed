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
MARK_SPACING: Final = 23.0
LABEL_WIDTH: Final = 62.0
ROWS_MAX: Final = 2


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
    # A list may be dated after the last day that is a fact.
    until = max(until, first, *(spell.since for spell in company.timeline), *(mark.on for mark in marks))
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
    drawn: list[Markup] = []
    if not spells:
        return drawn
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
        if width > LABEL_WIDTH:
            drawn.append(text(x + 8, TRACK_TOP + 17.5, spell.status.value, f"on-{spell.status}"))
    return drawn


def _today(until: date, across: Scale) -> Markup:
    x = across(until.toordinal())
    return line(x, TRACK_TOP - 6, x, AXIS - 4, "today")


def _marks(marks: Sequence[Mark], across: Scale) -> list[Markup]:
    drawn: list[Markup] = []
    for mark, at, x, row in _placed(marks, across):
        y = TRACK_TOP - 18 - row * MARK_SPACING
        drawn.append(line(at, TRACK_TOP, x, y + MARK_RADIUS, "stem"))
        drawn.append(element("circle", cx=x, cy=y, r=MARK_RADIUS, class_=f"mark {mark.class_}"))
        drawn.append(text(x, y + 4, str(mark.number), "mark-number", "middle"))
    return drawn


def _placed(marks: Sequence[Mark], across: Scale) -> list[tuple[Mark, float, float, int]]:
    """Each mark with where its day lies, where it stands itself, and in which row above the line.

    Marks that come close together share the rows and push each other to the right; those that would leave
    the frame push back to the left.
    """
    rows: list[list[tuple[Mark, float, float]]] = [[] for _ in range(ROWS_MAX)]
    for mark in sorted(marks, key=lambda mark: (mark.on, mark.number)):
        at = min(max(across(mark.on.toordinal()), LEFT), RIGHT)
        free = [row[-1][2] + MARK_SPACING if row else LEFT for row in rows]
        number = next((number for number, begin in enumerate(free) if begin <= at), free.index(min(free)))
        rows[number].append((mark, at, max(at, free[number])))
    placed = []
    for number, row in enumerate(rows):
        limit = RIGHT - MARK_RADIUS
        for mark, at, x in reversed(row):
            x_kept = min(x, limit)
            limit = x_kept - MARK_SPACING
            placed.append((mark, at, x_kept, number))
    return placed


def _described(company: CompanySnapshot, until: date) -> str:
    spells = "; ".join(f"{spell.status} from {spell.since.isoformat()}" for spell in company.timeline)
    return f"{spells or company.status}; up to {until.isoformat()}. Every event stands in the list below."
