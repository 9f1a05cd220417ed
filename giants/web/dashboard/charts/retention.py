"""Retention: the share of each batch that holds the title at the end of each year."""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from giants.store.queries.dashboard_programme import RetentionRow
from giants.web.dashboard.charts.svg import Scale, element, group, line, path, picture, text

WIDTH: Final = 720.0
HEIGHT: Final = 320.0
LEFT: Final = 46.0
RIGHT: Final = 636.0
TOP: Final = 14.0
BOTTOM: Final = 282.0
LABEL_SPACING: Final = 15.0
COLOURS: Final = 8
_UP: Final = Scale(0, 1, BOTTOM, TOP)


def retention_curves(by_batch: Mapping[int, Sequence[RetentionRow]]) -> Markup:
    """Draw one line a batch, from its first year on."""
    years = sorted({row.year for rows in by_batch.values() for row in rows})
    if not years:
        return Markup("")
    across = Scale(years[0], max(years[-1], years[0] + 1), LEFT + 12, RIGHT - 12)
    children = [*_axes(years, across)]
    for batch, rows in by_batch.items():
        points = [(across(row.year), _UP(row.active / row.companies)) for row in rows]
        colour = f"c{(batch - 1) % COLOURS + 1}"
        dots = [element("circle", cx=x, cy=y, r=3.5, class_=f"dot {colour}") for x, y in points]
        children.append(group([path(points, f"curve {colour}"), *dots]))
    children += _labels(by_batch)
    described = "; ".join(
        f"batch {batch}: {rows[-1].active / rows[-1].companies:.0%} in {rows[-1].year}"
        for batch, rows in by_batch.items()
    )
    title = "Share of each batch that holds the title at the end of each year"
    return picture((WIDTH, HEIGHT), title, described, children, "chart-retention")


def _axes(years: Sequence[int], across: Scale) -> list[Markup]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(line(LEFT, _UP(share), RIGHT, _UP(share), "grid" if share else "axis"))
        parts.append(text(LEFT - 8, _UP(share) + 4, f"{share:.0%}", "tick", "end"))
    parts.extend(text(across(year), BOTTOM + 22, str(year), "tick", "middle") for year in years)
    return parts


def _labels(by_batch: Mapping[int, Sequence[RetentionRow]]) -> list[Markup]:
    """Names at the ends of the lines, moved apart where lines end close together."""
    wanted = sorted((_UP(rows[-1].active / rows[-1].companies), batch) for batch, rows in by_batch.items())
    parts = []
    last = float("-inf")
    for y, batch in wanted:
        last = max(y, last + LABEL_SPACING)
        parts.append(text(RIGHT + 6, last + 4, f"batch {batch}", f"curve-name t{(batch - 1) % COLOURS + 1}"))
    return parts
