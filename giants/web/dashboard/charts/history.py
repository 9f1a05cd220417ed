"""The rating of one pair over time: announced scores as steps across the bands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from markupsafe import Markup

from giants.web.dashboard.charts.svg import Scale, element, group, line, path, picture, text
from giants.web.dashboard.words import band_limits
from schemas.codes import Band

WIDTH: Final = 720.0
HEIGHT: Final = 300.0
LEFT: Final = 44.0
RIGHT: Final = 634.0
TOP: Final = 12.0
BOTTOM: Final = 262.0
YEAR_SPACING: Final = 40.0
_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}
_UP: Final = Scale(0, 100, BOTTOM, TOP)


@dataclass(frozen=True, slots=True)
class Step:
    """What was announced at an instant; None where the pair stopped being rated."""

    at: datetime
    score: float | None
    band: Band | None


def rating_history(steps: Sequence[Step], until: date) -> Markup:
    """Draw announcements, oldest first, up to a day."""
    first = steps[0].at.date() if steps else until
    across = Scale(date(first.year, 1, 1).toordinal(), _end_of(until).toordinal(), LEFT, RIGHT)
    children = [
        group(_zones(), class_="zones"),
        *_years(first, until, across),
        group(_line(steps, until, across), class_="steps"),
    ]
    described = f"{len(steps)} announcements up to {until.isoformat()}; the table below has each of them."
    return picture((WIDTH, HEIGHT), "Rating over time", described, children, "chart-history")


def _end_of(until: date) -> date:
    return date(until.year + 1, 1, 1)


def _zones() -> list[Markup]:
    parts = []
    for limits in band_limits():
        top, bottom = _UP(limits.upper if limits.upper is not None else 100.0), _UP(limits.lower)
        level = _LEVELS[limits.band]
        parts.append(
            element("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=bottom - top, class_=f"zone z{level}")
        )
        parts.append(text(RIGHT + 8, (top + bottom) / 2 + 4, limits.band.replace("_", " "), "zone-name"))
        parts.append(text(LEFT - 8, bottom + 4, f"{limits.lower:.0f}", "tick", "end"))
    parts.append(text(LEFT - 8, TOP + 4, "100", "tick", "end"))
    return parts


def _years(first: date, until: date, across: Scale) -> list[Markup]:
    parts = []
    years = range(first.year, until.year + 1)
    width = (RIGHT - LEFT) / len(years)
    every = max(1, round(YEAR_SPACING / width + 0.5)) if width < YEAR_SPACING else 1
    for year in years:
        x = across(date(year, 1, 1).toordinal())
        parts.append(line(x, TOP, x, BOTTOM, "grid"))
        if (year - first.year) % every == 0:
            parts.append(text(x + width / 2, BOTTOM + 22, str(year), "tick", "middle"))
    return parts


def _line(steps: Sequence[Step], until: date, across: Scale) -> list[Markup]:
    parts: list[Markup] = []
    ends = [*(step.at.date() for step in steps[1:]), until]
    for position, (step, end) in enumerate(zip(steps, ends, strict=True)):
        if step.score is None or step.band is None:
            continue
        x, y = across(step.at.date().toordinal()), _UP(step.score)
        track = [(x, y), (across(end.toordinal()), y)]
        after = steps[position + 1] if position + 1 < len(steps) else None
        if after is not None and after.score is not None:
            track.append((track[-1][0], _UP(after.score)))
        parts.append(path(track, "step"))
        parts.append(element("circle", cx=x, cy=y, r=5, class_=f"point b{_LEVELS[step.band]}"))
    return parts
