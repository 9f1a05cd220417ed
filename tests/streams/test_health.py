"""What a worker answers about itself while it joins, recovers and works."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx

from giants.settings import Settings
from streams.health import Health


def asked(folder: Path, path: str, has_joined: Callable[[], bool]) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        health = Health(Settings(worker_port=0, data_dir=folder), [], has_joined=has_joined)
        await health.start()
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://127.0.0.1:{health.port}{path}")
        finally:
            await health.stop()
        return answer.status_code, answer.json()["status"]

    return asyncio.run(ask())


def test_a_worker_is_not_ready_before_it_has_joined_the_others(tmp_path: Path) -> None:
    assert asked(tmp_path, "/readyz", lambda: False) == (503, "joining")
    assert asked(tmp_path, "/healthz", lambda: False) == (200, "alive")


def test_a_worker_that_has_joined_and_has_nothing_to_recover_is_ready(tmp_path: Path) -> None:
    assert asked(tmp_path, "/readyz", lambda: True) == (200, "ready")
