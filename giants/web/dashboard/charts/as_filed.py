"""Scores by filing date: one line a technology over the ends of years."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from giants.web.dashboard.charts.svg import Scale, element, group, line, path, picture, text
from giants.web.dashboard.words import band_limits

WIDTH: Final = 720.0
HEIGHT: Final = 300.0
LEFT: Final = 44.0
RIGHT: Final = 672.0
TOP: Final = 14.0
BOTTOM: Final = 262.0
LABEL_SPACING: Final = 15.0
LINES_MAX: Final = 8  # as many as there are colours
YEAR_SPACING: Final = 40.0
_UP: Final = Scale(0, 100, BOTTOM, TOP)


@dataclass(frozen=True, slots=True)
class FiledLine:
    """The scores of a technology, one a year, None where not rated; `number` is its row in the table."""

    number: int
    name: str
    scores: tuple[float | None, ...]


def filed_scores(lines: Sequence[FiledLine], years: Sequence[int]) -> Markup:
    """Draw at most `LINES_MAX` lines, each with the number of its row at its end."""
    drawn = lines[:LINES_MAX]
    across = Scale(years[0], max(years[-1], years[0] + 1), LEFT + 12, RIGHT - 16)
    children = [
        *_axes(years, across),
        *(group(_line(one, years, across), class_="filed-line") for one in drawn),
        *_labels(drawn, years, across),
    ]
    described = "; ".join(
        f"{one.number} {one.name}: " + (f"{last:.1f}" if (last := one.scores[-1]) is not None else "unrated")
        for one in drawn
    )
    return picture(
        (WIDTH, HEIGHT),
        "Scores by filing date at the end of each year",
        f"In {years[-1]}: {described}. The table has every year.",
        children,
        "chart-filed",
    )


def _axes(years: Sequence[int], across: Scale) -> list[Markup]:
    parts = []
    for limits in band_limits():
        y = _UP(limits.lower)
        parts.append(line(LEFT, y, RIGHT, y, "grid" if limits.lower else "axis"))
        parts.append(text(LEFT - 8, y + 4, f"{limits.lower:.0f}", "tick", "end"))
    parts.append(text(LEFT - 8, TOP + 4, "100", "tick", "end"))
    width = (RIGHT - LEFT) / len(years)
    every = max(1, round(YEAR_SPACING / width + 0.5)) if width < YEAR_SPACING else 1
    # Counted from the newest year, which is always named.
    named = [year for year in years if (years[-1] - year) % every == 0]
    parts += [text(across(year), BOTTOM + 22, str(year), "tick", "middle") for year in named]
    return parts


def _line(one: FiledLine, years: Sequence[int], across: Scale) -> list[Markup]:
    """Stretches of rated years, and a dot for each."""
    colour = _colour(one)
    parts: list[Markup] = []
    stretch: list[tuple[float, float]] = []
    for year, score in zip(years, one.scores, strict=True):
        if score is not None:
            stretch.append((across(year), _UP(score)))
        elif stretch:
            parts += _stretch(stretch, colour)
            stretch = []
    return [*parts, *(_stretch(stretch, colour) if stretch else ())]


def _stretch(points: Sequence[tuple[float, float]], colour: str) -> list[Markup]:
    dots = [element("circle", cx=x, cy=y, r=3.5, class_=f"dot c{colour}") for x, y in points]
    return [path(points, f"curve c{colour}"), *dots]


def _labels(lines: Sequence[FiledLine], years: Sequence[int], across: Scale) -> list[Markup]:
    """Numbers beside the last rated year of each line, moved apart where lines end close together."""
    wanted = []
    for one in lines:
        rated = [(year, score) for year, score in zip(years, one.scores, strict=True) if score is not None]
        if rated:
            year, score = rated[-1]
            wanted.append((_UP(score), across(year), one))
    wanted.sort(key=lambda item: (item[0], item[2].number))
    places: list[float] = []
    for y, _, _ in wanted:
        places.append(max(y, places[-1] + LABEL_SPACING) if places else y)
    # What was pushed below the axis pushes the others back up.
    limit = BOTTOM
    for position in range(len(places) - 1, -1, -1):
        places[position] = min(places[position], limit)
        limit = places[position] - LABEL_SPACING
    return [
        text(x + 8, y + 4, str(one.number), f"curve-name t{_colour(one)}")
        for y, (_, x, one) in zip(places, wanted, strict=True)
    ]


def _colour(one: FiledLine) -> str:
    return str((one.number - 1) % LINES_MAX + 1)
