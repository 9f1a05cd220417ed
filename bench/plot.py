"""Pictures of results: bars, or lines over a logarithmic axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.rcParams["svg.hashsalt"] = "giants"  # the same figures give the same file
_COLOUR = "#2a5d84"
_WIDTH_INCHES, _HEIGHT_INCHES = 7.0, 3.4


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture to write as `NAME.svg`."""

    name: str
    figure: Figure

    def write(self, folder: Path) -> None:
        """Write it."""
        self.figure.savefig(folder / f"{self.name}.svg", metadata={"Date": None, "Creator": None})


def bars(name: str, title: str, unit: str, values: Mapping[str, float]) -> Plot:
    """Horizontal bars, in the order of `values`, with their numbers."""
    figure = Figure(figsize=(_WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
    axes = figure.subplots()
    drawn = axes.barh(list(values)[::-1], list(values.values())[::-1], color=_COLOUR)
    axes.bar_label(drawn, fmt="{:,.0f}", padding=3)
    axes.set_title(title)
    axes.set_xlabel(unit)
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    return Plot(name, figure)


def lines(
    name: str,
    title: str,
    labels: tuple[str, str],
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    logarithmic: bool = True,
) -> Plot:
    """Lines of points, from nought upwards."""
    figure = Figure(figsize=(_WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
    axes = figure.subplots()
    for label, points in series.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=label)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_title(title)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if len(series) > 1:
        axes.legend(frameon=False)
    return Plot(name, figure)
