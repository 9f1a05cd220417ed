"""The exposure plot is a picture, with and without Chinese fonts, and without warnings."""

from pathlib import Path

import pytest

from giants.demo import plot
from giants.demo.plot import Point, plot_exposure
from schemas.codes import Band

POINTS = [
    Point("北京某某有限公司", "Beijing Somebody Co., Ltd.", "radar", 0.6, 0.9, Band.STRONG, labelled=True),
    Point("上海某某有限公司", None, "radar", 0.1, 0.02, Band.VERY_WEAK, labelled=True),
    Point("模拟", None, "radar", 0.4, 0.3, Band.WEAK),
]


@pytest.mark.parametrize("fonts", [plot.CJK_FONTS, ()])
def test_the_plot_is_a_png_file(
    fonts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plot, "CJK_FONTS", fonts)
    target = tmp_path / "pictures" / "exposure.png"
    plot_exposure(POINTS, target, "Exposure")
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) > 20_000


def test_a_plot_without_points_still_shows_quadrants_and_bands(tmp_path: Path) -> None:
    plot_exposure([], tmp_path / "empty.png", "Nothing yet")
    assert (tmp_path / "empty.png").stat().st_size > 10_000
