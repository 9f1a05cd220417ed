"""The exposure plot: alignment against confidence, with the quadrants (X-15) and the assumed bands (X-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from markupsafe import Markup

from giants.domain.exposure import METHODOLOGY
from giants.web.dashboard.charts.svg import Scale, element, group, line, path, picture, text
from schemas.codes import Band, Profile

WIDTH: Final = 520.0
HEIGHT: Final = 440.0
LEFT: Final = 52.0
RIGHT: Final = 496.0  # room for half of "100%" beside the axis
TOP: Final = 14.0
BOTTOM: Final = 388.0
NUMBERED_MAX: Final = 12
NUMBER_SPACING: Final = 15.0
POINTS_MAX: Final = 2_000
_LEVELS: Final = {band: level for level, band in enumerate(Band, 1)}
_STEPS: Final = 60
_TICKS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

_ACROSS: Final = Scale(0, 1, LEFT, RIGHT)
_UP: Final = Scale(0, 1, BOTTOM, TOP)
# Quadrants are named where few portfolios are: most have a confidence near none or near one. The names keep
# their distance from the line between them, and from each other across it.
_UPPER: Final = _UP(0.75)
_LOWER: Final = _UP(0.28)
_CORNERS: Final = (
    (Profile.ESTABLISHED, RIGHT - 8, _UPPER, "end"),
    (Profile.PERIPHERAL, LEFT + 8, _UPPER, "start"),
    (Profile.TENTATIVE, RIGHT - 8, _LOWER, "end"),
    (Profile.SPARSE, LEFT + 8, _LOWER, "start"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A rated pair; `number` is that of its row in the table beside the plot, None where it has none."""

    alignment: float
    confidence: float
    band: Band
    number: int | None = None


def exposure_plot(points: Sequence[Point], title: str) -> Markup:
    """Draw at most `POINTS_MAX` pairs, the numbered ones with their numbers."""
    drawn = points[:POINTS_MAX]
    children = [
        _quadrants(),
        _bands(),
        _axes(),
        group([_point(point) for point in reversed(drawn)], class_="points"),
        group(_numbers(drawn), class_="numbers"),
    ]
    return picture((WIDTH, HEIGHT), title, _described(drawn), children, "chart-exposure")


def _quadrants() -> Markup:
    x, y = _ACROSS(METHODOLOGY.high_alignment), _UP(METHODOLOGY.high_confidence)
    names = [text(at, up, name.value, "quadrant", anchor) for name, at, up, anchor in _CORNERS]
    established = element("rect", x=x, y=TOP, width=RIGHT - x, height=y - TOP, class_="quadrant-established")
    return group(
        [
            established,
            line(x, TOP, x, BOTTOM, "threshold"),
            line(LEFT, y, RIGHT, y, "threshold"),
            *names,
        ]
    )


def _bands() -> Markup:
    """On the lower bound of a band alignment times confidence is constant."""
    curves = []
    for cutoff, band in METHODOLOGY.band_cutoffs:
        product = (cutoff / 100) ** 2
        if not product:
            continue
        begin = ceil(product * _STEPS)
        places = [product, *(step / _STEPS for step in range(begin, _STEPS + 1))]
        points = [(_ACROSS(at), _UP(min(product / at, 1.0))) for at in places]
        level = _LEVELS[band]
        curves.append(path(points, f"band-limit l{level}"))
        curves.append(text(RIGHT - 4, _UP(product) - 5, f"{cutoff:.0f}", "band-name", "end"))
    return group(curves, class_="band-limits")


def _axes() -> Markup:
    parts = [line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"), line(LEFT, TOP, LEFT, BOTTOM, "axis")]
    for tick in _TICKS:
        parts.append(text(_ACROSS(tick), BOTTOM + 18, f"{tick:.0%}", "tick", "middle"))
        parts.append(text(LEFT - 8, _UP(tick) + 4, f"{tick:.1f}", "tick", "end"))
    middle = (TOP + BOTTOM) / 2
    parts.append(text((LEFT + RIGHT) / 2, HEIGHT - 10, "Alignment", "axis-name", "middle"))
    parts.append(
        element(
            "text",
            "Confidence",
            x=14,
            y=middle,
            class_="axis-name",
            text_anchor="middle",
            transform=f"rotate(-90 14 {middle:g})",
        )
    )
    return group(parts, class_="axes")


def _point(point: Point) -> Markup:
    radius = 6.5 if point.number else 4.0
    return element(
        "circle",
        cx=_ACROSS(point.alignment),
        cy=_UP(point.confidence),
        r=radius,
        class_=f"point b{_LEVELS[point.band]}",
    )


def _numbers(points: Sequence[Point]) -> list[Markup]:
    """Numbers above the points; one that would cover another rises a step."""
    drawn: list[Markup] = []
    taken: list[tuple[float, float]] = []
    for point in points:
        if point.number is None or len(taken) >= NUMBERED_MAX:
            continue
        x, y = _ACROSS(point.alignment), _UP(point.confidence)
        below = y - 11 < TOP + 24
        step, at = (NUMBER_SPACING, y + 20) if below else (-NUMBER_SPACING, y - 11)
        while any(abs(x - other) < NUMBER_SPACING and abs(at - up) < NUMBER_SPACING for other, up in taken):
            at += step
        taken.append((x, at))
        drawn.append(text(x, at, str(point.number), "point-number", "middle"))
    return drawn


def _described(points: Sequence[Point]) -> str:
    if not points:
        return "No pair is rated."
    counts = {band: sum(point.band is band for point in points) for band in reversed(Band)}
    counted = ", ".join(f"{count} {band.replace('_', ' ')}" for band, count in counts.items() if count)
    return f"{len(points)} rated: {counted}. Curves are the lower bounds of the bands, which are assumed."
