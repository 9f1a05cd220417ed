"""Failures that a command expects, and what to tell the person about each.

These are every `GiantsError`, and failures of the clients of Kafka, HTTP and SQLite, and of files.
"""

import sqlite3

import httpx

from giants.errors import GiantsError
from giants.kafka.errors import KafkaFailure

# Of either client.
_NO_ANSWER = frozenset({"KafkaConnectionError", "KafkaTimeoutError"})
EXPECTED = (GiantsError, sqlite3.OperationalError, *KafkaFailure, httpx.HTTPError, OSError)


def explain(error: Exception) -> str:
    """One line about a failure, with what to do where that is known."""
    if isinstance(error, KafkaFailure) and type(error).__name__ in _NO_ANSWER:
        return f"the broker does not answer: {error}; check GIANTS_BROKER with `giants doctor`"
    if isinstance(error, KafkaFailure):
        return f"the broker refused: {error}; check GIANTS_BROKER with `giants doctor`"
    if isinstance(error, httpx.HTTPError):
        return f"the API: {error or type(error).__name__}; check GIANTS_API_URL with `giants doctor`"
    if isinstance(error, sqlite3.OperationalError):
        return f"the queue of deliveries: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
