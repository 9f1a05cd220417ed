"""Strategy: pure rules are tested in memory, everything else against the real broker and the real ClickHouse
engine, in processes of their own where the product runs in processes. Nothing is mocked.

Tests share one broker a session (a worker of pytest-xdist is a session) and keep apart by topic prefix.
No test waits by the clock, each waits for a condition.
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from giants.settings import Settings
from streams.garbage import look_for_garbage_seldom
from tests.broker import embedded, running_broker
from tests.stack import Stack, running_stack

_PREFIXES = count(1)

# Files of minutes: begun last, one of them would keep a single worker of pytest-xdist busy at the end.
LONG_FILES = (
    "failures/test_said_stays.py",
    "embedded/test_supervisor.py",
    "failures/test_recovery.py",
    "docs/test_live_examples.py",
    "cli/test_backup.py",
)

# How long an example takes says something of the machine and its load, nothing of the rule.
hypothesis_settings.register_profile("giants", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("giants")


# As workers do: whole programmes and simulations make a million small objects, which take a third longer
# with the interpreter's own limits.
look_for_garbage_seldom()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files first, and leave all others in their order."""
    ranks = {Path(__file__).parent / name: rank for rank, name in enumerate(LONG_FILES)}
    missing = [path for path in ranks if not path.exists()]
    assert not missing, f"no longer there: {missing}"
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    """A developer's own GIANTS_ variables must not reach the tests."""
    for name in [name for name in os.environ if name.startswith("GIANTS_") and name != "GIANTS_TEST_DATA"]:
        del os.environ[name]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the broker of this session."""
    with running_broker(tmp_path_factory.mktemp("broker")) as address:
        yield address


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test of the session uses."""
    return f"t{next(_PREFIXES)}."


@pytest.fixture
def broker_settings(broker: str, topic_prefix: str, tmp_path: Path) -> Settings:
    """Settings of one test: the shared broker, own topics, own data folder."""
    return embedded(broker, topic_prefix=topic_prefix, data_dir=tmp_path / "data", partitions=4)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The optional folder of public sample data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("GIANTS_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no sample data: {folder} is absent (set GIANTS_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole stack of real processes, shared by the tests of a session: each brings companies of its own.

    To start and end one takes some 20 seconds of a processor, to let it wait for a minute two.
    """
    with running_stack(tmp_path_factory.mktemp("stack") / "data") as running:
        yield running
