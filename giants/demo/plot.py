"""The exposure plot: alignment against confidence, with the four quadrants and the five bands (X-15)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from giants.domain.exposure import METHODOLOGY
from schemas.codes import Band

BAND_COLOURS: Final = {
    Band.VERY_WEAK: "#c6ccd4",
    Band.WEAK: "#8fb8de",
    Band.MODERATE: "#f2c14e",
    Band.STRONG: "#e07a3f",
    Band.VERY_STRONG: "#b2182b",
}
# Fonts with Chinese characters that systems commonly bring; the first that is installed is taken.
CJK_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Heiti SC",
    "Microsoft YaHei",
    "SimHei",
)
LABELS_MAX: Final = 12
_BEHIND_TEXT: Final = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1}
_QUADRANTS: Final = (
    (0.99, 0.985, "ESTABLISHED", "right", "top"),
    (0.01, 0.985, "PERIPHERAL", "left", "top"),
    (0.99, 0.015, "TENTATIVE", "right", "bottom"),
    (0.01, 0.015, "SPARSE", "left", "bottom"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One rated pair; labelled pairs are named in the picture. Alignment and confidence are in 0 … 1."""

    name: str
    name_en: str | None
    technology: str
    alignment: float
    confidence: float
    band: Band
    labelled: bool = False


def cjk_font() -> str | None:
    """An installed font with Chinese characters, if there is one."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((font for font in CJK_FONTS if font in installed), None)


def plot_exposure(points: Sequence[Point], path: Path, title: str) -> None:
    """Draw the pairs into a PNG file."""
    font = cjk_font()
    with mpl.rc_context({"font.family": [font, "DejaVu Sans"] if font else ["DejaVu Sans"]}):
        figure = Figure(figsize=(10, 7), dpi=130, layout="constrained")
        axes = figure.add_subplot()
        _bands(axes)
        _quadrants(axes)
        _points(axes, points)
        _labels(axes, [point for point in points if point.labelled][:LABELS_MAX], chinese=font is not None)
        axes.set(xlim=(-0.01, 1.02), ylim=(-0.03, 1.03), title=title)
        axes.set_xlabel("alignment: share of a company's CPC instances that match the technology")
        axes.set_ylabel("confidence: weight that the size of the portfolio can bear (no probability)")
        figure.text(0.01, -0.03, _note(), fontsize=7, color="#555555")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, bbox_inches="tight")


def _note() -> str:
    return (
        f"Methodology {METHODOLOGY.id}: score = {METHODOLOGY.score_formula} (derived). Dashed curves are the "
        "lower bounds of the bands (assumed). Below 2 % alignment a pair is not rated."
    )


def _bands(axes: Axes) -> None:
    """The curve of each cut-off: alignment times confidence is constant on it."""
    alignment = np.linspace(0.001, 1, 400)
    for cutoff, band in METHODOLOGY.band_cutoffs:
        if cutoff == 0:
            continue
        confidence = (cutoff / 100) ** 2 / alignment
        axes.plot(alignment, confidence, linestyle="--", linewidth=0.8, color=BAND_COLOURS[band])
        height = (cutoff / 100) ** 2 / 0.985
        axes.text(0.985, height + 0.006, _spoken(band), fontsize=7, color="#777777", ha="right")


def _quadrants(axes: Axes) -> None:
    axes.axvline(METHODOLOGY.high_alignment, color="#444444", linewidth=0.8)
    axes.axhline(METHODOLOGY.high_confidence, color="#444444", linewidth=0.8)
    for x, y, name, horizontal, vertical in _QUADRANTS:
        axes.text(
            x,
            y,
            name,
            ha=horizontal,
            va=vertical,
            fontsize=9,
            color="#666666",
            weight="bold",
            bbox=_BEHIND_TEXT,
            zorder=5,
        )


def _points(axes: Axes, points: Iterable[Point]) -> None:
    by_band: dict[Band, list[Point]] = {band: [] for band in Band}
    for point in points:
        by_band[point.band].append(point)
    for band, members in by_band.items():
        axes.scatter(
            [point.alignment for point in members],
            [point.confidence for point in members],
            s=[46 if point.labelled else 11 for point in members],
            color=BAND_COLOURS[band],
            edgecolors=["black" if point.labelled else "none" for point in members],
            linewidths=0.7,
            label=f"{_spoken(band)} ({len(members):,})",
            zorder=3,
        )
    legend = axes.legend(
        title="band (pairs)", loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8, frameon=False
    )
    for handle in legend.legend_handles:
        if isinstance(handle, PathCollection):
            handle.set(sizes=[30], edgecolors="none")


def _labels(axes: Axes, points: Sequence[Point], *, chinese: bool) -> None:
    for number, point in enumerate(sorted(points, key=lambda point: point.confidence)):
        name = point.name if chinese else (point.name_en or "company without an English name")
        axes.annotate(
            f"{name}\n{point.technology}",
            (point.alignment, point.confidence),
            xytext=(12, 14 if number % 2 else -18),
            textcoords="offset points",
            fontsize=7,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "#666666"},
            bbox=_BEHIND_TEXT,
            zorder=6,
        )


def _spoken(band: Band) -> str:
    return band.value.replace("_", " ")
