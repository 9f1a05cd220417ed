"""One event loop for each test: work that a task began goes on in the next `run` of the test."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.streams.memory import RUNNERS


@pytest.fixture(autouse=True)
def _runner() -> Iterator[None]:
    with asyncio.Runner() as runner:
        RUNNERS.append(runner)
        yield
        RUNNERS.pop()
