"""What a worker answers about itself while it joins, restores and works."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from giants.settings import Settings
from streams import health
from streams.health import worker_health


def asked(folder: Path, path: str, *, has_joined: bool, away: str | None = None) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        settings = Settings(worker_port=0, data_dir=folder)
        with worker_health(settings) as health:
            health.begin([], lambda: has_joined)
            if away is not None:
                health.dependencies.waits("the broker", away)
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{health.port}{path}")
        return answer.status_code, answer.json()["status"]

    return asyncio.run(ask())


def test_a_worker_is_not_ready_before_it_has_joined_the_others(tmp_path: Path) -> None:
    assert asked(tmp_path, "/readyz", has_joined=False) == (503, "joining")
    assert asked(tmp_path, "/healthz", has_joined=False) == (200, "alive")


def test_a_worker_that_has_joined_and_has_nothing_to_restore_is_ready(tmp_path: Path) -> None:
    assert asked(tmp_path, "/readyz", has_joined=True) == (200, "ready")


def test_a_worker_that_waits_for_its_broker_is_alive_and_says_so(tmp_path: Path) -> None:
    assert asked(tmp_path, "/livez", has_joined=True, away="no answer") == (200, "alive")
    assert asked(tmp_path, "/readyz", has_joined=True, away="no answer") == (503, "waiting")


def test_a_worker_whose_loop_hangs_is_not_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS_MAX", 0.05)

    async def ask() -> httpx.Response:
        settings = Settings(worker_port=0, data_dir=tmp_path)
        with worker_health(settings) as health, ThreadPoolExecutor() as threads:
            health.begin([], lambda: True)
            # Waiting for a result without `await` is what makes the loop hang.
            return threads.submit(httpx.get, f"http://127.0.0.1:{health.port}/livez").result()

    assert asyncio.run(ask()).status_code == 503
