"""Bars of parts of a whole, small enough for the cell of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from giants.web.dashboard.charts.svg import element

WIDTH: Final = 200.0
HEIGHT: Final = 12.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part: how many, and the class that colours it."""

    count: int
    class_: str


def bar(parts: Sequence[Part], whole: int | None = None) -> Markup:
    """Parts side by side; a `whole` larger than their sum leaves room, so that bars compare.

    Hidden from screen readers: the numbers stand beside it.
    """
    whole = max(whole or 0, sum(part.count for part in parts), 1)
    at = 0.0
    rects = []
    for part in parts:
        width = part.count / whole * WIDTH
        if width > 0:
            rects.append(element("rect", x=at, y=0, width=width, height=HEIGHT, class_=part.class_))
        at += width
    return element(
        "svg",
        *rects,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
        focusable="false",
    )


def status_bar(active: int, unknown: int, inactive: int, whole: int | None = None) -> Markup:
    """Companies by status."""
    return bar((Part(active, "s-active"), Part(unknown, "s-unknown"), Part(inactive, "s-inactive")), whole)


def band_bar(counts: Sequence[int], whole: int | None = None) -> Markup:
    """Companies by band, strongest first; `counts` are weakest first, as bands are."""
    parts = [Part(count, f"b{level}") for level, count in enumerate(counts, 1)]
    return bar(parts[::-1], whole)
