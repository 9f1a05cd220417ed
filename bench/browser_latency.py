"""How long a fact on a topic takes to an event at its readers, at a steady rate of changes.

    python -m bench.browser_latency --seconds 10 --rate 200

A whole stack of real processes (`giants up`); each fact is a list that designates one company, which is one
change. Three readers: a program that follows `/api/v1/changes/stream`; the same stream in a page of a real
Chromium; and the list of the dashboard's front page, which asks for what it shows once in a quarter of a
second and shows the newest. Printed as JSON lines: milliseconds from before the fact was sent.
"""

import json
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from playwright.sync_api import Page

from bench.results import percentile
from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from tests.cli.facts import designation
from tests.stack import running_stack
from tests.web.dashboard.browsers import running_browser

# Processes are loaded and connections made before anything is measured.
WARM_UP_FACTS: Final = 100
ARRIVAL_SECONDS_MAX: Final = 120.0
_LISTEN: Final = """
() => {
  window.heard = {};
  window.shown = {};
  const source = new EventSource('/api/v1/changes/stream');
  source.addEventListener('designated', (event) => {
    window.heard[JSON.parse(event.data).name] ??= Date.now();
  });
  const list = document.querySelector('[data-live-list]');
  new MutationObserver((changes) => {
    const now = Date.now();
    for (const change of changes)
      for (const node of change.addedNodes)
        for (const name of node.textContent.match(/杭州run\\d+号光电科技有限公司/g) ?? [])
          window.shown[name] ??= now;
  }).observe(list, { childList: true, subtree: true });
  return new Promise((done) => source.addEventListener('begin', done, { once: true }));
}
"""


def main() -> None:
    """Start a stack, open the readers, send facts, print what they say."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="changes a second")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder) / "data") as stack,
        running_browser() as browser,
        Publisher(Settings(broker=stack.ready["broker"], broker_quirks="embedded")) as publisher,
    ):
        page = browser.new_page(base_url=stack.ready["api"])
        _send(publisher, "warm", WARM_UP_FACTS, options.rate)
        _arrived(stack.ready["api"], WARM_UP_FACTS)
        page.goto("/")
        with _following(stack.ready["api"]) as followed:
            page.evaluate(_LISTEN)
            facts = options.rate * options.seconds
            begun = time.time()
            sent = _send(publisher, "run", facts, options.rate)
            seconds = time.time() - begun
            _wait(page, followed, facts)
            heard, shown = page.evaluate("[window.heard, window.shown]")
    _say({"facts": facts, "seconds": round(seconds, 2), "sent_per_second": round(facts / seconds, 1)})
    _report("program on the event stream", sent, followed)
    _report("event stream in Chromium", sent, heard)
    _report("list of the front page in Chromium", sent, shown)


def _send(publisher: Publisher, label: str, facts: int, rate: int) -> dict[str, float]:
    """Send lists of one company each at a steady rate; when each was sent, by name, milliseconds."""
    sent: dict[str, float] = {}
    topic = topics.ANNOUNCEMENTS.full_name(Settings())
    begun = time.perf_counter()
    for number in range(facts):
        pause = begun + number / rate - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        name = f"杭州{label}{number}号光电科技有限公司"
        value = orjson.dumps(designation(f"{label}-{number}", [name]))
        sent[name] = time.time() * 1000
        publisher.send(topic, f"{label}-{number}", value)
    return sent


def _arrived(api: str, companies: int) -> None:
    """Wait until so many companies are known."""
    with httpx.Client(base_url=api) as client:
        _until(lambda: client.get("/api/v1/companies?limit=1").json()["total"] >= companies)


@contextmanager
def _following(api: str) -> Iterator[dict[str, float]]:
    """A program on the event stream; when each company came, by name, milliseconds."""
    came: dict[str, float] = {}
    begun = threading.Event()
    client = httpx.Client(base_url=api, timeout=ARRIVAL_SECONDS_MAX)

    def follow() -> None:
        try:
            with client.stream("GET", "/api/v1/changes/stream", params={"kind": "designated"}) as answer:
                for line in answer.iter_lines():
                    begun.set()
                    if line.startswith('data: {"'):
                        came.setdefault(orjson.loads(line[6:])["name"], time.time() * 1000)
        except httpx.HTTPError:
            return  # the stack has ended

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    begun.wait(ARRIVAL_SECONDS_MAX)
    yield came


def _wait(page: Page, followed: Mapping[str, float], facts: int) -> None:
    """Wait until both streams gave every change, and the list some."""
    _until(lambda: len(followed) >= facts)
    for given, least in (("heard", facts), ("shown", 1)):
        page.wait_for_function(
            "([given, least]) => Object.keys(window[given]).length >= least",
            arg=[given, least],
            timeout=ARRIVAL_SECONDS_MAX * 1000,
        )


def _until(is_met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ARRIVAL_SECONDS_MAX
    while not is_met():
        if time.monotonic() > deadline:
            raise SystemExit(f"not everything came within {ARRIVAL_SECONDS_MAX:.0f} s")
        time.sleep(0.05)


def _report(reader: str, sent: Mapping[str, float], came: Mapping[str, float]) -> None:
    taken = sorted(came[name] - sent[name] for name in sent if name in came)
    if not taken:
        raise SystemExit(f"{reader}: nothing came")
    _say(
        {
            "reader": reader,
            "events": len(taken),
            "median_ms": round(taken[len(taken) // 2]),
            "p99_ms": round(percentile(taken, 99)),
            "slowest_ms": round(taken[-1]),
        }
    )


def _say(line: Mapping[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
