"""Clusters of one broker, one for each way to talk to it; skipped where Apache Kafka cannot be run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.kafka.cluster import KafkaCluster, KafkaMissingError, Security, User, jars

# What acls.toml speaks of, and somebody of whom it does not.
USERS = tuple(
    User(f"giants-{name}", f"pass-of-{name}")
    for name in ("worker", "store", "api", "delivery", "ingest", "reader", "stranger")
)
Start = Callable[[Security], KafkaCluster]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a cluster that ends with the module."""
    try:
        jars()
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
    with ExitStack() as stack:
        yield lambda security: stack.enter_context(
            KafkaCluster(tmp_path_factory.mktemp("kafka"), security=security, users=USERS)
        )


def user(name: str) -> User:
    """Somebody by the part of the name that tells."""
    return next(one for one in USERS if one.name == f"giants-{name}")
