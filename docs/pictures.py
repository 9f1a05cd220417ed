"""Pictures of these pages as a browser shows them: `python -m docs.pictures` writes `docs/images/docs-*.png`.

It needs the development environment and Chromium of Debian. A long page is cut.
"""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Final

from mkdocs.commands.build import build
from mkdocs.config import load_config
from PIL import Image
from playwright.sync_api import Browser

from tests.web.dashboard.browsers import DESKTOP, HEIGHT, running_browser

PROJECT: Final = Path(__file__).parents[1]
FOLDER: Final = PROJECT / "docs" / "images"
PAGES: Final = ("index", "methodology", "contract", "operations", "benchmarks")
BYTES_MAX: Final = 120_000
# Tried one after the other until the picture is small enough.
COLOURS: Final = (128, 64, 32, 16)
# Scripts of the theme have drawn the page.
_SETTLED: Final = "document.readyState === 'complete' && document.querySelector('.md-content') !== null"


class TooLargeError(Exception):
    """A picture stays larger than it may be with the fewest colours."""

    def __init__(self, name: str, got: int) -> None:
        super().__init__(
            f"{name}: got {got:,} bytes with {COLOURS[-1]} colours, expected {BYTES_MAX:,} at most"
        )


def main() -> None:
    """Build the site and take a picture of the beginning of each page."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        _build(Path(folder))
        for name in PAGES:
            (FOLDER / f"docs-{name}.png").write_bytes(reduced(name, _taken(browser, Path(folder), name)))


def reduced(name: str, picture: bytes) -> bytes:
    """The picture with as many colours as fit in `BYTES_MAX`. Raises `TooLargeError`."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    written = b""
    for colours in COLOURS:
        to = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(to, "PNG", optimize=True)
        written = to.getvalue()
        if len(written) <= BYTES_MAX:
            return written
    raise TooLargeError(name, len(written))


def _build(folder: Path) -> None:
    # Not strictly: a page may link to a picture that is yet to be taken.
    build(load_config(str(PROJECT / "mkdocs.yml"), site_dir=str(folder), strict=False))


def _taken(browser: Browser, site: Path, name: str) -> bytes:
    context = browser.new_context(
        viewport={"width": DESKTOP, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        page.goto((site / f"{name}.html").as_uri())
        page.wait_for_function(_SETTLED)
        return page.screenshot()
    finally:
        context.close()


if __name__ == "__main__":
    main()
