"""The API in a real server on a free loopback port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import httpx

from giants.settings import Settings
from giants.web.server import serve
from tests.store.waiting import DEADLINE_SECONDS, running, wait_until


@contextmanager
def served(settings: Settings, *, with_store: bool = False) -> Iterator[httpx.Client]:
    """Serve, as `giants up` does: without keys this machine may write. Yields a client of it."""
    if "api_without_keys" not in settings.model_fields_set:
        settings = settings.model_copy(update={"api_without_keys": "write"})
    ports: Queue[int] = Queue()
    ended = threading.Event()

    def body(stop: threading.Event) -> None:
        try:
            serve(settings, stop, with_store=with_store, on_started=ports.put)
        finally:
            ended.set()

    with running(body):
        wait_until(lambda: not ports.empty() or ended.is_set(), "the server to start")
        if ended.is_set():
            return  # what ended it is raised where it ran
        port = ports.get_nowait()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_SECONDS) as client:
            yield client
