"""A real browser: Debian's Chromium, driven by Playwright, which brings no browser of its own here."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = 1280, 390
HEIGHT = 900
WAIT_MILLISECONDS_MAX = 60_000
# Where axe-core lies for tests; it is no part of the project.
AXE_FOLDER = Path(os.environ.get("GIANTS_AXE", Path.home() / ".cache" / "giants-axe"))
AXE_INSTALL = f"npm install --prefix {AXE_FOLDER} axe-core"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run Chromium with an empty profile; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium: apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Reader:
    """A person at a browser; `complaints` are what the console says and what scripts fail with.

    Without slots, since Playwright notes on a handler's object that it handles something.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MILLISECONDS_MAX)
        self.page.on("console", lambda message: self._complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)

    def _complain(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{kind}: {text}")

    def _failed(self, request: Any) -> None:
        # Leaving a page breaks off what it was asking for.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"request: {request.url}: {request.failure}")

    def sideways(self) -> int:
        """How many pixels of the page lie beyond the right edge: nobody should have to scroll there."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@contextmanager
def reading(browser: Browser, address: str, width: int = DESKTOP, **options: Any) -> Iterator[Reader]:
    """A person with a window of so many pixels; what complained is a failure when the block ends."""
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce", **options
    )
    try:
        reader = Reader(context.new_page())
        yield reader
        assert reader.complaints == [], reader.complaints
    finally:
        context.close()


def axe_script() -> str:
    """The source of axe-core; the test is skipped where it is not installed."""
    path = AXE_FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip(f"no axe-core: {AXE_INSTALL} (or set GIANTS_AXE)")
    return path.read_text(encoding="utf-8")


def grave_faults(page: Page, script: str) -> list[str]:
    """What axe-core finds serious or critical on a page, with where."""
    page.evaluate(script)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {node['html'][:150]} ({node['failureSummary'][:250]})"
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"][:3]
    ]
