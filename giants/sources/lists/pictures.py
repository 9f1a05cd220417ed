"""Pictures in and out: opened within limits, and encoded small."""

import base64
import io
from collections.abc import Iterator
from typing import IO

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

# An A3 page at 600 dots an inch; more is a bomb.
PIXELS_MAX = 80_000_000
FORMATS = ("PNG", "JPEG", "TIFF")
# Of a picture that is shown to a person.
SHOWN_SIDE_PIXELS_MAX = 1_200
_JPEG_QUALITY = 60


class DamagedPictureError(Exception):
    """A picture cannot be decoded, or is larger than any page."""


def frames(content: IO[bytes]) -> Iterator[Image.Image]:
    """The pages of a picture, upright as its camera says; raises `DamagedPictureError`."""
    try:
        with Image.open(content, formats=FORMATS) as picture:
            for frame in ImageSequence.Iterator(picture):
                if frame.width * frame.height > PIXELS_MAX:
                    raise DamagedPictureError(f"has more than {PIXELS_MAX:,} pixels")
                yield on_white(ImageOps.exif_transpose(frame))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise DamagedPictureError(f"the picture is damaged: {error}") from None


def on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB; what is transparent is white, as on paper."""
    if picture.mode not in {"RGBA", "LA", "PA"} and "transparency" not in picture.info:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(paper, seen).convert("RGB")


def encoded(picture: Image.Image) -> str:
    """A small JPEG of a picture, in base64."""
    small = picture.convert("L")
    small.thumbnail((SHOWN_SIDE_PIXELS_MAX, SHOWN_SIDE_PIXELS_MAX))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return base64.b64encode(out.getvalue()).decode()
