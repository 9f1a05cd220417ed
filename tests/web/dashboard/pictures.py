"""Pictures of every page for the documentation: `python -m tests.web.dashboard.pictures`.

The companies are made up: their names, lists and portfolios are those of the tests.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.web.dashboard.browsers import DESKTOP, PHONE, running_browser
from tests.web.dashboard.cast import PAGES, Cast, cast_of
from tests.web.dashboard.world import World
from tests.web.serving import served

FOLDER = Path(__file__).parents[3] / "docs" / "images"
# A long page is cut: a picture is to show what a page is like.
HEIGHT_MAX = {DESKTOP: 1_700, PHONE: 1_700}
BYTES_MAX = 150_000
COLOURS = (128, 64, 32, 16)
DARK = ("overview", "company")


def main() -> None:
    """Fill a world, serve it, and take a picture of every page in both widths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), api_requests_per_minute=100_000)
        with connect(settings.clickhouse_dsn()) as database:
            migrate(database)
            World(database).play()
            cast = cast_of(database)
            with served(settings) as client, running_browser() as browser:
                _take_all(browser, str(client.base_url), cast)


def _take_all(browser: Browser, address: str, cast: Cast) -> None:
    for page in PAGES:
        for width in (DESKTOP, PHONE):
            _take(browser, address, cast, page, width)
    for page in DARK:
        _take(browser, address, cast, page, DESKTOP, dark=True)


def _take(browser: Browser, address: str, cast: Cast, page: str, width: int, *, dark: bool = False) -> None:
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    try:
        tab = context.new_page()
        tab.goto(cast.path(page))
        for summary in tab.locator("details[data-explain] summary").all()[:1]:
            summary.click()
            tab.locator(".explained").first.wait_for()
        tab.evaluate("scrollTo(0, 0)")
        height = min(int(tab.evaluate("document.documentElement.scrollHeight")), HEIGHT_MAX[width])
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        taken = tab.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    finally:
        context.close()
    name = f"dashboard-{page}-{width}{'-dark' if dark else ''}.png"
    (FOLDER / name).write_bytes(_small(taken))


def _small(taken: bytes) -> bytes:
    """The picture in as many colours as its size allows."""
    image = Image.open(BytesIO(taken)).convert("RGB")
    for colours in COLOURS:
        kept = BytesIO()
        fewer = image.quantize(colours, palette=_palette(image, colours), dither=Image.Dither.NONE)
        fewer.save(kept, "PNG", optimize=True)
        if kept.tell() <= BYTES_MAX:
            break
    return kept.getvalue()


def _palette(image: Image.Image, colours: int) -> Image.Image:
    """The most frequent colours as they are, and others far from each other.

    Those that fill a page stay true, and bands that few points tell apart stay apart.
    """
    counted = sorted(image.getcolors(image.width * image.height) or (), reverse=True)
    frequent = [part for _, colour in counted[: colours // 2] for part in _parts(colour)]
    spread = image.quantize(colours - colours // 2, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette((frequent + spread)[: 3 * colours])
    return palette


def _parts(colour: object) -> tuple[int, ...]:
    """Red, green and blue of a point."""
    if not isinstance(colour, tuple):
        raise TypeError(f"expected a picture in red, green and blue, got a point {colour!r}")
    return colour


if __name__ == "__main__":
    main()
