"""What chaos needs beside the product."""

import pytest

from tests.kafka.cluster import KafkaMissingError, jars


@pytest.fixture(scope="session")
def apache_kafka() -> None:
    """Skips where Apache Kafka cannot be run."""
    try:
        jars()
    except KafkaMissingError as error:
        pytest.skip(f"no Apache Kafka: {error}")
