"""`pytest tests/simulation --seed 1234` runs one seed alone."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--seed", type=int, default=None, help="run this seed of the simulation alone")


@pytest.fixture
def only_seed(request: pytest.FixtureRequest) -> int | None:
    """The seed that was asked for."""
    seed: int | None = request.config.getoption("--seed", default=None)
    return seed
