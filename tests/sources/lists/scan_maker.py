"""Draws pages of lists as a scanner or a telephone sees them: ruled or not, askew, soft, noisy."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Where Debian's fonts-noto-cjk puts them; the third face of each is that for simplified Chinese.
FONTS = {
    "sans": Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    "serif": Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
}
_SIMPLIFIED_CHINESE = 2
# Millimetres.
PAGE = (210, 297)
_INCH = 25.4
_LEFT, _TOP, _ROW = 20, 22, 8


@dataclass(frozen=True)
class Look:
    """How a page comes out: dots an inch, degrees askew, radius of blur, deviation of noise in greys."""

    dpi: int = 150
    font: str = "sans"
    points: float = 12
    skew: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    ruled: bool = True


def page(
    title: str, rows: Sequence[Sequence[str]], look: Look = Look(), widths: Sequence[int] = (18, 30, 110)
) -> Image.Image:
    """A page with a title and a table whose columns are as wide as given, in millimetres."""
    if not FONTS[look.font].exists():
        pytest.skip(f"{FONTS[look.font]} is not installed (fonts-noto-cjk)")
    scale = look.dpi / _INCH
    image = Image.new("L", (round(PAGE[0] * scale), round(PAGE[1] * scale)), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONTS[look.font], look.points * look.dpi / 72, index=_SIMPLIFIED_CHINESE)
    draw.text((_LEFT * scale, _TOP * scale), title, font=font, fill=15)
    top = _TOP + 14.0
    edges = [_LEFT + sum(widths[:n]) for n in range(len(widths) + 1)]
    tops = [top]
    for row in rows:
        tops.append(tops[-1] + _ROW + 5 * max(cell.count("\n") for cell in row))
    for y, row in zip(tops, rows, strict=False):
        for left, cell in zip(edges, row, strict=False):
            for part, line in enumerate(cell.split("\n")):
                draw.text(((left + 1.5) * scale, (y + 1.2 + 5 * part) * scale), line, font=font, fill=15)
    bottom = tops[-1]
    if look.ruled:
        width = max(round(0.25 * scale), 1)
        for y in tops:
            draw.line((edges[0] * scale, y * scale, edges[-1] * scale, y * scale), fill=30, width=width)
        for edge in edges:
            draw.line((edge * scale, top * scale, edge * scale, bottom * scale), fill=30, width=width)
    return worn(image, look)


def worn(image: Image.Image, look: Look) -> Image.Image:
    """The page as it comes out of the device."""
    if look.skew:
        image = image.rotate(look.skew, resample=Image.Resampling.BICUBIC, fillcolor=250)
    if look.blur:
        image = image.filter(ImageFilter.GaussianBlur(look.blur))
    if look.noise:
        grain = np.random.default_rng(7).normal(0, look.noise, (image.height, image.width))
        image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture in a format of Pillow; `PDF` is a page that holds nothing but the picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
