"""The retention curves as a picture."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import matplotlib as mpl

from giants.domain.cohorts import Retention
from giants.domain.lifecycle import batch_year

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

_INCHES: Final = (9.0, 5.0)
_DOTS_PER_INCH: Final = 120


def draw(found: Iterable[Retention], file: Path) -> None:
    """Draw the share of each batch that kept the title, by years since its designation."""
    curves: dict[int, list[Retention]] = {}
    for one in found:
        curves.setdefault(one.batch, []).append(one)
    figure, axes = plt.subplots(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    for batch, curve in curves.items():
        years = [one.year - batch_year(batch) for one in curve]
        shares = [100 * one.kept_share for one in curve]
        label = f"batch {batch} ({batch_year(batch)}), {curve[0].designated:,} companies"
        axes.plot(years, shares, marker="o", label=label)
    axes.set_title("Little Giants that kept their title")
    axes.set_xlabel("years since designation; reviews fall on years 3 and 6")
    axes.set_ylabel("share of the batch, %")
    axes.set_ylim(0, 105)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    plt.close(figure)
